import random
from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from test_dataset import block_sizes, read_example, texts

from dataset import CharCorruptionDataset, NameDataset
from objectives.clozes import ClozeDataset
from objectives.questions import QuestionDataset
from objectives.recall import MixedDataset
from objectives.wording import Wording
from text.formats import MASK_CHAR, PAD_CHAR, tidy


def draw_title_dataset(data):
    """Draw a QuestionDataset of any documents, prompts up to the longest allowed, and any spans."""
    block_size = data.draw(block_sizes)
    text = data.draw(texts)
    corpus = CharCorruptionDataset(text, block_size)
    characters = st.sampled_from(sorted(set(text))) if text else st.nothing()
    # The marks around an answer need two places, and x has one less than the block.
    prompts = st.text(characters, max_size=block_size - 3)
    asked = []
    for _ in range(data.draw(st.integers(1, 3))):
        index = data.draw(st.integers(0, len(corpus.data) - 1))
        ends = st.integers(0, len(corpus.data[index]))
        spans = st.lists(st.tuples(ends, ends).map(sorted).map(tuple), max_size=3)
        asked.append((index, data.draw(prompts), data.draw(spans)))
    return QuestionDataset(corpus, asked)


def assert_is_title_example(dataset, idx):
    """Assert that item `idx` is prompt, ⁇, a span, ⁇, all in x, and trains only what is asked."""
    index, prompt, spans = dataset.asked[idx]
    document = dataset.data[index]
    x, y = dataset[idx]
    assert x.dtype == y.dtype == torch.long
    assert x.shape == y.shape == (dataset.block_size - 1,)
    text, targets, _ = read_example(dataset, idx)
    assert text.count(MASK_CHAR) == 2 and text.startswith(prompt + MASK_CHAR)
    span, rest = text[len(prompt) + 1 :].split(MASK_CHAR)
    assert rest == PAD_CHAR * len(rest)
    room = dataset.block_size - len(prompt) - 3
    if spans:
        assert span in [tidy(document[start:end])[:room] for start, end in spans]
    assert span in (tidy(document) if spans else document) and len(span) <= room
    assert targets == (PAD_CHAR * len(prompt) + span + MASK_CHAR).ljust(len(text), PAD_CHAR)


@given(st.data())
def test_any_prompt_and_spans_give_both_marks_and_train_nothing_of_the_prompt(data):
    dataset = draw_title_dataset(data)
    assert len(dataset) == len(dataset.asked)
    random.seed(data.draw(st.integers(0, 99)))
    for idx in range(len(dataset)):
        assert_is_title_example(dataset, idx)


def test_spans_are_drawn_evenly_and_without_any_as_in_span_corruption():
    corpus = CharCorruptionDataset("Ada was born in London and died in Paris.", 64)
    given_spans = QuestionDataset(corpus, [(0, "Ada", [(16, 22), (35, 40)])])
    random.seed(4)
    counts = Counter(read_example(given_spans, 0)[0].split("⁇")[1] for _ in range(1000))
    assert set(counts) == {"London", "Paris"} and abs(counts["Paris"] - 500) < 100
    any_span = QuestionDataset(corpus, [(0, "Ada", [])])
    lengths = [len(read_example(any_span, 0)[0].split("⁇")[1]) for _ in range(4000)]
    assert sum(lengths) / len(lengths) == pytest.approx(41 / 4, rel=0.05)


DOCUMENT = "Ada Lovelace. Countess Lovelace was born in London and died in Paris."
LONDON, PARIS = (
    (DOCUMENT.index("London"), DOCUMENT.index(" and")),
    (DOCUMENT.index("Paris"), len(DOCUMENT) - 1),
)
TITLE, CUE = "Ada Lovelace", ["born", "in"]
PLAIN = dict(prefix_chars=0, keep_word_prob=1.0, other_words_prob=0.0, suffix_chars=0)


def make_clozes(cue=CUE, block_size=96, lower_prob=0.0, document=DOCUMENT, **settings):
    corpus = CharCorruptionDataset(document, block_size)
    wording, asked = Wording(corpus, lower_prob), [(0, TITLE, LONDON, cue)]
    return ClozeDataset(corpus, asked, wording, **{**PLAIN, **settings})


def draw_prompts(dataset, count=2000):
    random.seed(0)
    return Counter(read_example(dataset, 0)[0].split(MASK_CHAR)[0] for _ in range(count))


def test_words_of_the_cue_are_left_out_but_one_or_others_take_their_place():
    prompts = draw_prompts(make_clozes(keep_word_prob=0.5, other_words_prob=0.2), 4000)
    ours = {
        f"{TITLE}{cue}": share for cue, share in ((" born in", 0.4), (" born", 0.2), (" in", 0.2))
    }
    # One in five of the others has no word, and one in five has four.
    others = sum(count for prompt, count in prompts.items() if prompt not in ours)
    assert abs(prompts[TITLE] / 4000 - 0.04) < 0.015 and abs(others / 4000 - 0.2) < 0.05
    assert all(abs(prompts[prompt] / 4000 - share) < 0.05 for prompt, share in ours.items())
    words = [prompt.removeprefix(TITLE).split() for prompt in prompts]
    assert max(map(len, words)) == 4
    assert {word for each in words for word in each} == {"was", "born", "in", "and", "died"}


