"""Declare the options of run.py, by argparse, for its command line and for calls from Python.

The functions of run.py take them as keywords, and their signatures hold the defaults: an option
that is not given is left out.
"""

import argparse
import os
import sys
from contextlib import redirect_stderr, suppress
from functools import wraps

from attention import ATTENTION
from objectives.table import OBJECTIVES, find_objective
from recipes import RECIPES, default_recipe
from text.console import InputError, Parser
from training.devices import DTYPES


def number(kind, lowest, most, what):
    """Return a function that reads an int or float (`kind`) from lowest to most."""

    def read(text):
        with suppress(ValueError):
            if lowest <= kind(text) <= most:
                return kind(text)
        raise argparse.ArgumentTypeError(f"{text!r} is not {what}")

    return read


COUNT = number(int, 1, 10**9, "a whole number above 0")
RATE = number(float, 1e-12, 1e3, "a learning rate above 0")
FACTOR = number(float, 1e-6, 1e6, "a number above 0, a million at most")
MINUTES = number(float, 0, 1e6, "a number of 0 or above, a million at most")
SHARE = number(float, 0, 1, "a number from 0 to 1")
SEED = number(int, 0, 2**32 - 1, "a whole number from 0 to 2^32 - 1")  # numpy's bound


def text(given):
    """Return the text; refuse an empty one, as of an unset variable of the shell."""
    if not given:
        raise argparse.ArgumentTypeError("is empty: give a value, or leave it out")
    return given


def folder_name(given):
    """Return the name of a folder; refuse a path."""
    if given != os.path.basename(text(given)) or given in (os.curdir, os.pardir):
        raise argparse.ArgumentTypeError(f"{given!r} is a path: give a name")
    return given


DEFAULTS = f"{default_recipe('vanilla')}; {default_recipe('rope')} for rope"
PATH = dict(type=text, metavar="PATH")


def make_parser():
    """Return the parser of run.py: FUNCTION VARIANT CORPUS [options]."""
    left_out = dict(add_help=False, argument_default=argparse.SUPPRESS)
    # All functions.
    every = Parser(**left_out)
    add = every.add_argument
    add("variant", choices=list(ATTENTION), help="the self-attention")
    add("corpus_path", **PATH | dict(metavar="CORPUS"), help="pretraining text, e.g. wiki.txt")
    add("--recipe", choices=RECIPES, help=f"default: the model card's, else {DEFAULTS}")
    add("--device", choices=("cuda", "mps", "cpu"), help="default: CUDA if a GPU works, else cpu")
    # All functions accept what the assignment's later editions give to all.
    for stage in ("pretrain", "finetune"):
        add(f"--{stage}_lr", type=RATE, help=f"{stage}: AdamW's learning rate, not the recipe's")
    add("--tb_expt_name", type=folder_name, metavar="NAME", help="TensorBoard curves in expt/")

    # pretrain and finetune.
    training = Parser(**left_out, parents=[every])
    add = training.add_argument
    add("--writing_params_path", **PATH, required=True, help="where to write parameters")
    length = training.add_mutually_exclusive_group()
    length.add_argument("--budget", type=FACTOR, help="times the recipe's epochs and schedule")
    length.add_argument("--max_epochs", type=COUNT, help="instead of the recipe's epochs")
    add("--seed", type=SEED, help="of all that is random; default: 0")
    add("--dtype", choices=DTYPES, help="default: bfloat16 on a GPU that has it, else float32")
    add("--log_path", **PATH, help="append one JSON line an epoch to this file")
    add("--checkpoint_minutes", type=MINUTES, help="between savings; default: 5")
    add("--keep_every", type=COUNT, metavar="N", help="keep epochs N, 2N, ... in OUTPUT.epochs")
    add("--fresh", action="store_true", help="don't continue a broken-off run")

    # evaluate and ask.
    trained = Parser(**left_out, parents=[every])
    trained.add_argument("--reading_params_path", **PATH, required=True, help="the parameters")

    # One function each.
    parser = Parser(description="Pretrain, finetune, evaluate and ask a GPT about people.")
    functions = parser.add_subparsers(dest="function", metavar="FUNCTION", required=True)
    pairs = "training pairs (TSV)"

    def add_function(name, parent, what):
        how = dict(parents=[parent], help=what, argument_default=argparse.SUPPRESS)
        return functions.add_parser(name, **how, allow_abbrev=False).add_argument

    add = add_function("pretrain", training, "train a model")
    add("--finetune_corpus_path", **PATH, help=pairs)
    add("--masking", choices=("learned", "salient", "random"), help="which spans to ask for")
    add("--ask", choices=("all", "unanswered"), help="of all documents, or those without a pair")

    add = add_function("finetune", training, "train on pairs")
    add("--finetune_corpus_path", **PATH, required=True, help=pairs)
    add("--reading_params_path", **PATH, help="parameters to start from")

    add = add_function("evaluate", trained, "answer a file")
    add("--eval_corpus_path", **PATH, required=True, help="questions, perhaps with answers (TSV)")
    add("--outputs_path", **PATH, required=True, help="where to write predictions")
    add("--report_path", **PATH, help="folder for a table of the answers and their sources")
    add("--min_confidence", type=SHARE, help="the report withholds less confident answers")
    add("--finetune_corpus_path", **PATH, help=f"{pairs}; default: the card's")

    add = add_function("ask", trained, "answer what is typed")
    add("--finetune_corpus_path", **PATH, help=f"{pairs}; default: the card's")
    add("--json", action="store_true", help="print JSON, one object a line")
    return parser


def checked(function):
    """Return a function of run.py that reads its arguments as the command line does.

    So they have the same types and ranges, and a mistake raises InputError before a file is
    touched. None or False stands for an option that is not given.
    """

    @wraps(function)
    def call(variant, corpus_path, **options):
        words = [function.__name__, variant, corpus_path]
        for name, value in options.items():
            if value is True:
                words.append(f"--{name}")
            elif value is not None and value is not False:
                words.append(f"--{name}={value}")
        options = vars(make_parser().parse_args([str(word) for word in words]))
        del options["function"]
        # Where there is no stderr (pythonw), print would take stdout for it.
        with redirect_stderr(sys.stderr or open(os.devnull, "w")):
            return function(**options)

    return call


def take_objective_options(variant, options):
    """Remove the options of the recipe's objective from `options`, and return them; paths stay too.

    Raises InputError for an option of another objective.
    """
    recipe = options.get("recipe") or default_recipe(variant)
    names = [name for each in OBJECTIVES.values() for name in each.options]
    taken = {name: options[name] for name in names if name in options}
    for name in taken:
        if name not in find_objective(recipe).options:
            users = " or ".join(each for each in RECIPES if name in find_objective(each).options)
            advice = f"leave it out, or use --recipe {users}"
            raise InputError(f"--{name}: recipe {recipe} does not use it: {advice}")
        if not name.endswith("_path"):
            del options[name]
    return taken
