"""Open a text file of any size.

A small file is held in memory. Of a large one only the starts of its lines are held, and a document
is read by position: pages of a mapped file would count as the process's own memory.
"""

import codecs
import os
from collections.abc import Sequence

import numpy as np
from tqdm.auto import tqdm

from text.console import InputError
from text.files import decode_text, read_text
from text.formats import check_corpus

SMALL = 8 * 2**20  # bytes: a smaller file is held in memory
PIECE = 2**20  # bytes, about, that are indexed at once


class Documents(Sequence):
    """Read documents, the lines of a UTF-8 file, by their number.

    starts: the byte where each line starts, and last the end, int64. characters: those of the text,
    sorted. blank: the number of blank lines. Raises InputError if the file isn't a corpus, or has
    changed.
    """

    def __init__(self, path):
        self.path, self.blank = os.path.realpath(path), 0
        line, last, is_found = 1, "", np.zeros(0x110000, dtype=bool)
        with open(path, "rb") as file:
            self.state = find_state(file)
            has_mark = file.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8
            at = file.seek(len(codecs.BOM_UTF8) if has_mark else 0)
            starts = [np.array([at])]
            # A piece ends with \n, or with the file, so that it has no part of a character.
            while piece := b"".join(file.readlines(PIECE)):
                text = decode_text(piece, path, line)
                check_corpus(text, path, line)
                is_found[np.frombuffer(text.encode("utf-32-le"), "<u4")] = True
                *lines, last = text.split("\n")
                self.blank += sum(not each.strip() for each in lines)
                is_end = np.frombuffer(piece, np.uint8) == ord("\n")
                starts.append(np.flatnonzero(is_end) + 1 + at)
                line += len(lines)
                at += len(piece)
        self.starts = np.concatenate([*starts, [at]])
        self.characters = "".join(map(chr, np.flatnonzero(is_found).tolist()))
        self.blank += not last.strip()

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
        is_large = os.path.isfile(path) and os.path.getsize(path) >= SMALL
        return Documents(path) if is_large else read_text(path)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}: give the path of a readable file") from None


def watch(documents):
    """Return the documents, to be looked at once, with a progress bar after five seconds."""
    return tqdm(documents, "looking at documents", delay=5, mininterval=5, leave=False)
