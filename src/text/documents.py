"""Open a text file of any size.

A small file is held in memory. Of a large one only the starts of its lines are held, and a document
is read by position: pages of a mapped file would count as the process's own memory.
"""

import codecs
import hashlib
import os
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from text.console import InputError
from text.files import decode_text, read_text, write_atomically
from text.formats import check_corpus

SMALL = 8 * 2**20  # bytes: a smaller file is held in memory and has no index file
PIECE = 2**20  # bytes, about, that are indexed at once


class Documents(Sequence):
    """Read documents, the lines of a file, by their number.

    state: find_state of the file, whose change raises InputError. The others are index_text's.
    """

    def __init__(self, path, state, starts, characters, blank):
        self.path, self.state, self.starts = os.path.realpath(path), state, starts
        self.characters, self.blank = str(characters), int(blank)

    def __len__(self):
        return len(self.starts) - 1

    def __getitem__(self, index):
        index = range(len(self))[index]
        start, end = self.starts[index : index + 2].tolist()
        # Opened anew, as processes that share an open file share its position.
        try:
            with open(self.path, "rb", buffering=0) as file:
                file.seek(start)
                data, state = file.read(end - start), find_state(file)
        except OSError:
            state = None
        if state != self.state:
            message = "has changed since this run opened it: repeat the command"
            raise InputError(f"{self.path}: {message}")
        return decode_text(data, self.path).removesuffix("\n")


def find_state(file):
    """Return (size, time of change) of an open file, which stand for its content."""
    found = os.fstat(file.fileno())
    return found.st_size, found.st_mtime_ns


def open_documents(path, cache_dir=None):
    """Return the text of a UTF-8 file, or the Documents of one of SMALL bytes or more.

    Documents have an index file, in the folder cache_dir or else beside the text. It is made anew
    unless it is the text's. Raises InputError if the file can't be read.
    """
    try:
        if os.path.isfile(path) and os.path.getsize(path) >= SMALL:
            return open_large(path, find_index(path, cache_dir))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}: give the path of a readable file") from None
    return read_text(path)


def find_index(path, cache_dir):
    """Return the path of a text's index file."""
    path = Path(os.path.realpath(path))
    if cache_dir is None:
        return path.with_name(f".{path.name}.index")
    if os.path.exists(cache_dir) and not os.path.isdir(cache_dir):
        raise InputError(f"{cache_dir}: not a folder: give --cache_dir the path of a folder")
    # Texts of one name may come from different folders.
    hashed = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    return Path(cache_dir, f"{path.name}.{hashed}.index")


def open_large(path, index_path):
    """Open the Documents of a file that is not held in memory."""
    with open(path, "rb") as file:
        # Load the index, if it is this file's.
        state = find_state(file)
        try:
            with np.load(index_path) as saved:
                index = {name: saved[name] for name in ("state", "starts", "characters", "blank")}
            is_valid = tuple(index["state"].tolist()) == state
        except (OSError, ValueError, LookupError, EOFError, zipfile.BadZipFile):
            is_valid = False  # missing or damaged
        if not is_valid:
            index = {"state": state, **index_text(file, path)}
            # Without a place for it, the next start indexes again.
            with suppress(OSError, InputError):
                os.makedirs(index_path.parent, exist_ok=True)
                with write_atomically(index_path, "wb") as output:
                    np.savez(output, **index)
    return Documents(path, state, index["starts"], index["characters"], index["blank"])


def index_text(file, source):
    """Index a file that is open for reading bytes; `source` names it in errors.

    Returns a dict: starts, int64, the byte at which each line starts, and last the end; characters,
    those of the text, sorted; blank, the number of blank lines. Raises InputError.
    """
    at = len(codecs.BOM_UTF8) if file.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8 else 0
    file.seek(at)
    starts, blank, line, last = [np.array([at])], 0, 1, ""
    is_found = np.zeros(0x110000, dtype=bool)
    # A piece ends with \n, or with the file, so that it has no part of a character.
    while piece := b"".join(file.readlines(PIECE)):
        text = decode_text(piece, source, line)
        check_corpus(text, source, line)
        *lines, last = text.split("\n")
        blank += sum(not each.strip() for each in lines)
        is_found[np.frombuffer(text.encode("utf-32-le"), "<u4")] = True
        starts.append(np.flatnonzero(np.frombuffer(piece, np.uint8) == ord("\n")) + 1 + at)
        line += len(lines)
        at += len(piece)
    starts = np.concatenate([*starts, [at]])
    characters = "".join(map(chr, np.flatnonzero(is_found).tolist()))
    return {"starts": starts, "characters": characters, "blank": blank + (not last.strip())}
