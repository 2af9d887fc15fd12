"""Open a text file of any size.

A small file is held in memory. Of a large one only the starts of its lines are held, and a document
is read by position: pages of a mapped file would count as the process's own memory.
"""

import codecs
import os
from collections.abc import Sequence

import numpy as np

from text.console import InputError
from text.files import decode_text, read_text
from text.formats import check_corpus

SMALL = 8 * 2**20  # bytes: a smaller file is held in memory
PIECE = 2**20  # bytes, about, that are indexed at once


class Documents(Sequence):
    """Read documents, the lines of a UTF-8 file, by their number.

    characters: those of the text, sorted. blank: the number of blank lines. Raises InputError if
    the file isn't a corpus, or has changed.
    """

    def __init__(self, path):
        self.path = os.path.realpath(path)
        with open(path, "rb") as file:
            self.state = find_state(file)
            self.starts, self.characters, self.blank = index_text(file, path)

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


def open_documents(path):
    """Return the text of a UTF-8 file, or the Documents of one of SMALL bytes or more.

    Raises InputError if the file can't be read.
    """
    try:
        if os.path.isfile(path) and os.path.getsize(path) >= SMALL:
            return Documents(path)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}: give the path of a readable file") from None
    return read_text(path)


def index_text(file, source):
    """Index a file that is open for reading bytes; `source` names it in errors.

    Returns (starts, characters, blank): the byte where each line starts, and last the end, int64;
    the text's characters, sorted; the number of blank lines. Raises InputError.
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
    return starts, characters, blank + (not last.strip())
