"""Write and read model cards: `OUTPUT.json` says which model OUTPUT is, and how it was made."""

import json
import os
import platform
import subprocess
from pathlib import Path

import numpy
import torch

from text.console import InputError
from text.files import fingerprint, write_atomically


def find_card(params_path):
    """Return the path of a parameter file's card."""
    return f"{params_path}.json"


def write_card(params_path, facts):
    """Write a parameter file's card: its fingerprint, the versions in use, and the dict `facts`."""
    versions = {"python": platform.python_version()}
    versions.update((each.__name__, each.__version__) for each in (torch, numpy))
    card = {"parameters": fingerprint(params_path), "versions": versions, **facts}
    with write_atomically(find_card(params_path)) as file:
        json.dump(card, file, indent=1)  # in ASCII, as a path may hold bytes that are not UTF-8
        file.write("\n")


def find_commit():
    """Return the commit of the code, with "-dirty" if a file differs; None without a commit."""
    root = Path(__file__).resolve().parents[2]
    # Of this folder only: a copy may stand within another repository.
    git = ["git", f"--git-dir={root / '.git'}", f"--work-tree={root}", "describe", "--always"]
    git += ["--dirty", "--abbrev=40", "--exclude=*"]
    try:
        return subprocess.run(git, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def read_card(params_path):
    """Return (card, note): a parameter file's card, a dict, and a note for the user; or None each.

    A file of the course has no card. A card of another file, which stood here before, is passed
    over with the note. Raises InputError if the card can't be read.
    """
    path = find_card(params_path)
    if not os.path.exists(path) or not os.path.isfile(params_path):
        return None, None
    try:
        card = json.loads(Path(path).read_text(encoding="utf-8"))
        if card["parameters"] != fingerprint(params_path):
            return None, f"{path}: ignored, as it belongs to another parameter file"
    except (OSError, ValueError, KeyError, TypeError):
        message = f"{path}: can't be read as the card of a model: remove it, or train anew"
        raise InputError(message) from None
    return card, None


def find_input(card, option):
    """Return the path that a card (or None) has for an option, if the file is the same, or None."""
    recorded = card["inputs"].get(option) if card else None
    if not recorded or not os.path.isfile(recorded["path"]):
        return None
    return recorded["path"] if fingerprint(recorded["path"]) == recorded["fingerprint"] else None
