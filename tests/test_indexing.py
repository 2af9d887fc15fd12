import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text.files import InputError, normalise_line_ends
from text.indexing import Summary, index_text

PARTS = ["a", "Bo", " ", "\t", "\n", "\r", "\r\n", "\ufeff", "é", "e\u0301", "李", "𝒳", "\u2028", "\x85", "\u3000"]
texts = st.lists(st.sampled_from(PARTS), max_size=16).map("".join)


def index(blocks, source="text"):
    """(Summary, list of places) of index_text."""
    places = []
    summary = index_text(blocks, source, lambda each: places.extend(each.tolist()))
    return summary, places


def cut(data, size):
    return [data[start : start + size] for start in range(0, len(data), size)]


@given(st.text() | texts, st.integers(1, 7))
def test_places_characters_and_counts_are_those_of_the_decoded_text(text, size):
    """However the bytes are cut, within characters and line ends too."""
    data = "".join(character for character in text if character not in "\0□⁇").encode()
    summary, places = index(cut(data, size))
    decoded = normalise_line_ends(data.decode("utf-8-sig"))
    documents = decoded.split("\n")
    blank = sum(1 for document in documents if not document.strip())
    assert summary == Summary("".join(sorted(set(decoded))), len(documents), blank)
    assert places == sorted(places) and len(places) == len(documents) + 1 and places[-1] == len(data)
    found = [data[start:end].decode().rstrip("\r\n") for start, end in zip(places, places[1:])]
    assert found == documents


def test_places_by_hand():
    assert index([b"\xef\xbb\xbfone\r", b"\ntwo\r\rend"]) == (Summary("\ndenotw", 4, 1), [3, 8, 12, 13, 16])
    assert index([]) == (Summary("", 1, 1), [0, 0])


@pytest.mark.parametrize("size", [1, 2, 5, 100])
@pytest.mark.parametrize(
    "data, complaint",
    [
        (b"one\ntwo \xff\n", "text, line 2: byte 0xff is not UTF-8"),
        (b"one\r\rtwo \xe2\x96", "text, line 3: byte 0xe2 is not UTF-8"),
        (b"\xef\xbb\xbfone\n\xc3(", "text, line 2: byte 0xc3 is not UTF-8"),
        (b"one\r\ntwo\n\0\0\n", "text, line 3: a NUL byte"),
        ("one\n\r⁇\n□\n⁇".encode(), "text, line 4: holds the special character □"),
        ("one\n\n\n⁇\n".encode(), "text, line 4: holds the special character ⁇"),
        ("⁇□\n\0\n".encode(), "text, line 2: a NUL byte"),
        ("\0\n⁇□\n\xff".encode("latin-1", "ignore") + b"\n\xff", "line 3: byte 0xff is not UTF-8"),
    ],
)
def test_the_first_place_of_what_is_refused_is_named_bytes_before_characters(data, complaint, size):
    with pytest.raises(InputError, match=complaint):
        index(cut(data, size))


def test_a_text_of_many_blocks_takes_the_memory_of_a_few():
    line = "Émile lived in 1900 in 李白.\n".encode()
    block = line * 8000
    index([block])
    tracemalloc.start()
    count = 0

    def save(places):
        nonlocal count
        count += len(places)

    summary = index_text((block for _ in range(60)), "text", save)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == summary.documents + 1 == 60 * 8000 + 2
    assert peak < 12 * len(block) < 60 * len(block) / 4
