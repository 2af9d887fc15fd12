from types import SimpleNamespace

import pytest
import torch
from reference import attend

from answering.sampling import KVCache
from attention import ATTENTION

VARIANTS = sorted(ATTENTION)


def make_config(**changes):
    config = dict(n_embd=24, n_head=3, block_size=16, attn_pdrop=0.0, resid_pdrop=0.0)
    return SimpleNamespace(**{**config, **changes})


def make_attention(variant, seed=0, **changes):
    """Make an attention in float64 with every parameter drawn at random, the biases too."""
    torch.set_default_dtype(torch.float64)  # of constants, too
    try:
        attention = ATTENTION[variant](make_config(**changes))
    finally:
        torch.set_default_dtype(torch.float32)
    torch.manual_seed(seed)
    for parameter in attention.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return attention


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("T", [1, 2, 9, 15])
@pytest.mark.parametrize("training, p", [(False, 0.0), (True, 0.0), (True, 1e-9)])
def test_equals_the_formula_computed_head_by_head_in_float64(variant, T, training, p):
    """A dropout rate of 1e-9 drops nothing, but takes the path that training with dropout takes."""
    attention = make_attention(variant, attn_pdrop=p).train(training)
    x = torch.randn(2, T, 24, dtype=torch.float64)
    expected = attend(attention.state_dict(), "", x, n_head=3)
    torch.testing.assert_close(attention(x), expected, atol=1e-12, rtol=1e-12)


def step(attention, x, cache):
    """Apply attention to the next positions x, as the model calls it."""
    cache.advance(x[..., 0])
    return attention(x, cache)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("pieces", [[15], [1] * 15, [6, 1, 1], [4, 5, 6]])
def test_a_cache_gives_what_the_whole_sequence_gives(variant, pieces):
    attention = make_attention(variant)
    x = torch.randn(3, sum(pieces), 24, dtype=torch.float64)
    cache = KVCache()
    out = torch.cat([step(attention, piece, cache) for piece in x.split(pieces, dim=1)], dim=1)
    torch.testing.assert_close(out, attention(x), atol=1e-12, rtol=1e-12)


@pytest.mark.parametrize("variant", VARIANTS)
def test_rows_of_a_cache_may_have_different_lengths(variant):
    attention = make_attention(variant)
    lengths, more = [3, 9, 1], 5
    rows = torch.randn(3, 14, 24, dtype=torch.float64)
    cache = KVCache()
    outputs = [step(attention, rows[:, :9], cache)]  # of the shorter rows, too much
    cache.lengths = torch.tensor(lengths)[:, None]
    for i in range(more):
        new = torch.stack([row[length + i] for row, length in zip(rows, lengths)])
        outputs.append(step(attention, new[:, None], cache))
    for n, length in enumerate(lengths):
        expected = attention(rows[n : n + 1, : length + more])[0]
        found = torch.cat([outputs[0][n, :length], *(out[n] for out in outputs[1:])])
        torch.testing.assert_close(found, expected, atol=1e-12, rtol=1e-12)


@pytest.mark.parametrize("variant", VARIANTS)
def test_dropout_acts_on_weights_in_training_only(variant):
    attention = make_attention(variant, attn_pdrop=0.5)
    x = torch.randn(1, 15, 24, dtype=torch.float64)
    assert not torch.equal(attention(x), attention(x))
    # A position sees itself alone at first: its weight is 1, dropped to 0 or scaled up to 2.
    first = torch.stack([attention(x[:, :1]) for _ in range(50)])
    assert len(first.flatten(1).unique(dim=0)) == 2**3  # three heads
    attention.eval()
    assert torch.equal(attention(x), attention(x))


@pytest.mark.parametrize(
    "variant, shape, said",
    [
        ("vanilla", dict(n_head=5), "n_head"),
        ("rope", dict(n_embd=27), "n_embd / n_head, is 9"),
    ],
)
def test_what_a_variant_cannot_compute_is_refused(variant, shape, said):
    with pytest.raises(ValueError, match=said):
        make_attention(variant, **shape)(torch.randn(1, 1, 24).double())
