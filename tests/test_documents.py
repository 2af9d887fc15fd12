"""A corpus that is read from its file gives exactly the examples of one that is held as a text."""

import os
import random
import tempfile
import tracemalloc
from pathlib import Path

import pytest
import torch
from conftest import at_step, run_forked
from hypothesis import given
from hypothesis import strategies as st

from dataset import CharCorruptionDataset
from runs import loading as models
from text import documents
from text.console import InputError
from text.documents import open_documents
from text.files import read_text

LINE_ENDS = ["\n", "\r", "\r\n", "\n\n", "\u2028", "\x85"]
PARTS = [*LINE_ENDS, "a", "Bo", " ", "\ufeff", "é", "e\u0301", "李", "𝒳", "long " * 40]
MISTAKES = [b"\0", "□".encode(), "⁇".encode(), b"\xff", b"\xe2\x96", b"\xed\xa0\x80"]
texts = st.lists(st.sampled_from(PARTS), max_size=12).map(lambda parts: "".join(parts).encode())


@pytest.fixture
def large(monkeypatch):
    """Make every file a large one, which is not kept in memory."""
    monkeypatch.setattr(documents, "SMALL", 0)


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read_as_text(path, block_size):
    return CharCorruptionDataset(read_text(path), block_size, path)


def read_from_file(path, block_size):
    return CharCorruptionDataset(open_documents(path), block_size, path)


def open_or_refuse(read, *arguments):
    """Return (the dataset, None) or (None, the message)."""
    try:
        return read(*arguments), None
    except InputError as error:
        return None, str(error)


@pytest.mark.parametrize("small, piece", [(0, 1), (0, 2**20), (2**20, 1)])
@given(texts, st.sampled_from([b"", b"", *MISTAKES]), st.integers(0, 30), st.integers(16, 200))
def test_any_file_gives_the_same_examples_or_the_same_complaint_either_way(
    small, piece, content, mistake, place, block_size
):
    with pytest.MonkeyPatch.context() as monkeypatch, tempfile.TemporaryDirectory() as folder:
        monkeypatch.setattr(documents, "SMALL", small)
        monkeypatch.setattr(documents, "PIECE", piece)
        path = write(Path(folder, "text"), content[:place] + mistake + content[place:])
        text, complaint = open_or_refuse(read_as_text, path, block_size)
        mapped, same = open_or_refuse(read_from_file, path, block_size)
        assert same == complaint
        if not complaint:
            assert_alike(text, mapped)


def assert_alike(text, mapped):
    assert list(mapped.data) == text.data
    assert (mapped.stoi, mapped.itos, mapped.vocab_size) == (text.stoi, text.itos, text.vocab_size)
    assert (len(mapped), mapped.longest) == (len(text), text.longest)
    assert mapped.count_documents() == text.count_documents()
    for idx in range(len(text)):
        examples = []
        for dataset in (text, mapped):
            random.seed(idx)
            examples.append(torch.stack(dataset[idx]))
        assert torch.equal(*examples)


LINES = [f"Person {number}. Born in {'Ö' * (number % 9)}slo." for number in range(6000)]


@pytest.fixture
def lines(tmp_path, large):
    return write(tmp_path / "text", "\n".join(LINES))


def test_documents_are_a_sequence(lines):
    found = open_documents(lines)
    assert len(found) == 6000 and list(found) == LINES
    assert [found[0], found[-1]] == [found[-6000], found[5999]] == [LINES[0], LINES[-1]]
    for index in (6000, -6001):
        with pytest.raises(IndexError):
            found[index]
    random.seed(3)
    one = random.choice(found)
    random.seed(3)
    assert one == random.choice(LINES) and one in found


def test_indexing_takes_the_memory_of_a_few_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr(documents, "PIECE", 2**16)
    path = write(tmp_path / "text", "Émile lived in 1900 in 李白.\n" * 400_000)
    tracemalloc.start()
    assert len(open_documents(path)) == 400_001
    assert tracemalloc.get_traced_memory()[1] < path.stat().st_size
    tracemalloc.stop()


CHANGES = {
    "cut": lambda path: os.truncate(path, 100),
    "longer": lambda path: write(path, path.read_bytes() + b"x"),
    "as long": lambda path: (write(path, path.read_bytes()), os.utime(path, ns=(0, 0))),
}


@pytest.mark.parametrize("how", list(CHANGES))
def test_a_file_that_changes_after_it_is_opened_is_an_error_in_one_line(lines, how):
    found = open_documents(lines)
    CHANGES[how](lines)
    for read in (lambda: found[5000], lambda: list(found)):
        said = "text: has changed since this run opened it"
        with pytest.raises(InputError, match=said) as caught:
            read()
        assert "\n" not in str(caught.value)


def test_a_run_whose_corpus_changes_ends_with_one_line(world):
    def prepare():
        documents.SMALL = 0
        models.RECIPES["handout"]["model"] = dict(block_size=32, n_layer=1, n_head=1, n_embd=16)
        at_step(2, before=lambda trainer: write(world / "wiki.txt", "other"))()

    words = ("pretrain", "vanilla", "wiki.txt", "--writing_params_path", "out", "--max_epochs", "9")
    done = run_forked(world, words, prepare)
    assert done.returncode == 2, done.stderr
    said = "wiki.txt: has changed since this run opened it: repeat the command; nothing is saved"
    assert said in done.stderr.splitlines()[-1]
    assert done.stderr.count("error: ") == 1 and "Traceback" not in done.stderr
    assert not (world / "out").exists()
