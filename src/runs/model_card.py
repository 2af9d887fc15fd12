"""Model cards: `OUTPUT.json` beside a parameter file says which model it is and how it was made."""

import json
import os
import platform
import subprocess
from pathlib import Path

import numpy
import torch

from attention import ATTENTION
from model import GPT, GPTConfig
from text.files import InputError, fingerprint, write_atomically
from training.weights import count_bytes

SIZES = ("vocab_size", "block_size", "n_layer", "n_head", "n_embd")
LARGEST = 2**16  # that each of them may be
MOST_LAYERS = 100
SMALLEST_BLOCK = 16  # that the datasets take
LARGEST_FILE = 2**22  # bytes of a card; read, they take thirty times as many
LARGEST_INPUT = 2**28  # bytes of a file that a card names
KEPT_OF = "kept_of"  # in the card of parameters that --keep_every has written: the name of the output beside them


def find_card(params_path):
    """Where the card of a parameter file is."""
    return f"{params_path}.json"


def write_card(params_path, facts):
    """Writes a card for the parameter file: the dict `facts` and what tells that it is its card."""
    versions = dict(python=platform.python_version(), torch=torch.__version__, numpy=numpy.__version__)
    card = {"parameters": fingerprint(params_path), "versions": versions, **facts}
    write_json(find_card(params_path), card)


def write_json(path, content):
    with write_atomically(path) as file:
        json.dump(content, file, indent=1)  # in ASCII, as a path may hold bytes that are not UTF-8
        file.write("\n")


def find_commit():
    """The commit that src/ is of, with "changed" after it if it is not just that; None without one."""
    source = Path(__file__).resolve().parents[1]
    if not (source.parent / ".git").exists():  # a copy, perhaps within another repository
        return None
    command = ("git", "-C", str(source))
    try:
        commit, changes = (
            subprocess.run([*command, *words], capture_output=True, text=True, timeout=10)
            for words in (("rev-parse", "HEAD"), ("status", "--porcelain", "."))
        )
    except (OSError, subprocess.SubprocessError):
        return None
    if commit.returncode:
        return None
    return commit.stdout.strip() + (" changed" if changes.stdout else "")


def read_card(params_path):
    """(card, note): the card of a parameter file, a dict, and what to tell the user, or None each.

    A file of the course has no card, and a card may be of a file that stood here before: it is then
    passed over with a note. The card may come from a stranger: nothing in it can make a model that is
    larger than the parameter file. Raises InputError if it is damaged.
    """
    path = find_card(params_path)
    damaged = InputError(f"{path}: not the card of a model: remove it, or train the model anew")
    if not os.path.exists(path) or not os.path.isfile(params_path):
        return None, None
    try:
        if not os.path.isfile(path) or os.path.getsize(path) > LARGEST_FILE:
            raise damaged
        card = json.loads(Path(path).read_text(encoding="utf-8"))
        if list(card) == [KEPT_OF]:
            return None, f"note: {path}: unfinished, as its training was broken off: repeat that to continue it"
        if card["parameters"] != fingerprint(params_path):
            return None, f"note: {path}: ignored, as it belongs to another parameter file"
        model, texts = card["model"], [card[name] for name in ("variant", "recipe", "vocabulary")]
        texts.append(card["inputs"]["corpus_path"]["fingerprint"])
        fine = card["variant"] in ATTENTION and all(type(text) is str for text in texts)
        fine &= all(type(model[name]) is int and 0 < model[name] <= LARGEST for name in SIZES)
        fine &= model["n_layer"] <= MOST_LAYERS and model["block_size"] >= SMALLEST_BLOCK
        fine &= model["vocab_size"] == len(card["vocabulary"])
    except OSError as error:
        path = error.filename or path
        raise InputError(f"{path}: {error.strerror}: make it readable, or remove it") from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise damaged from None
    if not fine or measure(card) > 4 * os.path.getsize(params_path) + 2**20:
        raise damaged
    return card, None


def mark_kept(path, kept):
    """Writes a card that says, before `kept` is written, that --keep_every writes it beside the output
    `path`, unless one says so already. A run that is killed in between may then write both again.
    """
    if not is_kept_of(path, kept):
        write_json(find_card(kept), {KEPT_OF: Path(path).name})


def is_kept_of(path, kept):
    """Whether --keep_every has written `kept` beside the output `path`, by its card."""
    try:
        card = json.loads(Path(find_card(kept)).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(card, dict) and card.get(KEPT_OF) == Path(path).name


def find_input(card, option):
    """The file that was the input `option` of the training, by the model's card (or None), if it is still
    there and unchanged; else None.
    """
    try:
        path, expected = (card["inputs"][option][name] for name in ("path", "fingerprint"))
        # A stranger's card may name anything: no device is read, and nothing huge.
        fine = type(path) is str and os.path.isfile(path) and 0 < os.path.getsize(path) <= LARGEST_INPUT
        return path if fine and fingerprint(path) == expected else None
    except (KeyError, TypeError, OSError, ValueError):
        return None


def measure(card):
    """The bytes that the card's model would take. Takes none itself."""
    shape = {name: card["model"][name] for name in SIZES}
    try:
        with torch.device("meta"):
            return count_bytes(GPT(GPTConfig(**shape, attention=card["variant"])))
    except (ValueError, RuntimeError):  # sizes that don't go together
        return float("inf")
