import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataset import CharCorruptionDataset, TitleDataset
from masking import (
    MaskingPolicy,
    describe_spans,
    find_frame,
    find_salient_spans,
    list_spans,
    match_documents,
    split_title,
)


def read_spans(document, **how):
    return [document[start:end] for start, end in find_salient_spans(document, **how)]


@pytest.mark.parametrize(
    "text, spans",
    [
        ("was born in Oslo, Norway, on 3 May 1900.", ["Oslo", "Norway", "3 May 1900"]),
        ("(born 10 June 1821 Auburn, New York)", ["10 June 1821", "Auburn", "New York"]),
        ("He lived in St. Louis. Later in Rome.", ["He", "St. Louis", "Later", "Rome"]),
        ("no names here at all", []),
        ("", []),
        ("J. R. Smith ate", ["J. R. Smith"]),
        ("Émile saw Åse's house in Évreux", ["Émile", "Åse's", "Évreux"]),
    ],
)
def test_salient_spans_are_runs_of_capitalised_words_and_numbers(text, spans):
    assert read_spans(text) == spans


def test_connectors_join_capitalised_words_only_if_given():
    text = "came from Rio de Janeiro, de facto, and de Gaulle to Paris"
    assert read_spans(text) == ["Rio", "Janeiro", "Gaulle", "Paris"]
    assert read_spans(text, connectors={"de"}) == ["Rio de Janeiro", "Gaulle", "Paris"]


@given(st.text(), st.integers(0, 50))
def test_salient_spans_of_any_text_are_in_order_and_within_it(text, start):
    end_before = start
    for begin, end in find_salient_spans(text, start, {"de", "a"}):
        assert end_before <= begin < end <= len(text)
        end_before = end


@pytest.mark.parametrize(
    "document, title",
    [
        ("Ada Lovelace. Ada was.", "Ada Lovelace"),
        ("J. D. Martinez. J. D. Martinez is.", "J. D. Martinez"),
        ("Eva St. Clair. She sang.", "Eva St. Clair"),
        ("no title", ""),
        ("", ""),
    ],
)
def test_titles_end_at_the_first_full_stop_that_ends_no_initial(document, title):
    found, body = split_title(document)
    assert found == title
    assert document[body:] == (document[len(title) + 2 :] if title else document)


def test_the_frame_of_questions_is_what_they_share():
    assert find_frame(["Where was Bo born?", "Where was Al born?"]) == ("Where was ", " born?")
    assert find_frame(["Who employs Bo?", "Who employs Cy?"]) == ("Who employs ", "?")
    assert find_frame(["Who is Jan Moe?", "Who is Jack Poe?"]) == ("Who is ", "?")
    assert find_frame(["Where was Bo born?"]) == find_frame([]) == ("", "")


FIRST = "Ada Bo Cy Di Ed Fay Gus Hal Ida Jo Kim Lea Max Ned Ora Pat Quin Ray Sue Ted".split()
LAST = "Moe Nash Orr Poe Quist".split()
PLACES = "Oslo Rome Bonn Lima Kyiv Riga Bern Cork Nice Graz".split()
FIRMS = "Acme Globex Initech Umbrella Hooli Stark Wayne Wonka Cyberdyne Tyrell".split()


def make_world(seed=0):
    """Documents that tell of each person a place, a year and an employer, in varying order."""
    rng = random.Random(seed)
    documents, facts = [], []
    for name in (f"{first} {last}" for first in FIRST for last in LAST):
        place, firm, year = rng.choice(PLACES), rng.choice(FIRMS), str(rng.randint(1800, 1999))
        clauses = [f"born in {place}", f"since {year} a painter", f"employed by {firm}"]
        rng.shuffle(clauses)
        documents.append(f"{name}. {name} was {', '.join(clauses)}.")
        facts.append({"place": place, "year": year, "firm": firm, "name": name})
    return documents, facts


@pytest.mark.parametrize(
    "relation, question",
    [
        ("place", "Where was {name} born?"),
        ("year", "Since when has {name} painted?"),
        ("firm", "Who employs {name}?"),
    ],
)
def test_the_policy_learns_whatever_relation_the_pairs_ask_for(relation, question):
    documents, facts = make_world()
    pairs = [(question.format(**fact), fact[relation]) for fact in facts]
    policy = MaskingPolicy(documents, pairs[:60])
    for document, fact in list(zip(documents, facts))[60:]:
        spans = policy.find_spans(document, split_title(document)[1])
        chances = policy(document, spans)
        assert sum(chances) == pytest.approx(1)
        start, end = spans[chances.index(max(chances))]
        assert document[start:end] == fact[relation] and max(chances) > 0.6


