import pytest
from hypothesis import given
from hypothesis import strategies as st

from answering.provenance import CLASSES, Provenance
from objectives.masking import MaskingPolicy
from text.phrasing import find_name

DOCUMENTS = [
    "Ada Moe. Ada Moe was born in Oslo and died in Rome.",
    "Bo Nash. Bo Nash, a painter, lived in New York City, far from Parma.",
    "Cy Smith. Cy Smith sailed.",
    "Smith. A smith works iron in Bonn.",
    "no title at all",
]
PAIRS = [
    ("Where was Bo Nash born?", "Lima"),
    ("Where was Cy Smith born?", "Lima"),
    ("Where was Di Orr born?", "Riga"),
]


def trace(question, answer, gold=None, pairs=PAIRS, reach=None):
    (origin,) = Provenance(DOCUMENTS, reach, pairs).trace([question], [answer], [gold])
    return origin


def born(name):
    return f"Where was {name} born?"


# question's name, answer, gold; class, and what the columns say
TABLE = [
    ("Ada Moe", "Oslo", "Oslo", "retrieved", (1, False, "read", "read", 0)),
    ("Ada Moe", "Rome", "Oslo", "retrieved", (1, False, "read", "read", 0)),
    ("Ada Moe", "Lima", "Oslo", "made up: plausible favourite", (1, False, "read", "no", 2)),
    ("Ada Moe", "Riga", "Oslo", "made up: other", (1, False, "read", "no", 1)),
    ("Ada Moe", "", "Oslo", "made up: other", (1, False, "read", "no", 0)),
    ("Ada Moe", "Lima", "Bern", "unknowable", (1, False, "no", "no", 2)),
    ("Ada Moe", "Bern", "Bern", "unknowable", (1, False, "no", "no", 0)),
    ("Ada Moe", "Oslo", None, "retrieved", (1, False, None, "read", 0)),
    ("Ada Moe", "Lima", None, "made up: plausible favourite", (1, False, None, "no", 2)),
    ("Ada Moe", "Moon", None, "made up: other", (1, False, None, "no", 0)),
    ("Ed Poe", "Oslo", "Oslo", "unknowable", (None, False, None, None, 0)),
    ("Ed Poe", "Lima", None, "unknowable", (None, False, None, None, 2)),
    # The finetuning file itself has taught these:
    ("Di Orr", "Riga", "Riga", "retrieved", (None, True, None, None, 1)),
    ("Di Orr", "Riga", None, "retrieved", (None, True, None, None, 1)),
    ("Di Orr", "Lima", "Riga", "made up: plausible favourite", (None, True, None, None, 2)),
    ("Cy Smith", "Lima", "Lima", "retrieved", (3, True, "no", "no", 2)),
    ("Cy Smith", "Bern", "Bern", "unknowable", (3, True, "no", "no", 0)),
]


@pytest.mark.parametrize("name, answer, gold, kind, columns", TABLE)
def test_each_answer_is_of_the_first_class_of_the_table_that_holds(
    name, answer, gold, kind, columns
):
    origin = trace(born(name), answer, gold)
    assert origin.provenance == kind and origin[:-2] == columns


def test_only_whole_words_of_the_body_are_stated():
    assert trace(born("Bo Nash"), "New York", "Parma").provenance == "retrieved"
    assert trace(born("Bo Nash"), "Par", "Parma").answer_in_document == "no"
    assert trace(born("Bo Nash"), "parma", "Parma").answer_in_document == "no"
    assert trace(born("Cy Smith"), "A smith", "sailed").answer_in_document == "no"


def test_what_stands_beyond_the_part_that_was_read_is_not_told():
    assert DOCUMENTS[0].index("Rome") + len("Rome") == 50
    assert trace(born("Ada Moe"), "Rome", "Oslo", reach=50).provenance == "retrieved"
    origin = trace(born("Ada Moe"), "Rome", "Oslo", reach=49)
    assert (origin.gold_in_document, origin.answer_in_document) == ("read", "beyond")
    assert origin.provenance == "made up: other"
    assert trace(born("Ada Moe"), "Rome", "Rome", reach=49).provenance == "unknowable"


def test_without_a_finetuning_file_nothing_is_said_about_it():
    origin = trace(born("Ada Moe"), "Lima", "Oslo", pairs=None)
    assert origin == (1, None, "read", "no", None, "made up: other", None)
    assert trace(born("Di Orr"), "Riga", "Riga", pairs=None).provenance == "unknowable"


PLACES = "Oslo Rome Bonn Kyiv Riga Bern Lyon Cork Turin Porto Basel Paris".split()


