"""Every option has an effect, or is refused in one line before anything is done."""

import json
import os
from pathlib import Path

import numpy
import pytest
from conftest import refuse, shrink_recipes, snapshot

import run
from text.console import InputError
from trainer import Trainer

TRAIN, DEV = "birth_places_train.tsv", "birth_dev.tsv"
WRITING = ("--writing_params_path", "out")
PAIRS = ("--finetune_corpus_path", TRAIN)
COMMANDS = {
    "pretrain": ("pretrain", "vanilla", "wiki.txt", *WRITING, "--recipe", "quick"),
    "finetune": ("finetune", "vanilla", "wiki.txt", *WRITING, *PAIRS, "--recipe", "quick"),
    "evaluate": (
        *("evaluate", "vanilla", "wiki.txt", "--reading_params_path", "made"),
        *("--eval_corpus_path", DEV, "--outputs_path", "out"),
    ),
    "ask": ("ask", "vanilla", "wiki.txt", "--reading_params_path", "made"),
}
USELESS = {
    "pretrain": ["--reading_params_path=made", "--json"],
    "finetune": ["--ask=all", "--outputs_path=out"],
    "evaluate": ["--seed=1", "--fresh", "--writing_params_path=made"],
    "ask": ["--report_path=report", "--max_epochs=1", f"--eval_corpus_path={DEV}"],
}


@pytest.mark.parametrize("function, option", [(f, o) for f in USELESS for o in USELESS[f]])
def test_an_option_that_a_function_does_not_use_is_refused(world, function, option):
    refuse(world, (*COMMANDS[function], option), f"unrecognized arguments: {option}")


def test_an_option_that_only_a_report_makes_useful_is_refused_without_one(world):
    words = (*COMMANDS["evaluate"], "--min_confidence", "0.5")
    refuse(world, words, "--min_confidence: only --report_path uses it")


def test_options_that_would_have_no_effect_are_refused(world):
    both = ("--budget", "1", "--max_epochs", "2")
    refuse(world, (*COMMANDS["finetune"], *both), "--max_epochs: not allowed with argument --budget")
    handout = (*COMMANDS["pretrain"][:5], "--recipe", "handout", *PAIRS)
    refuse(world, handout, "--finetune_corpus_path", "--recipe fast or quick")
    words = (*COMMANDS["finetune"], "--max_epochs", "2", "--keep_every", "3")
    refuse(world, words, "--keep_every 3: the run has 2 epochs")


def test_learned_masking_that_is_asked_for_needs_pairs(world):
    words = (*COMMANDS["pretrain"], "--masking", "learned")
    refuse(world, words, "--masking learned", "--finetune_corpus_path")


@pytest.mark.parametrize("function, option", [
    ("finetune", "reading_params_path"), ("pretrain", "writing_params_path"),
    ("evaluate", "reading_params_path"), ("evaluate", "report_path"),
])  # fmt: skip
def test_an_empty_value_of_an_option_is_refused(world, function, option):
    refuse(world, (*COMMANDS[function], f"--{option}", ""), f"--{option}: is empty")


def test_a_pipe_that_must_be_read_twice_is_refused(world):
    pipe, end = os.pipe()
    os.write(end, (world / "wiki.txt").read_bytes())
    os.close(end)
    words = [f"/dev/fd/{pipe}" if word == "wiki.txt" else word for word in COMMANDS["pretrain"]]
    refuse(world, words, f"/dev/fd/{pipe}: not a regular file, and is read more than once")


def test_an_abbreviated_option_is_refused(world):
    refuse(world, (*COMMANDS["pretrain"], "--mask", "salient"), "--mask")


def test_from_python_a_wrong_name_is_refused():
    paths = dict(writing_params_path="a", finetune_corpus_path="b")
    with pytest.raises(InputError, match="unrecognized arguments: --nonsense"):
        run.finetune("vanilla", "wiki.txt", **paths, nonsense=1)


@pytest.mark.parametrize(
    "option",
    [
        {"max_epochs": 0}, {"max_epochs": 2.5}, {"max_epochs": "x"}, {"budget": 0}, {"seed": -1},
        {"keep_every": -1}, {"checkpoint_minutes": -1}, {"dtype": "float16"}, {"log_path": ""},
        {"writing_params_path": ""}, {"recipe": "nonsense"}, {"max_epochs": 1, "budget": 2},
    ],
)  # fmt: skip
def test_from_python_options_have_the_ranges_of_the_command_line(world, monkeypatch, option):
    monkeypatch.chdir(world)
    Path("out").write_text("an earlier model")
    files = snapshot(world)
    with pytest.raises(InputError, match=f"--{next(iter(option))}"):
        run.pretrain("vanilla", "wiki.txt", **{"writing_params_path": "out", **option})
    assert snapshot(world) == files


def test_from_python_what_is_recorded_is_plain_and_a_stopped_run_goes_on(world, monkeypatch):
    monkeypatch.chdir(world)
    shrink_recipes(monkeypatch)
    plain = dict(writing_params_path="plain", max_epochs=2, seed=3, checkpoint_minutes=0.0)
    run.pretrain("vanilla", "wiki.txt", **plain)
    rich = dict(writing_params_path=Path("out"), max_epochs=numpy.int64(2), seed="3")
    rich.update(checkpoint_minutes=numpy.float32(0), log_path=Path("log"), budget=None)

    def stop(trainer):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "end_epoch", stop)
        with pytest.raises(KeyboardInterrupt):
            run.pretrain("vanilla", Path("wiki.txt"), **rich)
    assert Path("out.checkpoint").exists()
    run.pretrain("vanilla", Path("wiki.txt"), **rich)
    assert Path("out").read_bytes() == Path("plain").read_bytes()
    assert json.loads(Path("out.json").read_text())["inputs"]["corpus_path"]["path"] == "wiki.txt"
