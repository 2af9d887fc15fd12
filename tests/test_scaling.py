"""The cost model of a training step."""


import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

pytest.importorskip("scipy", reason="pip install -r requirements-report.txt")

from scaling import Shape, count_parts, make_step  # noqa: E402

import attention  # noqa: E402


def attend(q, k, v, dropout_p, is_causal):
    hidden = torch.ones(q.size(2), k.size(2), dtype=torch.bool).triu(1)
    scores = (q @ k.mT / q.size(-1) ** 0.5).masked_fill(hidden, float("-inf"))
    return scores.softmax(-1) @ v


@pytest.mark.parametrize("variant", ["vanilla", "synthesizer"])
@pytest.mark.parametrize("shape", [Shape(2, 64, 1, 16), Shape(3, 32, 2, 24)])
def test_torch_counts_as_many_products_in_a_step(variant, shape, monkeypatch):
    # torch does not count what its fused kernel does.
    monkeypatch.setattr(attention.F, "scaled_dot_product_attention", attend)
    step = make_step(shape, variant)
    with FlopCounterMode(display=False) as counter:
        step()
    products, _, _, muon, _ = count_parts(shape, variant)
    assert counter.get_total_flops() == pytest.approx(products + muon, rel=0.02)
