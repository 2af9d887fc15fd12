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
    """An attention in float64 with every parameter drawn at random, the biases too."""
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


@pytest.mark.parametrize("variant", VARIANTS)
def test_changing_a_later_position_never_changes_an_earlier_one(variant):
    attention = make_attention(variant)
    x = torch.randn(1, 15, 24, dtype=torch.float64)
    before = attention(x)
    for t in range(15):
        changed = x.clone()
        changed[:, t] += 1.0
        after = attention(changed)
        assert torch.equal(before[:, :t], after[:, :t])
        assert not torch.allclose(before[:, t:], after[:, t:])


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_parameter_and_the_input_get_a_gradient(variant):
    attention = make_attention(variant)
    x = torch.randn(2, 15, 24, dtype=torch.float64, requires_grad=True)
    (attention(x) ** 2).sum().backward()
    # The key's bias shifts all scores of a row alike, which softmax ignores.
    for name, parameter in attention.named_parameters():
        assert parameter.grad is not None, name
        assert name == "key.bias" or parameter.grad.abs().max() > 1e-9, name
    assert (x.grad.abs().amax(-1) > 0).all()


def step(attention, x, cache):
    """Attention to the next positions x, as the model calls it."""
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
@pytest.mark.parametrize("beginning", [[4], [3, 1], [1, 1, 1, 1]])
def test_what_one_row_of_a_cache_has_seen_serves_all(variant, beginning):
    attention = make_attention(variant)
    x = torch.randn(3, 9, 24, dtype=torch.float64)
    x[:, :4] = x[0, :4]
    cache = KVCache()
    for piece in x[:1, :4].split(beginning, dim=1):
        step(attention, piece, cache)
    rest = x[:, 4:].split([3, 1, 1], dim=1)
    out = torch.cat([step(attention, piece, cache) for piece in rest], dim=1)
    torch.testing.assert_close(out, attention(x)[:, 4:], atol=1e-12, rtol=1e-12)


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
def test_dropout_acts_with_a_cache_too(variant):
    attention = make_attention(variant, attn_pdrop=1.0)
    cache = KVCache()
    for piece in torch.randn(2, 9, 24, dtype=torch.float64).split([5, 3, 1], dim=1):
        out = step(attention, piece, cache)
        torch.testing.assert_close(out, attention.proj.bias.expand_as(out))


def test_synthesizer_starts_close_to_an_average_of_the_past():
    attention = ATTENTION["synthesizer"](make_config(n_embd=256, n_head=8, block_size=128))
    assert 0.0009 < attention.w2.abs().max() <= 0.001
    assert attention.w2.mean().abs() < 1e-4
    assert not attention.b2.any()


def test_rope_refuses_heads_of_odd_width():
    with pytest.raises(ValueError, match="n_embd / n_head, is 9"):
        make_attention("rope", n_embd=27)


def test_synthesizer_refuses_more_positions_than_it_has():
    attention = make_attention("synthesizer")
    assert attention(torch.randn(1, 15, 24).double()).shape == (1, 15, 24)
    with pytest.raises(ValueError, match="16 positions"):
        attention(torch.randn(1, 16, 24).double())


@pytest.mark.parametrize("variant", VARIANTS)
def test_dropout_changes_nothing_on_average(variant):
    attention = make_attention(variant, attn_pdrop=0.2)
    x = torch.randn(1, 9, 24, dtype=torch.float64)
    mean = attention(x.expand(20_000, 9, 24)).mean(0)
    torch.testing.assert_close(mean, attention.eval()(x)[0], atol=0.1, rtol=0)


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


@pytest.mark.parametrize("variant", VARIANTS)
def test_which_positions_are_visible_is_all_up_to_ones_own(variant):
    attention = make_attention(variant)
    assert torch.equal(attention.visible(4, None), torch.ones(4, 4).tril().bool())
    cache = KVCache()
    cache.lengths = torch.tensor([[3], [0]])  # two rows, of three characters and of none
    cache.advance(torch.zeros(2, 2))
    expected = [[[1, 1, 1, 1, 0], [1, 1, 1, 1, 1]], [[1, 0, 0, 0, 0], [1, 1, 0, 0, 0]]]
    assert torch.equal(attention.visible(5, cache), torch.tensor(expected).bool()[:, None])


def test_a_width_that_the_heads_do_not_divide_is_refused():
    with pytest.raises(ValueError, match="n_head"):
        make_attention("vanilla", n_head=5)
