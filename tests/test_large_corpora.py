"""Before the first step all documents are looked at, and what is asked is what a plain loop finds."""

from collections import Counter

import pytest
from conftest import ROOT
from invented import make_names, make_people

from dataset import CharCorruptionDataset, load_corpus
from objectives import recall
from objectives.clozes import ask_clozes
from objectives.phrases import count_words, ends_clause, find_phrases, find_token_before
from objectives.questions import ask_questions
from recipes import RECIPES
from text.files import read_text
from text.titles import split_title

WIKI = str(ROOT / "wiki.txt")
TEXT = RECIPES["text"]["examples"]


def find_phrases_plainly(documents, likely):
    """The phrases that `text` asks for, by the words of LikelyPhrases' docstring."""
    words = count_words(documents)
    found = [find_phrases(document, words) for document in documents]
    holders, ending, after = Counter(), Counter(), {}
    for document, spans in zip(documents, found):
        for start, end in spans:
            holders[document[start:end]] += 1
            ending[document[start:end]] += ends_clause(document, end)
            after.setdefault(find_token_before(document, start), []).append(document[start:end])
    recur = {
        before: sum(holders[each] > 1 for each in texts) / len(texts)
        for before, texts in after.items()
    }
    rows = []
    for index, (document, spans) in enumerate(zip(documents, found)):
        good = [
            (start, end)
            for start, end in spans
            if recur[find_token_before(document, start)] >= 0.5
            and ending[document[start:end]] / holders[document[start:end]] >= 0.25
        ]
        rows += [(index, split_title(document)[0], span) for span in good[:likely] or spans[:1]]
    return rows


def test_text_asks_of_the_shipped_corpus_what_a_plain_loop_finds():
    found = [row[:3] for row in ask_clozes(load_corpus(WIKI), **TEXT).asked]
    expected = find_phrases_plainly(read_text(WIKI).split("\n"), TEXT["likely"])
    assert found == expected and len(found) > 2500


def test_the_cue_of_a_phrase_is_what_stands_between_it_and_the_one_before():
    corpus = CharCorruptionDataset(
        "Ada Orr. Born in Ulm, she died in Rome.\nBo Orr. Orr, born in Rome, left Ulm.", 96
    )
    prompt = dict(prefix_chars=0, suffix_chars=0, keep_word_prob=1.0, no_cue_prob=0.0)
    assert ask_clozes(corpus, likely=2, cue_words=3, **prompt).asked == [
        (0, "Ada Orr", (17, 20), ["born", "in"], [0]),
        (0, "Ada Orr", (34, 38), ["she", "died", "in"], [0, 1]),
        (1, "Bo Orr", (21, 25), ["born", "in"], [0, 1]),
        (1, "Bo Orr", (32, 35), ["left"], [0]),
    ]


@pytest.mark.parametrize(
    "ask",
    [
        lambda corpus: ask_questions(corpus, masking="salient"),
        lambda corpus: ask_clozes(corpus, **TEXT),
    ],
)
def test_only_many_documents_have_a_progress_bar(ask, monkeypatch, capsys):
    corpus = CharCorruptionDataset("\n".join(make_people(make_names(60))[0]), 96)
    few = ask(corpus).asked
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(recall, "MANY", 60)
    assert ask(corpus).asked == few
    assert "looking at documents" in capsys.readouterr().err
