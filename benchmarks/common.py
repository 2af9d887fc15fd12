"""What the benchmarks share: where things are, and what several of them do.

Importing it makes the modules of src/, benchmarks/ and page/ importable.
"""

import random
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[1:1] = [str(ROOT / folder) for folder in ("src", "page", "benchmarks")]

from runs.experiment import find_epochs  # noqa: E402
from runs.model_card import read_card  # noqa: E402
from text.console import InputError  # noqa: E402
from text.files import read_text  # noqa: E402

HELD_OUT = 400  # the last training pairs, which are scored and not trained on


def split_pairs(path, folder):
    """Write the pairs without the last 400, and the last 400, into `folder`; return the two paths.

    Raises InputError if no pair is left to train on.
    """
    rows = [row for row in read_text(path).split("\n") if row.strip()]
    if len(rows) <= HELD_OUT:
        raise InputError(
            f"{path}: has {len(rows)} pairs: give more than the {HELD_OUT} that are held out"
        )
    train, dev = folder / "train.tsv", folder / "dev.tsv"
    train.write_text("\n".join(rows[:-HELD_OUT]) + "\n", encoding="utf-8")
    dev.write_text("\n".join(rows[-HELD_OUT:]) + "\n", encoding="utf-8")
    return str(train), str(dev)


def run_command(command):
    """Return what a command prints. Raises InputError if it reports a mistake of its user."""
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    if done.returncode == 2:
        raise InputError(done.stderr.rstrip("\n").split("\n")[-1].removeprefix("error: "))
    if done.returncode:
        raise RuntimeError(f"{command} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout


def list_epochs(output):
    """Return {N: path of the parameters after N epochs}, by N, of those that were kept."""
    numbers = [int(path.name) for path in find_epochs(output).glob("*") if path.name.isdigit()]
    return {number: str(find_epochs(output) / str(number)) for number in sorted(numbers)}


def read_kept_card(path):
    """Return the card of a parameter file. Raises InputError if there is none."""
    card, note = read_card(path)
    if card is None:
        missing = f"{path}: no such file, or no card beside it: pretrain with --keep_every N"
        raise InputError(note or missing)
    return card


def invent_names(names, documents, how_many, seed=0):
    """Return two-word names, each of the first and the last word of two of `names`.

    They are not among `names`, and not in the documents.
    """
    full = [name.split() for name in names if len(name.split()) == 2]
    text = "\n".join(documents)
    numbers = random.Random(seed)
    invented = set()
    for _ in range(100 * how_many):
        name = f"{numbers.choice(full)[0]} {numbers.choice(full)[1]}"
        if len(invented) < how_many and name not in text and name not in names:
            invented.add(name)
    return sorted(invented)
