import pytest
import torch
from reference import sample_naively
from small import VARIANTS
from small import make_gpt as make_small

from answering.sampling import generate, sample
from utils import set_seed

# The number of characters that a model of block size 48 can see.
WINDOW = {variant: 47 if variant == "synthesizer" else 48 for variant in VARIANTS}


def make_gpt(variant="vanilla", std=0.3):
    """Make a GPT in float64, so that no two logits are so close that rounding decides. With this
    seed what it says varies from place to place.
    """
    return make_small(variant, seed=9, block_size=48, std=std).double().eval()


def count_read(model):
    """Return a list that gets the numbers of ids and rows of each call of the model from now on."""
    read = []
    model.register_forward_pre_hook(lambda _, words: read.append((words[0].numel(), len(words[0]))))
    return read


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("T", [1, 40, 47, 60])  # with 30 steps: inside, across, past it
def test_greedy_sampling_equals_the_naive_loop(variant, T):
    model = make_gpt(variant)
    x = torch.randint(11, (5, T))
    expected = sample_naively(model, x, 30, WINDOW[variant])
    assert torch.equal(sample(model, x, 30), expected)
    assert len(expected[:, T:].unique()) > 2 and len(expected[:, T:].unique(dim=0)) > 1


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("B, T", [(40, 5), (8, 60)])
def test_sampling_stops_once_every_row_has_stopped(variant, B, T):
    model = make_gpt(variant)
    assert_it_stops(model, torch.randint(11, (B, T)), 40)


def assert_it_stops(model, x, steps):
    """Assert that for each `stop` a row is the free one up to it, the result as long as needed."""
    T = x.size(1)
    free = sample(model, x, steps)
    for stop in range(11):
        cut = generate(model, x, steps, stop=stop)[0]
        ends = []
        for row, expected in zip(cut.tolist(), free.tolist()):
            end = expected.index(stop, T) + 1 if stop in expected[T:] else len(expected)
            assert row == (expected[:end] + [stop] * len(expected))[: len(row)]
            ends.append(end)
        assert cut.size(1) == max(ends)


def test_drawn_characters_follow_the_models_distribution():
    model = make_gpt(std=None)
    torch.nn.init.normal_(model.head.weight, std=0.3)
    x = torch.zeros((20_000, 1), dtype=torch.long)
    set_seed(0)
    for temperature in (1.0, 0.5):
        expected = (model(x[:1])[0][0, -1] / temperature).softmax(-1)
        drawn = sample(model, x, 1, temperature=temperature, sample=True)[:, 1]
        found = torch.bincount(drawn, minlength=11) / len(x)
        torch.testing.assert_close(found.double(), expected, atol=0.015, rtol=0)


def test_top_k_above_the_size_of_the_vocabulary_draws_among_all():
    model, x = make_gpt(), torch.zeros((500, 1), dtype=torch.long)
    set_seed(0)
    everything = sample(model, x, 1, temperature=5.0, sample=True, top_k=99)
    set_seed(0)
    assert torch.equal(sample(model, x, 1, temperature=5.0, sample=True), everything)


def test_temperature_0_is_greedy_and_impossible_settings_are_refused():
    model = make_gpt(std=0.5)
    x = torch.tensor([[1, 2, 3]])
    assert torch.equal(sample(model, x, 5, temperature=0, sample=True), sample(model, x, 5))
    for settings in (dict(top_k=0), dict(temperature=-1.0)):
        with pytest.raises(ValueError, match=f"^{next(iter(settings))} .*: give a"):
            sample(model, x, 5, sample=True, **settings)


@pytest.mark.parametrize("training", [True, False])
def test_a_sampled_model_is_in_the_mode_that_it_was_in(training):
    model = make_gpt().train(training)
    modes = []
    model.register_forward_hook(lambda module, *_: modes.append(module.training))
    sample(model, torch.tensor([[1, 2, 3]]), 2)
    assert modes == [False, False]
    assert model.training == training and model.blocks[0].training == training


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_character_is_read_once(variant):
    model = make_gpt(variant)
    read = count_read(model)
    x = torch.arange(11)[:5, None].repeat(1, 9)  # rows that begin differently
    sample(model, x, 30)
    assert [ids for ids, _ in read] == [5 * 9] + [5] * 29


def test_rows_that_have_stopped_are_soon_left_out():
    model = make_gpt()
    x = torch.randint(11, (40, 5))
    stop = int(sample(model, x, 1)[:, -1].mode().values)
    read = count_read(model)
    out = generate(model, x, 30, stop=stop)[0]
    for step, (_, rows) in enumerate(read[1:], 5):  # the first call may be the shared beginning
        running = int((out[:, 5 : step + 1] != stop).all(1).sum())
        assert rows <= max(2 * running, 1) or step == 5


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize(
    "alike, lengths", [(5, (9, 9, 9)), (5, (4, 9, 6)), (9, (5, 9, 9)), (5, (1, 2, 9)), (9, (7, 9))]
)
def test_a_beginning_that_prompts_share_is_read_once(variant, alike, lengths):
    model = make_gpt(variant)
    B = len(lengths)
    x = torch.randint(11, (B, 9))
    x[:, :alike] = x[0, :alike]
    read = count_read(model)
    out = generate(model, x, 20, lengths=torch.tensor(lengths))[0]
    shared = min(alike, min(lengths) - 1)
    assert sum(ids for ids, _ in (read[:2] if shared else read[:1])) == shared + B * (9 - shared)
    for row, length, found in zip(x, lengths, out):
        expected = sample_naively(model, row[None, :length], 20, WINDOW[variant])
        assert torch.equal(found[9:], expected[0, length:])
    alone = generate(model, x[:1], 20, lengths=torch.tensor(lengths[:1]))[0]
    assert torch.equal(alone, out[:1])