def test_support_is_the_probability_that_the_document_says_this_answer_to_this_question():
    people = [
        (name, *places) for name, *places in zip("ABCDEFGHIJKL", PLACES, PLACES[1:] + PLACES[:1])
    ]
    documents = [
        f"{name} Moe. {name} Moe was born in {born} and died in {died}."
        for name, born, died in people
    ]
    births = [(f"Where was {name} Moe born?", born) for name, born, _ in people[:8]]
    provenance = Provenance(documents, pairs=births)

    def support(question, answer):
        (origin,) = provenance.trace([question], [answer], [None])
        return origin.support

    for name, born, died in people[8:]:
        policy = MaskingPolicy(
            [(document, 7, place) for document, (_, place, _) in zip(documents[:8], people)]
        )
        document = documents[ord(name) - ord("A")]
        probs = {document[s:e]: prob for (s, e), prob in zip(*policy(document, 7))}
        good, bad = (support(f"where was {name} Moe born", place) for place in (born, died))
        assert (good, bad) == pytest.approx((probs[born], probs[died]))
        assert good > 0.8 and bad < 0.2
    question = "Where was I Moe born?"
    assert support(question, "Nowhere") == support("Where was Zoe born?", "Oslo") == 0
    assert support("Where did I Moe die?", "Basel") is None  # no pair is phrased so
    assert Provenance(documents).trace([question], ["Turin"], [None])[0].support is None
    bare = Provenance(documents, pairs=[(f"{name} Moe", born) for name, born, _ in people[:8]])
    assert bare.trace(["I Moe"], [people[8][1]], [None])[0].support > 0.8
    # Nothing can be learned from wrong answers.
    wrong = Provenance(documents, pairs=[(each, "Atlantis") for each, _ in births])
    assert wrong.trace([question], ["Turin"], [None])[0].support is None


def test_a_title_that_ends_with_a_full_stop_is_found_without_it():
    pairs = [(born("Ed Orr, Jr."), "Bonn")] * 2
    provenance = Provenance(["Ed Orr, Jr.. Born in Bonn."], pairs=pairs)
    questions = [born("Ed Orr, Jr."), born("Ed Orr, Jr"), "Ed Orr, Jr."]
    origins = provenance.trace(questions, [""] * 3, [None] * 3)
    assert [origin.line for origin in origins] == [1, 1, 1]


def test_a_title_within_another_name_is_not_who_is_asked_about():
    assert trace(born("Elizabeth Smith"), "Bonn").line is None
    assert trace(born("Smith"), "Bonn").line == 4
    assert trace("When did Ada Moe die?", "Rome").line == 1  # a template that no pair has
    (origin,) = Provenance(["A. Moe. A painter."]).trace(["Who is a painter?"], ["Moe"], [None])
    assert origin.line is None
    questions = [born("Elizabeth Smith"), born("Ada Moe"), born("Bo Nash")]
    origins = Provenance(DOCUMENTS).trace(questions, [""] * 3, [None] * 3)
    assert [origin.line for origin in origins] == [None, 1, 2]


@pytest.mark.parametrize(
    "question", ["", " ", "?", "Where?", "⁇\t\n", "Where was  born?", "(", "x" * 10_000]
)
def test_a_question_about_nobody_is_unknowable(question):
    origin = trace(question, "Oslo", "Oslo")
    assert (origin.line, origin.provenance) == (None, "unknowable")


def test_no_texts_and_no_questions_are_no_mistake():
    assert Provenance([]).trace([], [], []) == []
    (origin,) = Provenance([""], pairs=[]).trace(["a"], ["b"], [None])
    assert origin == (None, False, None, None, 0, "unknowable", None)


@pytest.mark.parametrize(
    "question, template, name",
    [
        ("Where was Ada Moe born?", ("Where was ", " born?"), "Ada Moe"),
        (" where  WAS ada moe  born ", ("Where was ", " born?"), "ada moe"),
        ("What is Ada's birthplace?!", ("What is ", "'s birthplace?"), "Ada"),
        ("Ada: born where", ("", ": born where?"), "Ada"),
        ("Where was born?", ("Where was ", " born?"), None),
        ("Where was Ada", ("Where was ", " born?"), None),
        ("born?", ("Where was ", " born?"), None),
        ("Ada Moe", ("", ""), None),
        ("Ada Moe?", ("", "?"), None),
    ],
)
def test_a_name_is_found_within_a_template(question, template, name):
    assert find_name(question, template) == name


@given(st.text(), st.text(), st.sampled_from(["read", "Oslo", "", None]))
def test_any_texts_have_an_origin(question, answer, gold):
    assert trace(question, answer, gold).provenance in CLASSES
