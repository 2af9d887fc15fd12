"""The command line: every option, declared once.

A declaration says which functions take the option, which need it, and whether a run with another
value is another run. The parser, the refusal of options that have no effect, and the identity of a
checkpoint all follow from it.
"""

import argparse
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from answering.report import TABLE
from attention import ATTENTION
from recipes import DEFAULT, RECIPES
from runs.model_card import find_card
from text.files import InputError, Parser, check_output_folder, check_output_path, fingerprint
from training.checkpoint import find_checkpoint
from training.devices import DTYPES
from training.distributed import is_main

TRAINING = ("pretrain", "finetune")
FUNCTIONS = (*TRAINING, "evaluate", "ask")


@dataclass(frozen=True)
class Option:
    """--NAME of some of the functions.

    kind: "input", "output" or "folder" for a path, else a function that makes a value of the text.
    choices: the values it may have. objective: the one, of objectives.OBJECTIVES, whose pretraining takes
    it; pretraining with another refuses it. identifies: whether a checkpoint of a run with another value,
    or another content of the file, is refused. only_with: {function: the option without which it would have
    no effect there}.
    """

    name: str
    functions: tuple
    help: str
    kind: str | Callable = str
    needed_by: tuple = ()
    default: Any = None
    choices: tuple | None = None
    objective: str | None = None
    identifies: bool = False
    only_with: dict = field(default_factory=dict)


def number(kind, lowest, most, what):
    """A function that makes a number of an option's text: int or float, from lowest to most."""

    def read(text):
        try:
            value = kind(text)
        except ValueError:
            value = None
        if value is None or not lowest <= value <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not {what}")
        return value

    return read


COUNT = number(int, 1, 10**9, "a whole number above 0")
FACTOR = number(float, 1e-6, 1e6, "a number above 0, a million at most")
MINUTES = number(float, 0, 1e6, "a number of 0 or above, a million at most")
SHARE = number(float, 0, 1, "a number from 0 to 1")
SEED = number(int, 0, 2**32 - 1, "a whole number from 0 to 2^32 - 1")  # numpy's bound
INPUT, OUTPUT = dict(kind="input"), dict(kind="output")
TITLES = dict(objective="titles", identifies=True)
REPORT = dict(only_with={"evaluate": "report_path"})
PRETRAIN, FINETUNE, EVALUATE, ASK = ((function,) for function in FUNCTIONS)
OPTIONS = [
    Option("reading_params_path", FINETUNE + EVALUATE + ASK, "parameters to start from",
           **INPUT, needed_by=EVALUATE + ASK, identifies=True),
    Option("writing_params_path", TRAINING, "where to write parameters", **OUTPUT, needed_by=TRAINING),
    Option("finetune_corpus_path", FUNCTIONS, "training pairs (TSV); default after training: the card's",
           **INPUT, needed_by=FINETUNE, **TITLES, **REPORT),
    Option("eval_corpus_path", EVALUATE, "questions, with or without answers (TSV)",
           **INPUT, needed_by=EVALUATE),
    Option("outputs_path", EVALUATE, "where to write predictions", **OUTPUT, needed_by=EVALUATE),
    Option("report_path", EVALUATE, "a folder for a table of the answers and where they come from",
           kind="folder"),
    Option("min_confidence", EVALUATE, "less confident answers become 'unknown' in the report",
           kind=SHARE, **REPORT),
    Option("json", ASK, "print JSON, one object a line", kind=bool, default=False),
    Option("recipe", FUNCTIONS, f"default: the one in the model card, else {DEFAULT}",
           choices=tuple(RECIPES)),
    Option("cache_dir", FUNCTIONS, "a folder for the index of a corpus of 8 MiB or more; default: beside it"),
    Option("budget", TRAINING, "times the recipe's epochs and the length of its schedule",
           kind=FACTOR),
    Option("max_epochs", TRAINING, "instead of the recipe's epochs", kind=COUNT),
    Option("masking", PRETRAIN, "the span of a document that is asked for; default: learned with pairs",
           choices=("learned", "salient", "random"), **TITLES),
    Option("ask", PRETRAIN, "of all documents (default), or of those that no pair answers",
           choices=("all", "unanswered"), default="all", **TITLES),
    Option("seed", TRAINING, "of all that is random; default: 0",
           kind=SEED, default=0, identifies=True),
    Option("device", FUNCTIONS, "cuda or cpu; default: CUDA if there is a GPU that works"),
    Option("dtype", TRAINING, "of matrix products; default: bfloat16 on a GPU that has it, else float32",
           choices=tuple(DTYPES)),
    Option("log_path", TRAINING, "append one JSON line an epoch to this file", **OUTPUT),
    Option("checkpoint_minutes", TRAINING, "how often a training is saved; default: 5",
           kind=MINUTES, default=5.0),
    Option("keep_every", TRAINING, "also keep the parameters after every N epochs, as OUTPUT.N",
           kind=COUNT),
    Option("fresh", TRAINING, "don't continue a broken-off run", kind=bool, default=False),
]  # fmt: skip
BY_NAME = {option.name: option for option in OPTIONS}


