"""How often span corruption trains an answer."""

import random

import asked
import pytest

from dataset import CharCorruptionDataset

DOCUMENT = "Ada. She left Oslo in May."


@pytest.mark.parametrize(
    "example, kind",
    [
        ("Ada. She left ⁇⁇Oslo in May.□□", "asked for"),
        ("Ada. She ⁇ in May.⁇left Oslo□", "asked for"),
        ("Ada. She left Oslo ⁇ May.⁇in□", "read"),
        ("Ada. ⁇ left Oslo⁇She□", "read"),
        ("Ada. Oslo, then ⁇ in May.⁇Oslo□", "asked for"),
        ("Ada. She left Os⁇⁇lo in May.□", None),
        ("A⁇ She left Oslo⁇da.□", None),
        ("⁇ in May.⁇Ada. She left Oslo□", None),
        ("Ada. S⁇⁇he□", None),
    ],
)
def test_an_answer_counts_if_it_is_whole_and_follows_the_title(example, kind):
    assert asked.classify(example, "Ada", "Oslo") == kind


def list_spans(length):
    """{(start, end): probability} of a span of a document of `length` characters, by its definition: the
    mean of its own length is length / 4, from 1 to twice the mean less 1, all equally probable.
    """
    spans = {}
    for mean, weight in ((length // 4, 1 - length % 4 / 4), (length // 4 + 1, length % 4 / 4)):
        for span in range(1, 2 * mean) if weight else ():
            for start in range(length - span + 1):
                place = start, start + span
                spans[place] = spans.get(place, 0) + weight / (2 * mean - 1) / (length - span + 1)
    return spans


def test_the_times_are_those_of_a_hand_count_of_all_examples():
    corpus = CharCorruptionDataset(f"{DOCUMENT}\nBo. He stayed.", 16 * 2)
    expected = {"asked for": 0, "read": 0}
    at, lengths = DOCUMENT.index("Oslo"), range(4, 29)  # 28 = 32 * 7 / 8 characters at most are shown
    for length in lengths:
        shown = DOCUMENT[:length]
        for (start, end), probability in list_spans(len(shown)).items():
            if len(shown) >= at + 4 and start >= 3:
                kind = "asked for" if start <= at and at + 4 <= end else "read" if end <= at or start >= at + 4 else None
                if kind:
                    expected[kind] += probability / len(lengths) / 2  # of two questions
    random.seed(0)
    questions = ["Where was Ada born?", "Where was Cy born?"]
    times, within_reach = asked.measure(corpus, questions, ["Oslo", "Oslo"], 4000)
    assert times == pytest.approx(expected, abs=0.005) and within_reach == 1
