import pytest
import torch
import torch.nn.functional as F
from small import VARIANTS, make_gpt

import attention
from attention import SynthesizerAttention


@pytest.mark.parametrize("variant", VARIANTS)
def test_changing_a_later_character_never_changes_an_earlier_logit(variant):
    model = make_gpt(variant).eval()
    idx = torch.randint(11, (1, 11))
    before, _ = model(idx)
    for t in range(11):
        changed = idx.clone()
        changed[0, t] = (changed[0, t] + 1) % 11
        after, _ = model(changed)
        assert torch.equal(before[:, :t], after[:, :t])
        assert not torch.equal(before[:, t:], after[:, t:])


def make_batch_with_pads():
    """Make ids and targets (6, 11) with pads before, within, behind, in a whole row and in none."""
    generator = torch.Generator().manual_seed(5)
    idx = torch.randint(11, (6, 11), generator=generator)
    targets = torch.randint(1, 11, (6, 11), generator=generator)
    targets[0, :4] = 0
    targets[1, 3:6] = 0
    targets[2, 7:] = 0
    targets[3] = 0
    targets[4, 1::2] = 0
    return idx, targets


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_cheap_loss_has_the_value_and_gradients_of_the_loss_over_all_logits(variant):
    model = make_gpt(variant, std=0.5).double()
    idx, targets = make_batch_with_pads()
    losses, gradients = [], []
    for compute in (
        lambda: F.cross_entropy(model(idx)[0].flatten(0, 1), targets.flatten(), ignore_index=0),
        lambda: model(idx, targets)[1],
        lambda: model.compute_loss(idx, targets),
    ):
        model.zero_grad()
        loss = compute()
        loss.backward()
        losses.append(loss.item())
        gradients.append({name: p.grad.clone() for name, p in model.named_parameters()})
    for loss, gradient in zip(losses[1:], gradients[1:]):
        assert loss == pytest.approx(losses[0], abs=1e-10, rel=0)
        for name, expected in gradients[0].items():
            torch.testing.assert_close(gradient[name], expected, atol=1e-10, rtol=0)


@pytest.mark.parametrize("variant", VARIANTS)
def test_logits_can_be_had_of_some_positions_only(variant):
    model = make_gpt(variant).eval()
    idx = torch.randint(11, (4, 9))
    for where in (torch.rand(4, 9) < 0.4, torch.arange(9) == torch.tensor([[8], [0], [3], [8]])):
        logits, loss = model(idx, where=where)
        assert loss is None
        torch.testing.assert_close(logits, model(idx)[0][where])


@pytest.mark.parametrize("variant", VARIANTS)
def test_dropout_is_where_the_course_has_it_and_only_in_training(variant):
    x, idx = torch.randn(2, 9, 16), torch.randint(1, 11, (2, 9))
    block = make_gpt(variant, resid_pdrop=1.0).blocks[0]
    assert torch.equal(block.train()(x), x)  # attention and feed-forward layer are dropped
    assert not torch.equal(block.eval()(x), x)
    model = make_gpt(variant, embd_pdrop=1.0)
    assert torch.equal(model.train()(idx)[0], model(idx.flip(1))[0])
    assert not torch.equal(model.eval()(idx)[0], model(idx.flip(1))[0])


def test_block_size_is_known_and_kept():
    model = make_gpt("vanilla")
    assert model.get_block_size() == 12
    model(torch.zeros(1, 12, dtype=torch.long))
    with pytest.raises(ValueError, match="13 characters"):
        model(torch.zeros(1, 13, dtype=torch.long))
    assert model.context_size == 12
    synthesizer = make_gpt("synthesizer")
    assert synthesizer.context_size == 11  # it has one position less
    with pytest.raises(ValueError, match="12 characters"):
        synthesizer(torch.zeros(1, 12, dtype=torch.long))


def test_a_third_variant_is_one_class_and_one_line(monkeypatch):
    class Backwards(SynthesizerAttention):
        def mix(self, x, v, layer_past):
            return super().mix(x.flip(-1), v, layer_past)

    monkeypatch.setitem(attention.ATTENTION, "backwards", Backwards)
    logits, _ = make_gpt("backwards")(torch.zeros(1, 11, dtype=torch.long))
    assert logits.shape == (1, 11, 11)