def test_the_policy_is_the_maximum_of_the_documented_likelihood():
    """The gradient vanishes: expected feature counts are the answers', less the penalty."""
    documents, facts = make_world()
    pairs = [(f"Where was {fact['name']} born?", fact["place"]) for fact in facts[:30]]
    policy = MaskingPolicy(documents, pairs, decay=0.01, steps=200)
    gradient = {feature: 2 * 0.01 * float(w) for feature, w in zip(policy.ids, policy.weights)}
    matched = match_documents(documents, pairs)
    for index, body, answer in matched:
        spans = policy.find_spans(documents[index], body)
        chances = policy(documents[index], spans)
        for (start, end), chance, features in zip(
            spans, chances, describe_spans(documents[index], spans)
        ):
            is_answer = documents[index][start:end] == answer
            for feature in features:
                gradient[feature] -= (is_answer - chance) / len(matched)
    assert max(map(abs, gradient.values())) < 1e-3


def test_the_same_pairs_give_the_same_policy():
    documents, facts = make_world()
    pairs = [(f"Who employs {fact['name']}?", fact["firm"]) for fact in facts]
    one, two = (MaskingPolicy(documents, pairs) for _ in range(2))
    assert list(one.ids) == list(two.ids) and one.weights.tolist() == two.weights.tolist()


def test_pairs_that_no_document_answers_leave_every_span_as_likely():
    policy = MaskingPolicy(["Ada Bo. Ada saw Rome and Oslo.", ""], [("Where is Ada Bo?", "Mars")])
    document = "Ada Bo. Ada saw Rome and Oslo."
    assert policy(document, policy.find_spans(document, 8)) == pytest.approx([1 / 3] * 3)


def make_dataset(documents, masking, pairs=()):
    text = "\n".join([*documents, *(question for question, _ in pairs)])
    corpus = CharCorruptionDataset(text, 64)
    corpus.data, corpus.encoded = documents, corpus.encoded[: len(documents)]
    return TitleDataset(corpus, list_spans(documents, masking, pairs))


def read_example(dataset, idx):
    x, y = dataset[idx]
    assert x.shape == y.shape == (63,)
    decode = dataset.corpus.decode
    return decode(x).rstrip("□"), decode(y)


@pytest.mark.parametrize("masking", ["random", "salient"])
def test_an_example_is_title_and_span_and_only_the_span_is_trained(masking):
    documents, _ = make_world()
    dataset = make_dataset(documents, masking)
    for idx in range(len(dataset)):
        text, targets = read_example(dataset, idx)
        title, span, rest = text.split("⁇")
        assert documents[idx].startswith(title + ". ") and span in documents[idx] and rest == ""
        assert targets.startswith("□" * len(title) + span + "⁇□")
        assert targets.strip("□") == span + "⁇"


def test_salient_spans_are_all_drawn_and_no_others():
    documents, _ = make_world()
    dataset = make_dataset(documents, "salient")
    drawn = {read_example(dataset, 0)[0].split("⁇")[1] for _ in range(200)}
    assert drawn == set(read_spans(documents[0], start=split_title(documents[0])[1]))


def test_learned_masking_asks_every_document_the_question_of_the_pairs():
    """Of people without a pair too: their name in the pairs' frame, and what answers it."""
    documents, facts = make_world()
    pairs = [(f"Where was {fact['name']} born?", fact["place"]) for fact in facts[:60]]
    dataset = make_dataset(documents, "learned", pairs)
    for idx, fact in enumerate(facts):
        text, _ = read_example(dataset, idx)
        assert text == f"Where was {fact['name']} born?⁇{fact['place']}⁇"


@given(st.text(st.characters(exclude_characters="□⁇")), st.sampled_from(["random", "salient"]))
def test_any_text_gives_valid_examples(text, masking):
    documents = text.split("\n")
    dataset = make_dataset(documents, masking)
    for idx in range(len(documents)):
        x, _ = dataset[idx]
        assert re.fullmatch(r"[^⁇]*⁇[^⁇]*⁇□*", dataset.corpus.decode(x) + "□")
