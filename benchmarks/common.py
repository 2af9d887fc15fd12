"""What the benchmarks share: where things are, and what several of them do.

Importing it makes the modules of src/, benchmarks/ and page/ importable.
"""

import random
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[1:1] = [str(ROOT / folder) for folder in ("src", "page", "benchmarks")]

from runs.model_card import find_card, read_card  # noqa: E402
from text.files import InputError  # noqa: E402


def read_kept_card(path):
    """Return the card of a file that --keep_every wrote. Raises InputError unless it says how the training went."""
    card, _ = read_card(path)
    try:
        fine = all(type(number) in (int, float) for number in (*card["losses"], card["seconds"]))
        fine &= len(card["losses"]) > 0 and type(card["options"]) is dict
        fine &= type(card["settings"]["max_epochs"]) is int
    except (KeyError, TypeError):
        fine = False
    if not fine:
        raise InputError(f"{find_card(path)}: no card, or damaged, or not that of {path}: remove both and train anew")
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
