"""One pass over the bytes of a text: which characters it has, and where its documents start.

The text is never held as a whole. What read_text and check_corpus refuse is refused in the same words.
"""

import codecs
from itertools import chain
from typing import NamedTuple

import numpy as np

from text.files import NUL, count_line_ends, describe_bad_byte, describe_nul
from text.formats import SPECIALS, describe_special

ASCII, OTHERS = bytes(range(128)), bytes(range(128, 256))
REFUSED = {NUL: describe_nul, **{special: describe_special for special in SPECIALS}}
# By its first byte: whether a character may be white space. A document that begins otherwise is not blank.
MAY_BE_SPACE = np.zeros(256, dtype=bool)
MAY_BE_SPACE[list({chr(code).encode()[0] for code in range(0xD800) if chr(code).isspace()})] = True


class Summary(NamedTuple):
    """The different characters of a text, sorted, the number of its documents, and how many are blank."""

    characters: str
    documents: int
    blank: int


def index_text(blocks, source, save):
    """The Summary of a UTF-8 text. blocks: its bytes, in pieces of any size; `source` names it in errors.

    save: is called with arrays of int64. One after the other they tell where each document starts, in
    bytes, and last where the text ends. A document is a line; all but the last have a line end. Raises
    InputError.
    """
    pieces = join_sequences(blocks, source)
    first = next(pieces, b"")
    at = len(codecs.BOM_UTF8) if first.startswith(codecs.BOM_UTF8) else 0
    save(np.array([at]))
    documents, blank, is_blank = 1, 0, True  # is_blank: the document that the next piece goes on with
    ascii_found, others_found = b"", np.zeros(0x110000, dtype=bool)
    refused = {}  # character -> the first line that holds it
    for data in chain([first[at:]], pieces):
        starts = find_line_ends(data) + 1
        new = data.translate(None, ascii_found + b"\r\n" + OTHERS)
        ascii_found += bytes(set(new))
        others = data.translate(None, ASCII)
        if others:
            others_found[np.frombuffer(others.decode().encode("utf-32-le"), "<u4")] = True
        for character in REFUSED.keys() - refused.keys():
            encoded = character.encode()
            if encoded in (new if character == NUL else others):
                refused[character] = documents + int(np.searchsorted(starts, data.index(encoded), "right"))
        head = int(starts[0]) if len(starts) else len(data)
        is_blank = is_blank and not data[:head].decode().strip()
        if len(starts):
            blank += is_blank + count_blank(data, starts)
            is_blank = not data[starts[-1] :].decode().strip()
        save(starts + at)
        documents += len(starts)
        at += len(data)
    save(np.array([at]))
    for character, describe in REFUSED.items():
        if character in refused:
            raise describe(source, refused[character], character)
    found = {*map(chr, ascii_found), *map(chr, np.flatnonzero(others_found).tolist())}
    line_end = {"\n"} if documents > 1 else set()
    return Summary("".join(sorted(found | line_end)), documents, blank + is_blank)


def join_sequences(blocks, source):
    """Yields the bytes again, cut nowhere within a character or a CRLF, and none of the pieces empty.

    Raises InputError, with the line, where they are not UTF-8.
    """
    rest, line = b"", 1
    for block in chain(blocks, [None]):
        data = rest + (block or b"")
        try:
            _, end = codecs.utf_8_decode(data, "strict", block is None)
        except UnicodeDecodeError as error:
            raise describe_bad_byte(source, line + count_line_ends(data[: error.start]), data[error.start]) from None
        end -= block is not None and data.endswith(b"\r", 0, end)  # a \n may follow
        piece, rest = data[:end], data[end:]
        line += count_line_ends(piece)
        if piece:
            yield piece


def find_line_ends(data):
    """The places of the last bytes of the line ends \\n, \\r\\n and \\r, an array."""
    codes = np.frombuffer(data, dtype=np.uint8)
    is_end = codes == ord("\n")
    if b"\r" in data:
        is_lone = codes == ord("\r")
        is_lone[:-1] &= ~is_end[1:]
        is_end |= is_lone
    return np.flatnonzero(is_end)


def count_blank(data, starts):
    """How many of the lines between the `starts` are blank."""
    first = np.frombuffer(data, dtype=np.uint8)[starts[:-1]]
    is_empty = (first == ord("\n")) | (first == ord("\r"))
    doubtful = np.flatnonzero(MAY_BE_SPACE[first] & ~is_empty)
    return int(is_empty.sum()) + sum(
        not data[start:end].decode().strip()
        for start, end in zip(starts[doubtful].tolist(), starts[doubtful + 1].tolist())
    )
