"""What the benchmarks share: where things are, and what several of them do.

Importing it makes the modules of src/, benchmarks/ and page/ importable.
"""

import random
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[1:1] = [str(ROOT / folder) for folder in ("src", "page", "benchmarks")]

from runs.model_card import read_card  # noqa: E402
from text.files import InputError  # noqa: E402


def read_kept_card(path):
    """Return the card of a parameter file. Raises InputError if there is none."""
    card, note = read_card(path)
    if card is None:
        raise InputError(note or f"{path}: no such file, or no card beside it: pretrain with --keep_every N")
    return card


def invent_names(names, documents, how_many, seed=0):
    """Return two-word names made of the first and the last word of two of `names`, no name of these and
    in no document.
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
