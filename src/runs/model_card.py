"""Model cards: `OUTPUT.json` beside a parameter file says which model it is and how it was made."""

import json
import os
import platform
import subprocess
from pathlib import Path

import numpy
import torch

from text.files import InputError, fingerprint, write_atomically

SIZES = ("vocab_size", "block_size", "n_layer", "n_head", "n_embd")


def find_card(params_path):
    """Return the path of a parameter file's card."""
    return f"{params_path}.json"


def write_card(params_path, facts):
    """Write the card of a parameter file: its fingerprint, the versions in use, and the dict `facts`."""
    versions = dict(python=platform.python_version(), torch=torch.__version__, numpy=numpy.__version__)
    card = {"parameters": fingerprint(params_path), "versions": versions, **facts}
    with write_atomically(find_card(params_path)) as file:
        json.dump(card, file, indent=1)  # in ASCII, as a path may hold bytes that are not UTF-8
        file.write("\n")


def find_commit():
    """Return the commit of src/, with "changed" after it if a file differs; None without a commit."""
    source = Path(__file__).resolve().parents[1]
    if not (source.parent / ".git").exists():  # a copy, perhaps within another repository
        return None
    git = ("git", "-C", str(source))
    try:
        commit, changes = (
            subprocess.run([*git, *words], check=True, capture_output=True, text=True).stdout
            for words in (("rev-parse", "HEAD"), ("status", "--porcelain", "."))
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return commit.strip() + (" changed" if changes else "")


def read_card(params_path):
    """Return (card, note): the card of a parameter file, a dict, and a line for the user; or None each.

    A file of the course has no card. A card of a file that stood here before is passed over, with the
    note. Raises InputError if the card can't be read.
    """
    path = find_card(params_path)
    if not os.path.exists(path) or not os.path.isfile(params_path):
        return None, None
    try:
        card = json.loads(Path(path).read_text(encoding="utf-8"))
        if card["parameters"] != fingerprint(params_path):
            return None, f"note: {path}: ignored, as it belongs to another parameter file"
    except OSError as error:
        raise InputError(
            f"{error.filename}: {error.strerror}: make it readable, or remove it"
        ) from None
    except (ValueError, KeyError, TypeError):
        raise InputError(
            f"{path}: not the card of a model: remove it, or train the model anew"
        ) from None
    return card, None


def find_input(card, option):
    """Return the path of the training's input `option`, if the file is there and unchanged; else None.

    card: the model's, or None.
    """
    recorded = card["inputs"].get(option) if card else None
    if not recorded or not os.path.isfile(recorded["path"]):
        return None
    return recorded["path"] if fingerprint(recorded["path"]) == recorded["fingerprint"] else None
