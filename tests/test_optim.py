import math

import pytest
import torch

from model import GPT, GPTConfig
from trainer import TrainerConfig
from training.optim import Muon, lr_multiplier, make_optimizers, orthogonalise

SHAPES = [(16, 16), (32, 8), (8, 32), (64, 48), (1, 5)]


@pytest.mark.parametrize("shape", SHAPES)
def test_singular_values_become_about_one_and_singular_vectors_stay(shape):
    torch.manual_seed(0)
    matrix = torch.randn(shape, dtype=torch.float64) * 37
    found = orthogonalise(matrix)
    u, s, v = torch.linalg.svd(matrix, full_matrices=False)
    middle = u.mT @ found @ v.mT  # diagonal if the singular vectors are the matrix's own
    values = middle.diagonal()
    torch.testing.assert_close(middle, torch.diag(values), atol=1e-9, rtol=0)
    large = s / s.norm() > 0.01
    assert values[large].min() > 0.6 and values.max() < 1.25


def test_a_zero_matrix_stays_zero():
    assert not orthogonalise(torch.zeros(4, 6)).any()


def take_steps(optimizer_class, shapes, steps=4, **settings):
    torch.manual_seed(3)
    parameters = [torch.nn.Parameter(torch.randn(shape)) for shape in shapes]
    starts = [p.detach().clone() for p in parameters]
    optimizer = optimizer_class(parameters, **settings)
    for _ in range(steps):
        for parameter in parameters:
            parameter.grad = torch.randn_like(parameter)
        optimizer.step()
    return [(p.detach() - start) for p, start in zip(parameters, starts)]


def test_updates_are_torchs_muon_within_the_precision_of_bfloat16():
    shapes = [(24, 24), (48, 24), (24, 24), (12, 36)]
    settings = dict(lr=0.02, momentum=0.95)
    ours = take_steps(Muon, shapes, **settings)
    theirs = take_steps(torch.optim.Muon, shapes, nesterov=True, weight_decay=0.0, **settings)
    for mine, other in zip(ours, theirs):
        assert (mine - other).norm() / other.norm() < 0.02


def test_a_parameter_without_gradient_stays():
    still, moving = torch.nn.Parameter(torch.ones(3, 3)), torch.nn.Parameter(torch.ones(3, 3))
    moving.grad = torch.randn(3, 3)
    Muon([still, moving]).step()
    assert (still == 1).all() and not (moving == 1).any()


def sort_parameters(optimizers, model):
    """Return [(optimizer's class, weight decay, names of the parameters), ...] of all groups."""
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    return [
        (type(optimizer), group.get("weight_decay", 0.0), {names[id(p)] for p in group["params"]})
        for optimizer in optimizers
        for group in optimizer.param_groups
    ]


def is_vector(name):
    return name.endswith(("bias", "b2")) or "ln" in name


@pytest.mark.parametrize("decay_vectors", [True, False])
@pytest.mark.parametrize("variant", ["vanilla", "synthesizer"])
@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_every_parameter_is_in_one_group_and_no_bias_is_decayed(variant, optimizer, decay_vectors):
    model = GPT(GPTConfig(9, 32, n_layer=2, n_head=2, n_embd=16, attention=variant))
    config = TrainerConfig(optimizer=optimizer, decay_vectors=decay_vectors)
    groups = sort_parameters(make_optimizers(model, config), model)
    every = sorted(name for _, _, names in groups for name in names)
    assert every == sorted(name for name, _ in model.named_parameters())
    *muon, (_, decay, decayed), (_, none, others) = groups
    vectors = set(filter(is_vector, every))
    assert (decay, none) == (0.1, 0.0)
    assert ("blocks.0.attn.b2" in decayed) is (variant == "synthesizer" and decay_vectors)
    assert others == {name for name in vectors if not decay_vectors or name.endswith("bias")}
    in_blocks = {name for name in every if name.startswith("blocks.") and not is_vector(name)}
    if optimizer == "adamw":
        assert not muon and decayed == set(every) - others
    else:
        embeddings = {"tok_emb.weight", "pos_emb", "head.weight"}
        assert muon == [(Muon, 0.0, in_blocks)] and decayed == embeddings | (vectors - others)


def test_muon_finds_the_blocks_of_a_wrapped_model_or_refuses():
    model = GPT(GPTConfig(9, 32, n_layer=2, n_head=2, n_embd=16))
    config = TrainerConfig(optimizer="muon")
    muon, _ = make_optimizers(torch.nn.ModuleDict({"module": model}), config)
    plain, _ = make_optimizers(model, config)
    found, expected = (each.param_groups[0]["params"] for each in (muon, plain))
    assert len(found) == 12 and all(one is two for one, two in zip(found, expected))
    with pytest.raises(ValueError, match="muon.*the model has none"):
        make_optimizers(torch.nn.Linear(2, 2), config)


@pytest.mark.parametrize("tokens", [0, 1, 50, 99, 100, 101, 350, 600, 1099, 1100, 1600, 2100, 3300])
def test_learning_rate_follows_the_closed_form(tokens):
    if tokens < 100:
        expected = tokens / 100
    else:
        expected = max(0.1, (1 + math.cos(math.pi * (tokens - 100) / 1000)) / 2)
    assert lr_multiplier("cosine", tokens, 100, 1100) == pytest.approx(expected, abs=1e-12)


LINE = [(0, 0), (50, 0.5), (100, 1), (350, 0.75), (1100, 0), (2000, 0)]


@pytest.mark.parametrize("tokens, expected", LINE)
def test_the_linear_schedule_climbs_to_one_and_falls_to_zero(tokens, expected):
    assert lr_multiplier("linear", tokens, 100, 1100) == pytest.approx(expected, abs=1e-12)
