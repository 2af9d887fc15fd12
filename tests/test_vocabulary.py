import torch
from hypothesis import given
from hypothesis import strategies as st

from text.formats import MASK_CHAR, MASK_ID, PAD_CHAR, PAD_ID
from text.vocabulary import Vocabulary

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
    describe = Vocabulary.of("Oslo").describe_unknown
    assert describe("Oslo\tøzø\r\n□⁇") == "2 'ø', 1 'z'" and describe("solO") == ""
    assert describe("abcdefghijklm").count("1 ") == 10
