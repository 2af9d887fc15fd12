from collections import Counter

import torch
from hypothesis import given
from hypothesis import strategies as st

from text.formats import MASK_CHAR, MASK_ID, PAD_CHAR, PAD_ID
from text.vocabulary import Vocabulary, describe_counts

texts = st.text().filter(lambda text: PAD_CHAR not in text and MASK_CHAR not in text)


@given(texts)
def test_a_vocabulary_is_pad_mask_then_the_sorted_characters(text):
    vocabulary = Vocabulary.of(text)
    characters = ["□", "⁇", *sorted(set(text))]
    assert [vocabulary.itos[i] for i in range(len(vocabulary))] == characters
    assert vocabulary.stoi == {character: i for i, character in enumerate(characters)}
    assert str(vocabulary) == "".join(characters)
    assert (vocabulary.stoi[PAD_CHAR], vocabulary.stoi[MASK_CHAR]) == (PAD_ID, MASK_ID) == (0, 1)


@given(texts)
def test_decoding_undoes_encoding(text):
    vocabulary = Vocabulary.of(text)
    ids = vocabulary.encode(text + MASK_CHAR)
    assert ids.dtype == torch.long and len(ids) == len(text) + 1
    assert vocabulary.decode(ids) == text + MASK_CHAR
    assert vocabulary.decode(ids.tolist()) == text + MASK_CHAR


def test_unknown_characters_are_counted_but_not_tabs_and_line_ends():
    counts = Vocabulary.of("Oslo").count_unknown("Oslo\tøzø\r\n□⁇")
    assert counts == Counter({"ø": 2, "z": 1})


def test_counts_are_told_in_words_the_most_frequent_first():
    counts = Counter({"z": 1, "ø": 2, "ž": 30})
    assert describe_counts(counts) == "30 'ž', 2 'ø', 1 'z'"
    assert describe_counts(Counter("abcdefghijklm")).count("1 ") == 10
