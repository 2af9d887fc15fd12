"""Every option has an effect, or is refused in one line before anything is done."""

import os

import pytest
from conftest import forbid_reading, refuse

from runs import options as cli
from text.files import InputError

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


def make_value(option):
    """A word that the option takes, or none for a switch."""
    if option.kind is bool:
        return ()
    return (option.choices[0] if option.choices else TRAIN if option.kind == "input" else "1",)


def test_an_option_that_only_another_makes_useful_is_refused_without_it(world):
    for option in cli.OPTIONS:
        for function, other in option.only_with.items():
            words = (*COMMANDS[function], f"--{option.name}", *make_value(option))
            refuse(world, words, f"--{option.name}: {function} uses it for --{other}")


USELESS = [(o, f) for o in cli.OPTIONS for f in cli.FUNCTIONS if f not in o.functions]


@pytest.mark.parametrize("option, function", USELESS, ids=lambda value: getattr(value, "name", value))
def test_an_option_that_a_function_does_not_use_is_refused(world, option, function):
    words = (*COMMANDS[function], f"--{option.name}", *make_value(option))
    refuse(world, words, f"--{option.name}: {function} does not use it", " and ".join(option.functions))


def test_options_that_would_have_no_effect_are_refused(world):
    both = ("--budget", "1", "--max_epochs", "2")
    refuse(world, (*COMMANDS["finetune"], *both), "--budget and --max_epochs both set the length")
    handout = (*COMMANDS["pretrain"][:5], "--recipe", "handout", *PAIRS)
    refuse(world, handout, "--finetune_corpus_path", "--recipe fast or quick")


def test_learned_masking_that_is_asked_for_needs_pairs(world):
    refuse(world, (*COMMANDS["pretrain"], "--masking", "learned"), "--masking learned", "--finetune_corpus_path")


def test_keep_every_beyond_the_end_is_refused(world):
    words = (*COMMANDS["finetune"], "--max_epochs", "2", "--keep_every", "3")
    refuse(world, words, "--keep_every 3: the run has 2 epochs")


@pytest.mark.parametrize("function, option", [
    ("finetune", "reading_params_path"), ("pretrain", "writing_params_path"), ("pretrain", "cache_dir"),
    ("evaluate", "reading_params_path"), ("evaluate", "report_path"), ("finetune", "log_path"),
])  # fmt: skip
def test_an_empty_value_of_an_option_is_refused(world, function, option):
    refuse(world, (*COMMANDS[function], f"--{option}", ""), f"--{option}: is empty")


def test_a_log_that_can_not_be_appended_to_is_refused_before_the_training(world):
    (world / "log").write_text("")
    words = (*COMMANDS["finetune"], "--log_path", "log")
    refuse(world, words, "log: can't be written (Permission denied)", before=forbid_reading(str(world / "log")))


def test_a_name_too_long_for_its_temporary_file_is_refused_before_the_training(world):
    name = "o" * 240  # the checkpoint's name has 251 characters, of the 255 that a file system allows
    words = [name if word == "out" else word for word in COMMANDS["finetune"]]
    refuse(world, words, "can't be written (File name too long)")


def test_a_pipe_that_must_be_read_twice_is_refused(world):
    pipe, end = os.pipe()
    os.write(end, (world / "wiki.txt").read_bytes())
    os.close(end)
    words = [f"/dev/fd/{pipe}" if word == "wiki.txt" else word for word in COMMANDS["pretrain"]]
    refuse(world, words, f"/dev/fd/{pipe}: no regular file, and is read more than once")


def test_an_abbreviated_option_is_refused(world):
    refuse(world, (*COMMANDS["pretrain"], "--mask", "salient"), "--mask")


@pytest.mark.parametrize("function", list(COMMANDS))
def test_from_python_a_wrong_choice_is_an_input_error_too(function):
    with pytest.raises(InputError, match="--recipe stew: choose from handout, text, brief, fast, quick"):
        cli.complete(function, {"recipe": "stew"} | {n: "x" for n in cli.BY_NAME if n.endswith("_path")
                                                     and function in cli.BY_NAME[n].functions})
    with pytest.raises(TypeError, match="nonsense"):
        cli.complete(function, {"nonsense": 1})


def test_the_defaults_are_those_of_the_declarations():
    options = cli.complete("finetune", {"writing_params_path": "a", "finetune_corpus_path": "b", "seed": None})
    assert (options.seed, options.checkpoint_minutes, options.fresh) == (0, 5.0, False)
    assert options.recipe is None and options.given == {"writing_params_path", "finetune_corpus_path"}


def test_every_option_that_identifies_a_run_is_part_of_its_identity(world, monkeypatch):
    monkeypatch.chdir(world)
    options = cli.complete("pretrain", {"writing_params_path": "a", "finetune_corpus_path": TRAIN, "seed": 7})
    identity = cli.identify(options)
    assert set(identity) == {"finetune_corpus", "masking", "ask", "seed"}
    assert identity["seed"] == 7 and identity["finetune_corpus"] not in (None, TRAIN)
