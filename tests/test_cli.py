"""Every option has an effect, or is refused in one line before anything is done."""

import os

import pytest
from conftest import refuse

import run
from runs.options import make_parser

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
    for option in (PAIRS, ("--min_confidence", "0.5")):
        refuse(world, (*COMMANDS["evaluate"], *option), f"{option[0]}: only --report_path uses it")


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


def test_options_may_stand_anywhere_after_the_function():
    words = ("finetune", "--seed", "1", "vanilla", *PAIRS, "wiki.txt", *WRITING)
    parse = make_parser().parse_args
    assert parse(words) == parse((*COMMANDS["finetune"][:7], "--seed", "1"))


def test_from_python_a_wrong_name_is_a_type_error():
    paths = dict(writing_params_path="a", finetune_corpus_path="b")
    with pytest.raises(TypeError, match="nonsense"):
        run.finetune("vanilla", "wiki.txt", **paths, nonsense=1)
