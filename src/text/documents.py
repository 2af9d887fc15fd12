"""The documents of a text file of any size, which are read when they are asked for.

Where they start is found by one pass over the file (indexing.py) and kept in an index file, so that the
next start needs no pass. Both files are read by position. Mapped into memory they would count as the
process's own, page by page, and a file that is cut short would kill it.
"""

import hashlib
import io
import json
import os
import stat
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from text.files import (
    InputError,
    WriteError,
    fingerprint,
    normalise_line_ends,
    read_blocks,
    shorten,
    write_atomically,
)
from text.indexing import Summary, index_text

SMALL = 8 * 2**20  # bytes: a smaller file is kept in memory and has no index file
FORMAT = 1  # of index files
LONGEST_FACTS = 2**24  # bytes of an index file's facts; all characters that there are need fewer
AT_ONCE = 4096  # documents whose places are read at once
ENTRY = 8  # bytes of a place in an index


class Documents(Sequence):
    """The documents of a text, as str, in their order.

    text, starts: Kept or Stored bytes, of the text and of the int64 places that index_text saves.
    characters, blank: as in indexing.Summary.
    """

    def __init__(self, text, starts, summary):
        self.text, self.starts = text, starts
        self.characters, self.length, self.blank = summary

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        index += len(self) if index < 0 else 0
        if not 0 <= index < len(self):
            raise IndexError(f"document {index} of {len(self)}")
        start, end = struct.unpack("<qq", self.starts.read(ENTRY * index, ENTRY * (index + 2)))
        return self.text.decode(start, end).rstrip("\r\n")

    def __iter__(self):
        for first in range(0, len(self), AT_ONCE):
            last = min(first + AT_ONCE, len(self))
            places = np.frombuffer(self.starts.read(ENTRY * first, ENTRY * (last + 1)), "<i8")
            start = 0
            while start < last - first:
                # Long documents one by one, short ones by the hundred.
                end = max(start + 1, int(np.searchsorted(places, places[start] + 2**20, "right")) - 1)
                lines = normalise_line_ends(self.text.decode(int(places[start]), int(places[end])))
                yield from lines.split("\n")[: end - start]
                start = end


class Kept:
    """Bytes in memory."""

    def __init__(self, data):
        self.data = data

    def read(self, start, end):
        return self.data[start:end]

    def decode(self, start, end):
        return self.data[start:end].decode()


class Stored:
    """Bytes in a file, from which each process reads for itself. Raises InputError once it changes."""

    def __init__(self, path):
        self.path = os.path.realpath(path)
        self.descriptor = os.open(self.path, os.O_RDONLY)
        self.state = self.find_state()

    def __del__(self):
        if "descriptor" in vars(self):
            os.close(self.descriptor)

    def __getstate__(self):
        return {"path": self.path, "state": self.state}

    def __setstate__(self, known):
        self.__init__(known["path"])
        self.state = known["state"]

    def find_state(self):
        found = os.fstat(self.descriptor)
        return found.st_size, found.st_mtime_ns

    def read(self, start, end):
        data = os.pread(self.descriptor, end - start, start)
        if len(data) != end - start:
            self.refuse()
        return data

    def decode(self, start, end):
        data = self.read(start, end)
        try:
            text = data.decode()
        except UnicodeDecodeError:
            self.refuse()
        if self.find_state() != self.state:
            self.refuse()
        return text

    def refuse(self):
        raise InputError(f"{self.path}: has changed since this run opened it: repeat the command") from None


def open_documents(path, cache_dir=None):
    """The Documents of the UTF-8 text file at `path`.

    A file of SMALL bytes or more has an index file, in the folder cache_dir or else beside it. It is made
    if it is missing, damaged or of another content, and does without if it can't be written. Raises
    InputError as read_text and check_corpus do.
    """
    try:
        with open(path, "rb") as file:
            facts = os.fstat(file.fileno())
            if stat.S_ISREG(facts.st_mode) and facts.st_size >= SMALL and hasattr(os, "pread"):
                return open_large(path, find_index(path, cache_dir))
            data = file.read()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}: give the path of a readable file") from None
    starts = bytearray()
    summary = index_text(read_blocks(io.BytesIO(data)), path, lambda places: starts.extend(places.tobytes()))
    return Documents(Kept(data), Kept(starts), summary)


