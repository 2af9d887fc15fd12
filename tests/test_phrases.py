import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented import make_names

from objectives.facts import choose_facts
from objectives.phrases import (
    count_words,
    describe_phrase,
    find_cues,
    find_phrases,
    find_plain_words,
)
from text.formats import MAX_ANSWER
from text.titles import split_title


def read_facts(documents):
    """Return the fact of each document that has phrases, a text."""
    words, phrases, described = count_words(documents), [], []
    for document in documents:
        title, body = split_title(document)
        if spans := find_phrases(document, title, body, words):
            cues = find_cues(document, body, spans, words, 4)
            phrases.append([document[start:end] for start, end in spans])
            described.append([describe_phrase(document, *each) for each in zip(spans, cues)])
    return [texts[at] for texts, at in zip(phrases, choose_facts(described))] if phrases else []


def read_phrases(document, *others):
    words = count_words([document, *others])
    spans = find_phrases(document, *split_title(document), words)
    return [document[start:end] for start, end in spans]


@pytest.mark.parametrize(
    "document, phrases",
    [
        ("Ada Lovelace. Born in London, she met Charles Babbage.", ["London", "Charles Babbage"]),
        (
            "Ada Lovelace. Lovelace and Ada lived in Ockham Park.",
            ["Ockham Park"],
        ),  # words of the title
        ("Ada Lovelace. Augusta Ada Lovelace, of Ralph Lovelace and Ann King", ["Ann King"]),
        ("Bo A. King, Jr. Bo A King of Rome, not King, Oslo", ["Rome", "Oslo"]),
        ("Ada. from Saint-Tropez or L'Aquila", ["Saint-Tropez", "L'Aquila"]),
        ("Ada Lovelace. In 1835 King, in May 1836 Byron.", ["King", "Byron"]),  # digits
        ("Ada Lovelace. London and London and Paris", ["London", "Paris"]),  # once
        (
            "Ada. or " + "Ab" * (MAX_ANSWER // 2) + " and " + "Abc" * MAX_ANSWER,
            ["Ab" * (MAX_ANSWER // 2)],
        ),
        (
            "Ada Lovelace. of London, England, (1815, Ockham), then Paris",
            ["London", "Ockham", "Paris"],
        ),
        ("A line that has no title but names Paris", []),
        (". Paris", []),
        ("Ada. ", []),
        ("", []),
    ],
)
def test_phrases_are_the_names_of_the_body_that_could_be_answers(document, phrases):
    assert read_phrases(document) == phrases


def test_a_single_word_that_is_mostly_written_in_lower_case_is_no_phrase():
    document = "Ada Moe. Seen in Bath, she left Bath for a bath in Born Hall."
    assert read_phrases(document) == ["Bath", "Born Hall"]
    assert read_phrases(document, "a bath, a bath") == ["Born Hall"]
    assert read_phrases(document, "a bath, a bath, to Bath, to Bath") == ["Bath", "Born Hall"]


@pytest.mark.parametrize(
    "text, words",
    [
        ("Ada Moe was born in ", "was born in"),
        ("Born on 4 May 1815, in ", "born on in"),  # as it is mostly written in lower case
        ("Moe (born 4 May 1815 in Ulm; d. 1852 in ", "born in d in"),
        ("Moe (* 4 May 1815, its well-known ", "(* its well-known"),
        ("Moe (1815, Ulm – ", "( –"),
        ("Moe, (; of ", "( of"),
        ("Moe: Ulm. Oslo; of ", "of"),
        ("by Kit Moe, who played in Ulm's ", "by who played in"),
        ('saw Ulm, then "Ulm"? and left\' ', 'saw then " "? and left'),
        (
            "Moe, a d'İrk ",
            "a d'İrk",
        ),  # "İ".lower() is two characters, of which the corpus may lack one
        ("Ada Moe ", ""),
        ("", ""),
    ],
)
def test_plain_words_are_those_that_are_no_names_and_no_numbers(text, words):
    documents = [
        "Ada Moe. Ada Moe was born in Ulm.",
        "Bo. Bo, born on 5 May, may have been born in Oslo.",
    ]
    assert find_plain_words(text, count_words([*documents, "Moe was in May 1852"])) == words.split()


LIFE = "Ada Moe. Ada Moe was born in Ulm and died in 1852 in Rome, of grief."


@pytest.mark.parametrize(
    "phrases, longest, cues",
    [
        (["Ulm"], 4, ["was born in"]),
        (["Ulm"], 2, ["born in"]),
        (["Ulm"], 0, [""]),
        (["Rome"], 4, ["and died in in"]),
        (["Ulm", "Rome"], 4, ["was born in", "and died in in"]),
        ([], 4, []),
    ],
)
def test_a_cue_is_the_last_plain_words_since_the_phrase_before(phrases, longest, cues):
    spans = [(LIFE.index(phrase), LIFE.index(phrase) + len(phrase)) for phrase in phrases]
    found = find_cues(LIFE, split_title(LIFE)[1], spans, count_words([LIFE]), longest)
    assert [" ".join(cue) for cue in found] == cues


def test_a_phrase_is_described_by_its_cue_the_tokens_around_it_and_itself():
    start = LIFE.index("Rome")
    described = describe_phrase(LIFE, (start, start + 4), ["died", "in", "in"])
    assert described == ["died", "in", ("before", "in"), ("behind", ","), ("phrase", "Rome")]
    assert describe_phrase("Rome", (0, 4), []) == [("before",), ("behind",), ("phrase", "Rome")]


BORN = ["was born in {}", "is a native of {}", "hails from {}"]
DIED = ["died in {}", "was buried in {}"]


def test_the_fact_is_what_most_documents_say_in_whatever_words_and_order():
    """One in three says only the fact. Of the others half say it last."""
    places = [f"{first}{last}" for first in ("Ab", "Ol", "Ur", "Em") for last in ("ra", "no", "le")]
    names, documents, facts = make_names(120), [], []
    for n, name in enumerate(names):
        fact, other = places[n % 12], places[(5 * n + 1) % 12]
        said = [BORN[n // 3 % 3].format(fact), DIED[n // 9 % 2].format(other)]
        order = [said[:1], said, said[::-1]][n % 3] if fact != other else said[:1]
        documents.append(f"{name}. {name} {' and '.join(order)}.")
        facts.append(fact)
    assert read_facts(documents) == facts


def test_one_step_of_each_kind_equals_the_formulas_by_hand(monkeypatch):
    """Of three documents the first has one phrase, with "a"; the others have one with "a", too."""
    monkeypatch.setattr("objectives.facts.N_ITERATIONS", 1)
    monkeypatch.setattr("objectives.facts.SMOOTHING", 0.5)
    # "a" counts 1 + 1/2 + 1/2 of 3 among facts, "b" 1/2 + 1/2 of 2, so "a" is the likelier by
    # log(2.5 / 4) - log(1.5 / 3) > log(1.5 / 4) - log(1.5 / 3).
    assert choose_facts([[["a"]], [["b"], ["a"]], [["a"], ["b"]]]) == [0, 1, 0]


@pytest.mark.parametrize("described", [[[["a"], ["b"]]], [[[], []]]])
def test_documents_without_a_recurring_feature_have_their_first_phrase(described):
    assert choose_facts(described) == [0]


def test_a_document_without_a_title_has_no_fact():
    assert read_facts(["no title here, only Rome", "Ed Fay. Nothing else is known."]) == []


PIECES = ["Ab ", "Ba ", "ab ", "a ", "Éa, ", "İa. ", "aİ ", "(7 – ", "b. ", "李\u2028", ", "]
BODIES = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@given(st.lists(BODIES.map("Ba. {}".format) | BODIES, max_size=6))
def test_any_documents_give_spans_of_their_bodies_and_cues_of_their_characters(documents):
    assert len(read_facts(documents)) <= len(documents)
    words = count_words(documents)
    for document in documents:
        title, body = split_title(document)
        spans = find_phrases(document, title, body, words)
        assert all(body <= start < end <= len(document) for start, end in spans)
        assert all(end - start <= MAX_ANSWER for start, end in spans)
        cues = find_cues(document, body, spans, words, longest=2)
        assert len(cues) == len(spans)
        assert all(len(cue) <= 2 and set("".join(cue)) <= set("".join(documents)) for cue in cues)
