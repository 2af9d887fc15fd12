import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented import make_names, make_people

from text.phrasing import Subject, group_questions, match_questions
from text.titles import LONGEST_TITLE, find_title_ends, index_titles, normalise, split_title

BORN = ("Where was ", " born?")


@pytest.mark.parametrize(
    "document, title",
    [
        ("Ada Lovelace. Ada was.", "Ada Lovelace"),
        ("J. D. Martinez. J. D. Martinez is.", "J. D. Martinez"),
        ("J. R. Smith. J. R. Smith played.", "J. R. Smith"),
        ("Eva St. Clair. She sang.", "Eva St. Clair"),
        ("Sammy Davis, Jr. Sammy Davis, Jr. was born in New York. He sang.", "Sammy Davis, Jr"),
        ("Sammy Davis Jr. He sang. He danced.", "Sammy Davis Jr"),
        ("Malcolm X. Malcolm X was a minister. He spoke.", "Malcolm X"),
        ("St. Ives. The St. Mary sails. It is a town.", "St. Ives"),
        ("J. D. Orr. Orr knew a J. from Rome. He sang.", "J. D. Orr"),
        ("Ann. Annabel sang. Annabel danced.", "Ann"),
        ("no title", ""),
        ("no title, only an end.", ""),
        ("", ""),
    ],
)
def test_titles_end_where_the_body_begins(document, title):
    found, body = split_title(document)
    assert found == title
    assert document[body:] == (document[len(title) + 2 :] if title else document)


@given(st.text(st.sampled_from("aB. \n7é界")))
def test_of_any_document_title_full_stop_space_and_body_are_the_whole(document):
    title, body = split_title(document)
    assert len(title) <= LONGEST_TITLE
    if body:
        before = document[:body].rstrip()
        assert before.endswith(".") and " ".join(before[:-1].split()) == title
        assert document[body - 1].isspace()
    else:
        assert title == ""


def match(documents, questions):
    """Return [(template, index of the document), or None] of the questions."""
    matches = match_questions(questions, index_titles(documents))
    return [each and (each.template, each.place[0]) for each in matches]


def document_of(name):
    return f"{name}. {name} was born in Oslo."


@pytest.mark.parametrize(
    "question, template",
    [
        ("Where was Ada Moe born", ("Where was ", " born")),
        ("where was ada moe born?", ("where was ", " born?")),
        ("Where was Ada Moe born? ", ("Where was ", " born? ")),
        ("Where was  Ada  Moe  born?", ("Where was  ", "  born?")),
        ("WHERE WAS ADA MOE BORN?", ("WHERE WAS ", " BORN?")),
        ("What is Ada Moe's birthplace?", ("What is ", "'s birthplace?")),
        ("Birthplace (Ada Moe)", ("Birthplace (", ")")),
        ("Ada Moe", ("", "")),
        ("Ada Moe: born where?", ("", ": born where?")),
        ("Who employs Ada Moe?", ("Who employs ", "?")),
    ],
)
def test_a_question_is_matched_whatever_its_template(question, template):
    documents = [document_of("Bo Nash"), document_of("Ada Moe")]
    assert match(documents, [question]) == [(template, 1)]


@pytest.mark.parametrize(
    "question",
    [
        "Where was Ada born?",
        "Where was Adam Moe born?",
        "Where was Ada Moes born?",
        "Where?",
        "",
        " ",
    ],
)
def test_only_whole_words_are_a_title(question):
    assert match([document_of("Ada Moe"), "", "no title"], [question]) == [None]


@pytest.mark.parametrize(
    "name",
    [
        "J. R. Smith",
        "Sammy Davis, Jr",
        "Eva St. Clair",
        "Jean-Luc O'Neill",
        "Юлия Кожевникова",
        "Γεώργιος Σεφέρης",
        "نجيب محفوظ",
        "मीरा बाई",
        "李 白",
        "Søren Åse 3rd",
        "M*A*S*H (film)",
    ],
)
def test_names_of_all_kinds_are_found_in_questions(name):
    documents = [document_of("Ada Moe"), document_of(name), document_of("Bo Nash")]
    assert split_title(documents[1])[0] == name
    questions = [
        "Where was Ada Moe born?",
        f"Where was {name} born?",
        f"where was {name.upper()} born",
    ]
    assert match(documents, questions) == [(BORN, 0), (BORN, 1), (("where was ", " born"), 1)]


