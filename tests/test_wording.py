import random
from collections import Counter

import pytest

from dataset import CharCorruptionDataset, NameDataset
from objectives.table import make_finetuning_dataset
from objectives.wording import RewordedPairs, Wording
from text.formats import MASK_CHAR, PAD_CHAR
from text.phrasing import Phrasing

DOCUMENTS = """Ada Moe. Ada Moe was born in Ulm and died in Oslo.
Bo İ. Orr. Bo İ. Orr was born in Rome.
Where was Ada Moe born? in which place"""
PAIRS = "Where was Ada Moe born?\tUlm\nWhere was Bo İ. Orr born?\tRome\nWho is she?\tAda\n"
TEMPLATE = ("Where was ", " born?")


def make_corpus(block_size=96):
    return CharCorruptionDataset(DOCUMENTS, block_size)


def test_words_are_drawn_as_often_as_the_corpus_has_them_in_lower_case():
    random.seed(0)
    drawn = Counter(Wording(make_corpus(), 0.0).draw_words(6000))
    counts = {"was": 3, "born": 3, "in": 4, "and": 1, "died": 1, "which": 1, "place": 1}
    assert set(drawn) == set(counts)
    total = sum(counts.values())
    assert all(abs(drawn[word] / 6000 - n / total) < 0.03 for word, n in counts.items())


def test_a_corpus_without_plain_words_gives_none():
    wording = Wording(CharCorruptionDataset("Ada Moe. ULM", 32), 0.0)
    assert wording.draw_words(3) == []
    assert set(wording.reword("Ada Moe", TEMPLATE).rstrip("? ").split()) <= {
        "Ada", "Moe", "Where", "was", "born"
    }  # fmt: skip


def test_lower_case_keeps_what_the_corpus_has_no_small_letter_for():
    assert Wording(make_corpus(), 1.0).draw_case("Bo İ. Orr, Rome?") == "bo İ. orr, rome?"
    assert Wording(make_corpus(), 0.0).draw_case("Bo İ. Orr") == "Bo İ. Orr"


def test_a_reworded_question_has_the_title_anywhere_among_some_of_its_words_and_others():
    random.seed(0)
    wording = Wording(make_corpus(), 0.0)
    prompts = {wording.reword("Ada Moe", TEMPLATE) for _ in range(3000)}
    assert all(prompt.count("Ada Moe") == 1 for prompt in prompts)
    words = {word for prompt in prompts for word in prompt.replace("?", "").split()}
    assert words == {"Ada", "Moe", "Where", *wording.words}
    # Each of these is likely: nothing left out, the title first and last, the words in disorder.
    for expected in (
        "Where was Ada Moe born?",
        "Ada Moe was born",
        "was born Ada Moe?",
        "Ada Moe?",
    ):
        assert expected in prompts
    assert any(prompt.startswith("born Where") for prompt in prompts)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_share_of_the_pairs_is_asked_in_other_words_with_the_same_answers(share):
    corpus = make_corpus()
    pairs = NameDataset(corpus, PAIRS)
    subjects = Phrasing(corpus.data, [question for question, _ in pairs.pairs]).matches
    reworded = RewordedPairs(corpus, pairs, subjects, share, lower_prob=0.0)
    random.seed(0)
    assert len(reworded) == 3
    for idx, (question, answer) in enumerate(pairs.pairs):
        same = 0
        for _ in range(200):
            x, y = map(corpus.vocabulary.decode, reworded[idx])
            prompt, span, rest = x.rstrip(PAD_CHAR).split(MASK_CHAR)
            assert span == answer and rest == ""
            assert y.strip(PAD_CHAR) == f"{MASK_CHAR}{answer}{MASK_CHAR}"
            same += prompt == question
        unmatched = question == "Who is she?"  # holds no title: it stays as it is
        assert same == 200 if unmatched else abs(same / 200 - (1 - share)) < 0.12


def test_a_question_stays_as_it_is_where_other_words_leave_no_room():
    corpus = make_corpus(block_size=len("Where was Ada Moe born?Ulm") + 2)
    pairs = NameDataset(corpus, "Where was Ada Moe born?\tUlm\n")
    subjects = Phrasing(corpus.data, ["Where was Ada Moe born?"]).matches
    reworded = RewordedPairs(corpus, pairs, subjects, 1.0, lower_prob=0.0)
    random.seed(0)
    for _ in range(300):
        x, y = map(corpus.vocabulary.decode, reworded[0])
        assert f"{MASK_CHAR}Ulm" in x and y.rstrip(PAD_CHAR).endswith(f"Ulm{MASK_CHAR}")


@pytest.mark.parametrize("recipe, other", [("handout", False), ("fast", False), ("text", True)])
def test_a_recipe_says_whether_finetuning_asks_in_other_words(recipe, other):
    corpus = make_corpus()
    dataset = make_finetuning_dataset(corpus, recipe, NameDataset(corpus, PAIRS))
    random.seed(0)
    texts = {corpus.vocabulary.decode(dataset[0][0]) for _ in range(50)}
    assert (len(texts) > 1) == other