def parse(argv=None):
    """(function, variant, corpus_path, {option: value} of those that were given)."""
    parser = Parser(
        allow_abbrev=False,
        description="Pretrain, finetune, evaluate and ask a GPT that must know where people were born."
    )
    parser.add_argument("function", choices=FUNCTIONS)
    parser.add_argument("variant", choices=list(ATTENTION), help="the self-attention")
    parser.add_argument("corpus_path", metavar="CORPUS", help="pretraining text, e.g. wiki.txt")
    for option in OPTIONS:
        words = dict(help=f"{option.help} ({', '.join(option.functions)})", default=argparse.SUPPRESS)
        if option.kind is bool:
            words["action"] = "store_true"
        elif option.choices:
            words["choices"] = option.choices
        elif option.kind in ("input", "output", "folder"):
            words["metavar"] = "DIR" if option.kind == "folder" else "PATH"
        else:
            words["type"] = option.kind
        parser.add_argument(f"--{option.name}", **words)
    given = vars(parser.parse_args(argv))
    return given.pop("function"), given.pop("variant"), given.pop("corpus_path"), given


def complete(function, given):
    """All options of a function as attributes, those that are not given (or None) with their
    defaults; `given` has the names of the others.

    Raises InputError for an option that the function has no use for, or one that it needs and lacks,
    and TypeError for a name that is no option's.
    """
    given = {name: value for name, value in given.items() if value is not None}
    unknown = given.keys() - {option.name for option in OPTIONS}
    if unknown:
        raise TypeError(f"no such options: {', '.join(sorted(unknown))}")
    for name, value in given.items():
        if value == "":  # an unset variable of the shell
            raise InputError(f"--{name}: is empty: give a value, or leave it out")
    for option in OPTIONS:
        if option.name in given and function not in option.functions:
            users = " and ".join(option.functions)
            raise InputError(f"--{option.name}: {function} does not use it, only {users}: leave it out")
    for option in OPTIONS:
        other = option.only_with.get(function)
        if option.name in given and other and other not in given:
            raise InputError(f"--{option.name}: {function} uses it for --{other}: give that, or leave it out")
    for option in OPTIONS:
        if function in option.needed_by and option.name not in given:
            raise InputError(f"{function} needs --{option.name} PATH")
    for option in OPTIONS:
        if option.choices and given.get(option.name, option.choices[0]) not in option.choices:
            raise InputError(f"--{option.name} {given[option.name]}: choose from {', '.join(option.choices)}")
    if {"budget", "max_epochs"} <= given.keys():
        raise InputError("--budget and --max_epochs both set the length: give one of them")
    defaults = {o.name: o.default for o in OPTIONS if function in o.functions}
    return SimpleNamespace(**{**defaults, **given}, given=set(given))


def get_objective_options(options, objective):
    """The options of pretraining that an objective takes, a dict.

    Raises InputError if an option is given that the objective does not take.
    """
    for option in OPTIONS:
        if option.objective not in (None, objective) and option.name in options.given:
            others = [name for name in RECIPES if RECIPES[name]["objective"] == option.objective]
            raise InputError(
                f"--{option.name}: this recipe's pretraining has no use for it: leave it out, or use "
                f"--recipe {' or '.join(others)}"
            )
    return {o.name: getattr(options, o.name) for o in OPTIONS if o.objective == objective}


def list_paths(options, kind):
    """{option: path} of those that were given, of one kind: "input", "output" or "folder"."""
    paths = {o.name: getattr(options, o.name, None) for o in OPTIONS if o.kind == kind}
    return {name: path for name, path in paths.items() if path is not None}


def identify(options):
    """{option: value, or fingerprint of the file} of all options that make a run another one."""
    identity = {}
    for option in OPTIONS:
        if option.identifies and hasattr(options, option.name):
            value = getattr(options, option.name)
            if option.kind == "input":
                value = fingerprint(value)
            identity[option.name.removesuffix("_path")] = value
    return identity


def check(options, corpus_path):
    """Raise InputError, before anything is computed, if an output could not be written.

    Only rank 0 writes.
    """
    if not is_main():
        return
    paths = list_paths(options, "input")
    inputs = [corpus_path, *paths.values()]
    if "reading_params_path" in paths:
        inputs.append(find_card(paths["reading_params_path"]))
    outputs = list_paths(options, "output")
    if hasattr(options, "writing_params_path"):
        path = options.writing_params_path
        outputs.update(checkpoint=find_checkpoint(path), card=find_card(path))
    for name, path in outputs.items():
        check_output_path(path, inputs, appends=name == "log_path")
        inputs.append(path)
    for folder in list_paths(options, "folder").values():
        check_output_folder(folder, TABLE, inputs)
    if getattr(options, "keep_every", None):
        kept = re.compile(re.escape(os.path.realpath(options.writing_params_path)) + r"\.\d+(\.json)?")
        for path in inputs:
            if kept.fullmatch(os.path.realpath(path)):
                raise InputError(f"{path}: --keep_every could overwrite it: give the output another path")
