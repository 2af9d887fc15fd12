"""The table of recipes, and what it makes of a stage."""

import re

import pytest
import torch
from conftest import ROOT
from torch.utils.data import TensorDataset

from model import GPT
from recipes import RECIPES, model_config, trainer_config
from trainer import Trainer

STAGES = ["pretrain", "finetune_from_scratch", "finetune_pretrained"]


def test_handout_recipe_is_the_assignments():
    pretrain = trainer_config("handout", "pretrain", 2938, 2938)
    assert (pretrain.max_epochs, pretrain.batch_size, pretrain.learning_rate) == (650, 128, 6e-3)
    assert (pretrain.warmup_tokens, pretrain.final_tokens) == (10240, 200 * 2938 * 128)
    scratch = trainer_config("handout", "finetune_from_scratch", 2938, 2000)
    tuned = trainer_config("handout", "finetune_pretrained", 2938, 2000)
    assert (scratch.max_epochs, tuned.max_epochs) == (75, 10)
    for config in (scratch, tuned):
        assert (config.batch_size, config.learning_rate) == (256, 6e-4)
        assert (config.warmup_tokens, config.final_tokens) == (10240, 200 * 2938 * 128)
    for config in (pretrain, scratch, tuned):
        assert (config.optimizer, config.schedule, config.betas) == ("adamw", "cosine", (0.9, 0.95))
        assert (config.grad_norm_clip, config.weight_decay) == (1.0, 0.1) and config.lr_decay
    assert RECIPES["handout"]["model"] == dict(block_size=128, n_layer=4, n_head=8, n_embd=256)


def test_the_readme_tells_of_each_recipe_what_pretraining_does():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \|[^|]*\| ([^|]* epochs[^|]*) \|", readme, re.MULTILINE))
    assert list(rows) == list(RECIPES)
    optimizer = ""  # "the same" means: also the same one
    for recipe, row in rows.items():
        config = trainer_config(recipe, "pretrain", 3000, 3000)
        assert int(re.search(r"(\d+) epochs", row)[1]) == config.max_epochs, recipe
        optimizer = next((name for name in ("AdamW", "Muon") if name in row), optimizer)
        assert optimizer.lower() == config.optimizer, recipe


@pytest.mark.parametrize("recipe", list(RECIPES))
@pytest.mark.parametrize("stage", STAGES)
def test_only_the_handout_decays_vectors_as_the_courses_trainer_does(recipe, stage):
    config = trainer_config(recipe, stage, 100, 100)
    assert config.weight_decay == 0.1 and config.decay_vectors is recipe.startswith("handout")


def test_overrides_replace_a_recipes_value_unless_none():
    config = trainer_config("handout", "pretrain", 10, 10, max_epochs=3, device=None)
    assert config.max_epochs == 3 and config.device is None


class Recorder(Trainer):
    """Trainer that takes no steps, but keeps the rate that each of them would have."""

    def run_batch(self, x, y, backward=False):
        self.rates = [*getattr(self, "rates", []), [group["lr"] for group in self.groups]]
        return 0.0


def record_rates(recipe, stage, n_examples, **options):
    """Each step's learning rates of all parameter groups, as shares of the recipe's."""
    config = trainer_config(recipe, stage, n_examples, n_examples, device="cpu", **options)
    shape = dict(n_layer=1, n_head=1, n_embd=4)
    model = GPT(model_config(recipe, "vanilla", 5, **shape))
    ids = torch.zeros(n_examples, model.block_size - 1, dtype=torch.long)
    trainer = Recorder(model, TensorDataset(ids, ids), None, config)
    full = [group["lr"] for group in trainer.groups]
    assert max(full) == max(config.learning_rate, config.matrix_learning_rate * (len(full) == 3))
    trainer.train()
    shares = [[rate / best for rate, best in zip(rates, full)] for rates in trainer.rates]
    assert all(share == pytest.approx(each[0]) for each in shares for share in each)
    return [each[0] for each in shares]


@pytest.mark.parametrize(
    "recipe, batch, warmup",
    [("text", 64, 20), ("brief", 64, 20), ("fast", 64, 20), ("quick", 32, 75)],
)
@pytest.mark.parametrize("stage", STAGES)
def test_the_rate_of_the_short_recipes_climbs_then_falls_in_a_line(recipe, batch, warmup, stage):
    rates = record_rates(recipe, stage, 10 * batch)
    steps = 10 * RECIPES[recipe][stage]["max_epochs"]
    warmup = min(warmup, steps / 5)
    expected = [
        min(k / warmup, (steps + 1 - k) / (steps + 1 - warmup)) for k in range(1, steps + 1)
    ]
    assert rates == pytest.approx(expected)


@pytest.mark.parametrize("recipe", list(RECIPES))
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("n_examples", [1, 50, 100, 3000])
def test_warm_up_takes_a_fifth_of_a_stage_at_most(recipe, stage, n_examples):
    for budget in (None, 0.1, 3.0):
        config = trainer_config(recipe, stage, n_examples, n_examples, budget)
        size = RECIPES[recipe].get("text_size", RECIPES[recipe]["model"]["block_size"])
        total = config.max_epochs * n_examples * (size - 1)
        assert 0 < config.warmup_tokens <= 0.2 * total
        assert config.warmup_tokens < config.final_tokens


def test_a_step_is_about_as_many_documents_however_many_questions_are_asked_of_each():
    sizes = [
        trainer_config("fast", "pretrain", 3000, n).batch_size
        for n in (1, 2900, 4400, 4600, 6100, 9000)
    ]
    assert sizes == [64, 64, 64, 128, 128, 192]
    assert trainer_config("fast", "finetune_pretrained", 3000, 9000).batch_size == 64


@pytest.mark.parametrize("recipe", list(RECIPES))
@pytest.mark.parametrize("budget, longer", [(0.1, 0.1), (1.0, 1), (2.0, 2)])
def test_budget_scales_the_epochs_and_the_schedule_alike(recipe, budget, longer):
    usual = trainer_config(recipe, "pretrain", 3000, 3000)
    config = trainer_config(recipe, "pretrain", 3000, 3000, budget)
    assert config.max_epochs == round(longer * usual.max_epochs)
    epochs = config.max_epochs / usual.max_epochs
    expected = budget if recipe.startswith("handout") else epochs
    assert config.final_tokens == pytest.approx(expected * usual.final_tokens, rel=0.02)