def find_index(path, cache_dir):
    """The path of a text's index file."""
    path = Path(os.path.realpath(path))
    if cache_dir is None:
        return path.with_name(f".{path.name}.index")
    if os.path.exists(cache_dir) and not os.path.isdir(cache_dir):
        raise InputError(f"{cache_dir}: not a folder: give --cache_dir the path of a folder")
    # Texts of one name may come from different folders.
    return Path(cache_dir, f"{path.name}.{hashlib.sha256(os.fsencode(path)).hexdigest()[:16]}.index")


def open_large(path, index_path):
    """The Documents of a file that is not kept in memory."""
    text = Stored(path)
    try:
        return read_index(index_path, text)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        pass  # missing, damaged, forged or of another content
    try:
        os.makedirs(index_path.parent, exist_ok=True)
        with write_atomically(index_path, "wb") as file:
            summary = write_index(text, path, file.write)
        return Documents(text, Stored(index_path), summary)
    except (OSError, WriteError):
        starts = bytearray()
        return Documents(text, Kept(starts), write_index(text, path, starts.extend))


def write_index(text, path, write):
    """Writes the index file of a Stored text by calls of `write`; returns the Summary.

    It has the places, then the facts, an object of JSON, how long this is, and the SHA-256 of it all.
    """
    checksum, hashed = hashlib.sha256(), hashlib.sha256()

    def save(data):
        write(data)
        checksum.update(data)

    def hash_blocks(file):
        for block in read_blocks(file):
            hashed.update(block)
            yield block

    with open(path, "rb") as file:
        summary = index_text(hash_blocks(file), path, lambda places: save(places.tobytes()))
    if text.find_state() != text.state:
        text.refuse()
    facts = json.dumps(describe_state(text, shorten(hashed)) | summary._asdict()).encode()
    save(facts)
    save(struct.pack("<q", len(facts)))
    write(checksum.digest())
    return summary


def read_index(index_path, text):
    """The Documents of a Stored text by its index file. Raises ValueError, or another error, if it isn't the
    very file that write_index made of this content.
    """
    starts = Stored(index_path)
    size, _ = starts.state
    end = size - len(hashlib.sha256().digest())
    (length,) = struct.unpack("<q", starts.read(end - ENTRY, end))
    places = end - ENTRY - length
    if not 0 < length <= LONGEST_FACTS or places < 0:
        raise ValueError("no facts")
    facts = json.loads(starts.read(places, places + length))
    summary = Summary(*(facts[name] for name in Summary._fields))
    if not list(map(type, summary)) == [str, int, int] or places != ENTRY * (summary.documents + 1):
        raise ValueError("other facts")
    check_places(starts, places, text)
    checksum = hashlib.sha256()
    for start in range(0, end, 2**20):
        checksum.update(starts.read(start, min(start + 2**20, end)))
    if checksum.digest() != starts.read(end, size):
        raise ValueError("damaged")
    if any(facts[name] != value for name, value in describe_state(text).items()):
        raise ValueError("of another file")
    if facts["fingerprint"] != fingerprint(text.path):
        raise ValueError("of another content")
    return Documents(text, starts, summary)


def describe_state(text, content=None):
    """What an index file must agree on with its text: all but the fingerprint `content` is quick to find."""
    size, time = text.state
    known = {"format": FORMAT, "size": size, "time": time}
    return known if content is None else {**known, "fingerprint": content}


def check_places(starts, end, text):
    """Raises ValueError unless the places, up to `end` in an index, rise within the text, to its end."""
    size, _ = text.state
    before = 0
    for start in range(0, end, 2**20):
        places = np.frombuffer(starts.read(start, min(start + 2**20, end)), "<i8")
        if places[0] < before or (np.diff(places) < 0).any():
            raise ValueError("places in disorder")
        before = places[-1]
    if before != size:
        raise ValueError("places beyond the text")