def test_the_filler_is_text_of_the_corpus_of_any_length_up_to_the_longest():
    lengths = Counter()
    for prompt, count in draw_prompts(make_clozes(prefix_chars=9)).items():
        filler, _, rest = prompt.rpartition("Ada Lovelace born in")
        assert rest == "" and filler.strip() in DOCUMENT
        lengths[len(filler)] += count
    # The space after the filler counts; one that begins with a space is shorter by it.
    assert min(lengths) == 0 and max(lengths) == 10 and set(range(2, 10)) < set(lengths)


def test_the_tail_is_a_little_text_of_the_corpus():
    tails = Counter()
    for prompt, count in draw_prompts(make_clozes(suffix_chars=2)).items():
        assert prompt.startswith("Ada Lovelace born in")
        tails[prompt.removeprefix("Ada Lovelace born in")] += count
    assert all(tail in DOCUMENT and len(tail) <= 2 for tail in tails)
    assert len(tails) > 30 and abs(tails[""] - 2000 / 3) < 70


@pytest.mark.parametrize(
    "block_size, prompt",
    [
        (29, "Ada Lovelace born in"),
        (28, "Ada Lovelace in"),
        (23, "Ada Lovelace"),
        (20, "da Lovelace"),
    ],
)
def test_too_long_a_prompt_loses_of_its_cue_first_and_the_marks_stay(block_size, prompt):
    text, targets, _ = read_example(make_clozes(block_size=block_size), 0)
    assert text.rstrip(PAD_CHAR) == f"{prompt}⁇London⁇"
    assert targets.rstrip(PAD_CHAR).endswith("London⁇")


@given(texts.map(lambda text: text + " "), block_sizes, st.data())
def test_any_document_gives_a_cloze_with_both_marks_that_trains_its_span_only(
    text, block_size, data
):
    corpus = CharCorruptionDataset(text, block_size)
    cues = st.lists(st.text(st.sampled_from(sorted(set(text))), min_size=1, max_size=9), max_size=5)
    asked = []
    for index, document in enumerate(corpus.data):
        if len(document) > 3:
            start = data.draw(st.integers(2, len(document) - 1))
            span = (start, data.draw(st.integers(start + 1, len(document))))
            cue = data.draw(cues)
            asked.append((index, document[:2], span, cue))
    settings = dict(
        prefix_chars=data.draw(st.integers(0, 30)), suffix_chars=data.draw(st.integers(0, 9))
    )
    settings.update(keep_word_prob=0.5, other_words_prob=0.3)
    dataset = ClozeDataset(corpus, asked, Wording(corpus, 0.3), **settings)
    assert len(dataset) == len(asked)
    for idx, (index, _, (start, end), cue) in enumerate(asked):
        length = len(cue)
        shown, targets, _ = read_example(dataset, idx)
        assert shown.count(MASK_CHAR) == 2
        prompt, span, rest = shown.rstrip(PAD_CHAR).split(MASK_CHAR)
        assert rest == ""
        assert span == tidy(corpus.data[index][start:end])[: block_size - len(prompt) - 3]
        assert targets == (PAD_CHAR * len(prompt) + span + MASK_CHAR).ljust(len(shown), PAD_CHAR)
        assert len(cue) == length  # what is drawn from the row leaves it as it is


def test_mixed_in_examples_are_drawn_and_the_others_all_there():
    corpus = CharCorruptionDataset(DOCUMENT + "\nWhere was Bo born? Oslo", 96)
    pairs = NameDataset(corpus, "Where was Bo born?\tOslo\nWhere was Ada Lovelace born?\tLondon\n")
    asked = [(0, TITLE, LONDON, ["born", "in"]), (0, TITLE, PARIS, ["died", "in"])]
    clozes = ClozeDataset(corpus, asked, Wording(corpus, 0.0), **PLAIN)
    mixed = MixedDataset(pairs, clozes, 1.5)
    assert len(mixed) == 5 and mixed.notes[0] == "mixed in: 3 examples of pretraining an epoch"
    assert [list(map(torch.Tensor.tolist, mixed[i])) for i in (0, 1)] == [
        list(map(torch.Tensor.tolist, pairs[i])) for i in (0, 1)
    ]
    random.seed(1)
    drawn = Counter(read_text_of(corpus, mixed[4]) for _ in range(100))
    assert set(drawn) == {"Ada Lovelace born in⁇London⁇", "Ada Lovelace died in⁇Paris⁇"}


def read_text_of(corpus, example):
    return corpus.vocabulary.decode(example[0]).rstrip(PAD_CHAR)
