import random
from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from dataset import CharCorruptionDataset, NameDataset
from text.console import InputError
from text.formats import MASK_CHAR, PAD_CHAR

texts = st.text().filter(lambda text: PAD_CHAR not in text and MASK_CHAR not in text)
block_sizes = st.integers(16, 200)


def read_example(dataset, idx):
    """Return an item as text: x, y and the whole example, pads dropped."""
    x, y = dataset[idx]
    text = "".join(dataset.itos[int(i)] for i in x)
    targets = "".join(dataset.itos[int(i)] for i in y)
    return text, targets, (text[0] + targets).rstrip(PAD_CHAR)


@given(texts, block_sizes, st.data())
def test_every_corruption_can_be_undone_to_a_prefix_of_its_document(text, block_size, data):
    dataset = CharCorruptionDataset(text, block_size)
    idx = data.draw(st.integers(0, len(dataset) - 1))
    x, y = dataset[idx]
    assert x.dtype == y.dtype == torch.long
    assert x.shape == y.shape == (block_size - 1,)
    assert torch.equal(x[1:], y[:-1])
    _, _, example = read_example(dataset, idx)
    prefix, suffix, masked = example.split(MASK_CHAR)
    document = text.split("\n")[idx]
    restored = prefix + masked + suffix
    assert document.startswith(restored)
    assert min(4, len(document)) <= len(restored) <= int(block_size * 7 / 8)
    assert masked or len(document) < 4


def draw_lengths(document, block_size, draws):
    """Return the truncated and the masked length of many corruptions of one document."""
    dataset = CharCorruptionDataset(document, block_size)
    random.seed(1)
    parts = [read_example(dataset, 0)[2].split(MASK_CHAR) for _ in range(draws)]
    return [sum(map(len, part)) for part in parts], [len(part[2]) for part in parts]


def test_every_truncation_length_is_possible_and_equally_likely():
    truncated, _ = draw_lengths("abcdefghij" * 20, 64, draws=6_000)
    counts = Counter(truncated)
    assert sorted(counts) == list(range(4, 57))
    expected = 6_000 / 53
    assert all(abs(n - expected) < 5 * expected**0.5 for n in counts.values())


def test_masked_span_is_a_quarter_of_the_document_on_average_and_varies():
    truncated, masked = draw_lengths("abcdefghij" * 20, 128, draws=8_000)
    assert sum(masked) / sum(truncated) == pytest.approx(0.25, abs=0.005)
    for length in (12, 29, 60, 111):
        spans = [m for n, m in zip(truncated, masked) if n == length]
        assert sum(spans) / len(spans) == pytest.approx(length / 4, rel=0.25)
        assert len(set(spans)) > 3


def test_masked_span_can_start_anywhere_the_ends_included():
    dataset = CharCorruptionDataset("abcdefghijkl", 128)
    random.seed(2)
    starts, ends = set(), set()
    for _ in range(3000):
        prefix, suffix, masked = read_example(dataset, 0)[2].split(MASK_CHAR)
        if len(prefix + suffix + masked) == 12:
            starts.add(len(prefix))
            ends.add(len(suffix))
    assert starts == set(range(12)) and ends == set(range(12))


def make_names(rows, corpus=None, block_size=64, **source):
    corpus = corpus or CharCorruptionDataset("".join(rows), block_size)
    return NameDataset(corpus, rows, **source)


def test_a_question_and_its_answer_may_just_fill_the_block():
    corpus = CharCorruptionDataset("Where was Bo born? Oslo", 64)
    question = "Where was Bo born?"
    fits = "o" * (64 - 2 - len(question))
    x, y = make_names(f"{question}\t{fits}", corpus)[0]
    assert corpus.vocabulary.decode(y) == "□" * (len(question) - 1) + f"⁇{fits}⁇"
    with pytest.raises(InputError, match="have 63 characters: at most 62 fit"):
        make_names(f"{question}\t{fits}o", corpus)


def test_examples_are_printed_and_a_missing_file_is_one_line_of_error(cli):
    pair = "x: Where was Ada Lovelace born?⁇London⁇□"
    for which, seen in [("namedata", pair), ("charcorruption", "⁇")]:
        done = cli("src/dataset.py", which)
        assert done.returncode == 0, done.stderr
        assert seen in done.stdout
        assert done.stdout.count("\nx: ") == 3 and done.stdout.count("y: ") == 4
    done = cli("src/dataset.py", "namedata", "--corpus", "nowhere.txt")
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.count("\n") == 1 and "nowhere.txt" in done.stderr


@pytest.mark.parametrize("cell", ["Oslo|Kristiania", '["Oslo", "Kristiania"]', " | Oslo", "Oslo|" + "x" * 99])
def test_of_several_answers_the_first_is_trained_and_the_others_need_not_fit(cell):
    corpus = CharCorruptionDataset("Where was Bo born? Oslo", 64)
    assert NameDataset(corpus, f"Where was Bo born?\t{cell}").pairs == [("Where was Bo born?", "Oslo")]
    with pytest.raises(InputError, match="no answer"):
        NameDataset(corpus, "Where was Bo born?\t[]")
