import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented import make_names, make_people

from objectives.phrases import (
    LikelyPhrases,
    count_words,
    describe_phrases,
    find_cues,
    find_phrases,
    find_plain_words,
)
from text.formats import MAX_ANSWER
from text.titles import split_title


def choose_phrases(documents, likely):
    """For each document the phrases to ask for, a list of spans."""
    words = count_words(documents)
    described = [describe_phrases(document, words) for document in documents]
    phrases = LikelyPhrases(described)
    return [phrases.choose(each, likely) for each in described]


def read_phrases(document, *others):
    words = count_words([document, *others])
    return [document[start:end] for start, end in find_phrases(document, words)]


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


def read_cues(document, phrases, longest=4):
    """[(the words of a cue, those of them that tell its phrase), ...]"""
    spans = [(document.index(phrase), document.index(phrase) + len(phrase)) for phrase in phrases]
    cues = find_cues(document, split_title(document)[1], spans, count_words([document]), longest)
    return [
        (" ".join(cue), " ".join(cue[place] for place in distinctive)) for cue, distinctive in cues
    ]


LIFE = "Ada Moe. Ada Moe was born in Ulm and died in 1852 in Rome, of grief."


@pytest.mark.parametrize(
    "phrases, longest, cues",
    [
        (["Ulm"], 4, [("was born in", "was born in")]),
        (["Ulm"], 2, [("born in", "born in")]),
        (["Rome"], 4, [("and died in in", "and died in in")]),  # of one phrase all is told
        (["Ulm", "Rome"], 4, [("was born in", "was born"), ("and died in in", "and died")]),
        (["Ulm", "Rome"], 1, [("in", "in"), ("in", "in")]),  # nothing tells them apart
        (["Ulm", "Rome"], 0, [("", ""), ("", "")]),
        ([], 4, []),
    ],
)
def test_a_cue_is_the_plain_words_since_the_phrase_before_and_tells_it_from_the_others(
    phrases, longest, cues
):
    assert read_cues(LIFE, phrases, longest) == cues


def read_chosen(documents, likely=1):
    chosen = choose_phrases(documents, likely)
    return [[d[start:end] for start, end in spans] for d, spans in zip(documents, chosen)]


# After "to" every phrase recurs, after "by" none does, after "with" every second one.
DOCUMENTS = [
    "Ada Moe. seen by Kit Nash, with Eva Poe, who moved to Rome then to Oslo.",
    "Bo Poe. seen by Lou Sand, who moved to Rome with pride, and to Oslo.",
    "Cy Orr. Cy Orr moved to Ulm, with Rao.",
    "Di Ray. seen by Max Toth, with Rao.",
    "no title here, only Rome",
    "Ed Fay. Nothing else is known.",
]


def test_likely_phrases_follow_a_word_that_is_followed_by_phrases_of_several_documents():
    chosen = read_chosen(DOCUMENTS)
    assert chosen == [["Eva Poe"], ["Oslo"], ["Ulm"], ["Rao"], [], []]
    assert read_chosen(DOCUMENTS, likely=2)[0] == ["Eva Poe", "Oslo"]
    assert read_chosen(DOCUMENTS, likely=9)[1:3] == [["Oslo"], ["Ulm", "Rao"]]


@pytest.mark.parametrize("times, likely", [(1, False), (2, True)])
def test_a_phrase_is_likely_if_it_ends_a_clause_in_a_quarter_of_its_documents(times, likely):
    """In eight documents, of which the last ones have nothing after "Rome"."""
    ends = [" where she sang."] * (8 - times) + ["."] * times
    sons = [f"Ben {letter}u" for letter in "ABCDEFGH"]
    documents = [f"Ada Moe. {son}, in Rome{end}" for son, end in zip(sons, ends)]
    assert read_chosen(documents) == ([["Rome"]] * 8 if likely else [[son] for son in sons])


def test_all_places_of_invented_people_are_chosen_without_a_pair():
    documents, facts = make_people(make_names(100))
    chosen = read_chosen(documents, likely=2)
    assert sum(fact["place"] in spans for fact, spans in zip(facts, chosen)) == 100


PIECES = ["Ab ", "Ba ", "ab ", "a ", "Éa, ", "İa. ", "aİ ", "(7 – ", "b. ", "李\u2028", ", "]
BODIES = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@given(st.lists(BODIES.map("Ba. {}".format) | BODIES, max_size=6))
def test_any_documents_give_spans_of_their_bodies_and_cues_of_their_characters(documents):
    chosen = choose_phrases(documents, likely=2)
    assert len(chosen) == len(documents)
    words = count_words(documents)
    for document, spans in zip(documents, chosen):
        body = split_title(document)[1]
        assert all(body <= start < end <= len(document) for start, end in spans)
        assert all(end - start <= MAX_ANSWER for start, end in spans)
        cues = find_cues(document, body, spans, words, longest=2)
        assert len(cues) == len(spans)
        for cue, distinctive in cues:
            assert len(cue) <= 2 and set("".join(cue)) <= set("".join(documents))
            assert bool(distinctive) == bool(cue) and set(distinctive) <= set(range(len(cue)))
