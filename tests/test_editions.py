"""The commands and calls of the assignment's later editions, with rotary embeddings."""

import json
import sys

import pytest
import torch
from conftest import refuse, stop_at
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import models
import recipes
from dataset import CharCorruptionDataset, NameDataset
from model import GPT, GPTConfig
from runs.loading import open_model
from text.console import InputError
from trainer import Trainer, TrainerConfig

FLAGS = ("--pretrain_lr", "6e-3", "--finetune_lr", "6e-4", "--tb_expt_name", "run")
PRETRAIN = ("pretrain", "rope", "wiki.txt", "--writing_params_path", "rope.pretrain.params")
TUNE = ("--finetune_corpus_path", "birth_places_train.tsv")
NAME = "run_rope_pt_lr_0.006000_ft_lr_0.000600"

pytestmark = pytest.mark.usefixtures("small_recipes")


def read_curve(folder, tag):
    """Return [(step, value), ...] as TensorBoard's own reader finds them."""
    reader = EventAccumulator(str(folder), size_guidance={"scalars": 0})
    reader.Reload()
    return [(event.step, event.value) for event in reader.Scalars(tag)]


def read_card(path):
    return json.loads(path.with_name(f"{path.name}.json").read_text(encoding="utf-8"))


def succeed(done):
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_commands_run_unchanged_and_tensorboard_finds_their_curves(cli, world):
    succeed(cli("src/run.py", *PRETRAIN, *FLAGS))
    start = ("--reading_params_path", "rope.pretrain.params")
    out = ("--writing_params_path", "rope.finetune.params")
    succeed(cli("src/run.py", "finetune", "rope", "wiki.txt", *start, *out, *TUNE, *FLAGS))
    trained = ("rope", "wiki.txt", "--reading_params_path", "rope.finetune.params")
    asked = ("--eval_corpus_path", "birth_dev.tsv", "--outputs_path", "rope.dev.predictions")
    printed = succeed(cli("src/run.py", "evaluate", *trained, *asked, *FLAGS))
    succeed(cli("src/run.py", "ask", *trained, *FLAGS))
    # The recipe is that of these editions.
    card = read_card(world / "rope.pretrain.params")
    assert card["recipe"] == "handout2024" and card["settings"]["final_tokens"] == 650 * 9 * 128
    assert "pos_emb" not in torch.load(world / "rope.finetune.params", weights_only=True)
    # TensorBoard finds every step, and the accuracy.
    pretraining = world / "expt" / "pretrain" / NAME / "rope.pretrain.params"
    losses = read_curve(pretraining, "train/loss")
    assert [step for step, _ in losses] == list(range(650))  # an epoch has one step
    assert [loss for _, loss in losses] == pytest.approx(card["losses"])
    rates = [rate for _, rate in read_curve(pretraining, "train/lr")]
    assert max(rates) == pytest.approx(6e-3, rel=0.01) and rates[-1] == pytest.approx(6e-4)
    finetuning = world / "expt" / "finetune" / NAME / "rope.finetune.params"
    assert len(read_curve(finetuning, "train/lr")) == 10
    evaluation = world / "expt" / "evaluate" / NAME / "rope.dev.predictions"
    ((_, accuracy),) = read_curve(evaluation, "eval/accuracy")
    assert f": {100 * accuracy}%" in printed


def test_continuing_a_run_continues_its_curve_and_a_new_run_replaces_it(cli, world):
    words = (*PRETRAIN, "--max_epochs", "9", "--tb_expt_name", "run")
    assert cli("src/run.py", *words, before=stop_at(5)).returncode == 128 + 15
    succeed(cli("src/run.py", *words))
    folder = world / "expt" / "pretrain" / NAME / "rope.pretrain.params"
    curve = read_curve(folder, "train/loss")
    assert [step for step, _ in curve] == list(range(9))
    succeed(cli("src/run.py", *words, "--max_epochs", "3"))
    folder = world / "expt" / "pretrain" / NAME / "rope.pretrain.params"
    curve = read_curve(folder, "train/loss")
    assert [step for step, _ in curve] == list(range(3))


def test_without_tensorboard_only_its_flag_is_refused(cli, world):
    def hide():
        sys.modules["torch.utils.tensorboard"] = None

    refuse(world, (*PRETRAIN, *FLAGS), "requirements-tensorboard.txt", before=hide)
    succeed(cli("src/run.py", *PRETRAIN, "--max_epochs", "1", *FLAGS[:4], before=hide))
    evaluate = ("evaluate", "rope", "wiki.txt", "--reading_params_path", "rope.pretrain.params")
    asked = ("--eval_corpus_path", "birth_dev.tsv", "--outputs_path", "out")
    refuse(world, (*evaluate, *asked, *FLAGS), "requirements-tensorboard.txt", before=hide)


def test_a_folder_that_cannot_be_written_is_refused(cli, world):
    succeed(cli("src/run.py", *PRETRAIN, "--max_epochs", "1"))
    (world / "expt").write_text("not a folder")
    refuse(world, (*PRETRAIN, *FLAGS), f"expt/pretrain/{NAME}/rope.pretrain.params: ")
    evaluate = ("evaluate", "rope", "wiki.txt", "--reading_params_path", "rope.pretrain.params")
    asked = ("--eval_corpus_path", "birth_dev.tsv", "--outputs_path", "out")
    refuse(world, (*evaluate, *asked, *FLAGS), f"expt/evaluate/{NAME}/out: ")