SMITHS = ["Ann Smith", "Ben Smith", "Cy Smith", "Dora Lee Smith"]


def test_the_template_that_most_questions_have_decides_between_two_titles():
    documents = [*map(document_of, SMITHS), document_of("Smith"), document_of("Ann")]
    questions = [f"Where was {name} born?" for name in SMITHS]
    assert match(documents, questions) == [(BORN, number) for number in range(4)]
    assert match(documents, [*questions, "Where was Smith born?"])[4] == (BORN, 4)


@given(
    st.lists(st.sampled_from(["Ann", "Bo", "Smith", "born", "Where", "?", " ", "."]), max_size=12)
)
def test_prefix_title_and_suffix_of_any_match_are_the_question(words):
    documents = [document_of(name) for name in ("Ann", "Ann Smith", "Bo Smith", "born", "Smith")]
    question = "".join(words)
    for found in filter(None, match_questions([question], index_titles(documents))):
        assert question == found.name.join(found.template)
        index, body = found.place
        title, start = split_title(documents[index])
        assert normalise(found.name) == normalise(title) and body == start == len(title) + 2


def group(templates):
    """Return the common ones among these templates of questions, each a letter."""
    return list(group_questions([Subject("Ada", (0, 5), template) for template in templates]))


def test_common_templates_come_first_and_rare_ones_are_left_out():
    assert group("r" * 4 + "m" * 60 + "c" * 36) == ["m", "c"]
    assert group("m" * 100 + "c" * 10) == ["m", "c"]
    assert group("m" * 100 + "c" * 9) == ["m"]


def test_of_few_questions_only_a_repeated_template_is_common_besides_the_first():
    assert group("a") == group("ab") == group("aab") == ["a"]
    assert group("aabb") == ["a", "b"]
    assert group("") == []


def test_questions_are_grouped_by_the_common_ways_to_ask():
    titles = index_titles(["Ada. was", "Bo. was", "Cy. was"])
    questions = [f"Where was {name} born?" for name in ("Ada", "Bo", "Cy")]
    questions += ["Who was Ada?", "Who is that?", "Who was Cy?", "So was Bo", ""]
    assert group_questions(match_questions(questions, titles)) == {
        BORN: [0, 1, 2],
        ("Who was ", "?"): [3, 5],
    }
    assert group_questions([None, None]) == {}


@pytest.mark.parametrize("several", [True, False])
def test_damaged_questions_are_all_matched_and_add_no_template(several):
    documents, facts = make_people(make_names(200))
    questions = [f"Where was {fact['name']} born?" for fact in facts]
    damages = (str.lower, lambda q: q + " ", lambda q: q[:-1], lambda q: q.replace(" ", "  "))
    for number in random.Random(0).sample(range(200), 10):  # 5 % of the file
        damage = damages[number % 4] if several else damages[2]
        questions[number] = damage(questions[number])
    matches = match_questions(questions, index_titles(documents))
    assert [found and found.place[0] for found in matches] == list(range(200))
    assert len({found.template for found in matches}) > 1
    assert list(group_questions(matches)) == [BORN]


def index_in_two_passes(documents):
    """Return the index of index_titles, as its docstring has it."""
    index = {}
    for number, document in enumerate(documents):
        title, body = split_title(document)
        if title:
            index.setdefault(normalise(title), (number, body))
    for number, document in enumerate(documents):
        for end, body in find_title_ends(document):
            index.setdefault(normalise(document[:end]), (number, body))
    return index


bits = st.lists(
    st.sampled_from(["J", "Ann", "Smith", "St", ". ", ".", " ", "é", "?", "x" * 50]), max_size=8
)


@given(st.lists(bits.map("".join), max_size=5))
def test_a_document_is_found_by_each_title_that_it_could_have(documents):
    assert index_titles(documents) == index_in_two_passes(documents)
