"""Before the first step all documents are looked at, and what is asked is what a plain loop finds."""

from collections import Counter
from math import exp, log

from conftest import ROOT

from dataset import CharCorruptionDataset, load_corpus, read_pairs
from objectives.clozes import make_clozes
from objectives.phrases import count_words, describe_phrase, find_cues, find_phrases
from recipes import RECIPES
from text.files import read_text
from text.titles import split_title

WIKI = str(ROOT / "wiki.txt")
TEXT = RECIPES["text"]["examples"]


def find_facts_plainly(described, iterations=30, smoothing=0.1):
    """Return the places of the facts by a plain loop over the formulas of facts.py's docstring."""
    features = [each for phrases in described for row in phrases for each in row]
    total = {each: n for each, n in Counter(features).items() if n > 1}
    probs = [[1 / len(phrases) for _ in phrases] for phrases in described]
    for _ in range(iterations):
        facts = dict.fromkeys(total, smoothing)
        for phrases, row in zip(described, probs):
            for phrase, prob in zip(phrases, row):
                for each in phrase:
                    if each in total:
                        facts[each] += prob
        others = {each: total[each] - facts[each] + 2 * smoothing for each in total}
        sums = sum(facts.values()), sum(others.values())
        ratio = {e: log(facts[e] / sums[0]) - log(others[e] / sums[1]) for e in total}
        scores = [[sum(ratio.get(e, 0) for e in phrase) for phrase in row] for row in described]
        powers = [[exp(score - max(row)) for score in row] for row in scores]
        probs = [[power / sum(row) for power in row] for row in powers]
    return [row.index(max(row)) if row else None for row in scores]


def test_text_asks_of_the_shipped_corpus_what_a_plain_loop_finds():
    documents = read_text(WIKI).split("\n")[:500]
    words, phrases, described = count_words(documents), [], []
    for document in documents:
        title, body = split_title(document)
        spans = find_phrases(document, title, body, words)
        cues = find_cues(document, body, spans, words, TEXT["cue_words"])
        phrases.append(spans)
        described.append([describe_phrase(document, *each) for each in zip(spans, cues)])
    expected = [
        (index, split_title(documents[index])[0], phrases[index][place])
        for index, place in enumerate(find_facts_plainly(described))
        if place is not None
    ]
    corpus = CharCorruptionDataset("\n".join(documents), 128)
    assert [row[:3] for row in make_clozes(corpus, **TEXT).asked] == expected


def test_text_asks_most_people_of_the_shipped_corpus_for_their_birthplace():
    corpus = load_corpus(WIKI)
    asked = {
        title: corpus.data[n][slice(*span)]
        for n, title, span, _ in make_clozes(corpus, **TEXT).asked
    }
    pairs = read_pairs(corpus, str(ROOT / "birth_dev.tsv")).pairs
    titles = [question.removeprefix("Where was ").removesuffix(" born?") for question, _ in pairs]
    right = sum(asked.get(title) == place for title, (_, place) in zip(titles, pairs))
    assert right > 0.9 * len(pairs)