@pytest.mark.parametrize("name", ["", "..", "a/b", "/tmp/a"])
def test_the_name_of_curves_is_not_a_path(world, name):
    refuse(world, (*PRETRAIN, "--tb_expt_name", name), "--tb_expt_name")


def test_each_output_has_its_own_curve_under_the_rates_it_was_trained_with(cli, world):
    finetune = ("finetune", "rope", "wiki.txt", "--recipe", "quick", *TUNE, "--max_epochs", "2")
    for output in ("scratch", "again"):
        words = ("--tb_expt_name", "run", "--writing_params_path", output)
        succeed(cli("src/run.py", *finetune, *words))
    folder = world / "expt" / "finetune" / "run_rope_pt_lr_0.003000_ft_lr_0.001000"
    for output in ("scratch", "again"):
        assert len(read_curve(folder / output, "train/loss")) == 2


def test_a_learning_rate_is_that_of_its_own_stage(cli, world):
    words = ("--max_epochs", "1", "--pretrain_lr", "1e-3", "--finetune_lr", "2e-3")
    succeed(cli("src/run.py", *PRETRAIN, *words))
    finetune = ("finetune", "rope", "wiki.txt", "--writing_params_path", "tuned")
    succeed(cli("src/run.py", *finetune, *TUNE, *words))
    rates = [
        read_card(world / name)["settings"]["learning_rate"]
        for name in ("rope.pretrain.params", "tuned")
    ]
    assert rates == [1e-3, 2e-3]
    for wrong in ("0", "fast", "-1"):
        refuse(world, (*PRETRAIN, f"--pretrain_lr={wrong}"), "--pretrain_lr")


@pytest.mark.parametrize("variant, positions", [("rope", 128), ("vanilla", 128), ("synthesizer", 127)])
def test_an_example_has_as_many_positions_as_the_block(world, variant, positions):
    """The synthesizer, which these editions lack, has one fewer."""
    corpus, model, _ = open_model(variant, world / "wiki.txt", "handout2024")
    pairs = NameDataset(corpus, "Where?\t" + 119 * "s" + "\n" if positions == 128 else "Where?\ts\n")
    for x, y in (corpus[0], pairs[0]):
        assert x.shape == y.shape == (positions,)
        assert model(x[None], y[None])[1].isfinite()


def test_a_driver_of_these_editions_finds_its_names(world, tmp_path):
    assert (models.GPT, models.GPTConfig) == (GPT, GPTConfig)
    corpus = CharCorruptionDataset((world / "wiki.txt").read_text(encoding="utf-8"), 128)
    config = models.GPTConfig(
        corpus.vocab_size, corpus.block_size, n_layer=1, n_head=2, n_embd=8, bottleneck_dim=None
    )
    config.rope = True
    written = []

    class Writer:
        def add_scalar(self, name, value, step):
            written.append((name, step))

    how = dict(max_epochs=2, batch_size=4, writer=Writer(), device="cpu")
    Trainer(models.GPT(config), corpus, None, TrainerConfig(**how)).train()
    names = ("train/loss", "train/lr")
    assert written == [(name, step) for step in range(6) for name in names]


def test_a_writer_whose_disk_is_full_does_not_end_the_training(world, capsys):
    class Full:
        def add_scalar(self, *_):
            raise OSError(28, "No space left on device")

    corpus = CharCorruptionDataset((world / "wiki.txt").read_text(encoding="utf-8"), 128)
    model = GPT(GPTConfig(corpus.vocab_size, 128, n_layer=1, n_head=2, n_embd=8, rope=True))
    config = TrainerConfig(max_epochs=2, writer=Full(), device="cpu")
    assert len(Trainer(model, corpus, None, config).train()) == 2
    assert capsys.readouterr().err.count("note: the curves end here (No space left") == 1


def test_the_angles_are_those_of_the_parameter_file(cli, world):
    succeed(cli("src/run.py", *PRETRAIN, "--max_epochs", "1"))
    state = torch.load(world / "rope.pretrain.params", weights_only=True)
    cache = state["blocks.0.attn.rope_cache"]
    assert cache.shape == (128, 8, 2)
    other = str(world / "other.params")
    for angles in (cache / 2, cache[:64], None):
        state["blocks.0.attn.rope_cache"] = angles
        torch.save({name: each for name, each in state.items() if each is not None}, other)
        if angles is None or len(angles) < 128:
            with pytest.raises(InputError, match="of another model"):
                open_model("rope", world / "wiki.txt", params_path=other)
        else:
            _, model, _ = open_model("rope", world / "wiki.txt", params_path=other)
            assert torch.equal(model.blocks[0].attn.rope_cache, angles)


def test_each_edition_has_its_schedule():
    for stage, epochs in (("pretrain", 650), ("finetune_pretrained", 200)):
        config = recipes.trainer_config("handout2024", stage, 2938, 2000)
        assert config.final_tokens == epochs * 2938 * 128
    assert recipes.default_recipe("rope") == "handout2024"
    assert recipes.default_recipe("vanilla") == recipes.default_recipe("synthesizer") == "handout"
