import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented import make_names, make_people

from objectives.masking import MaskingPolicy, describe_spans
from objectives.spans import find_salient_spans
from text.titles import split_title


def read_spans(document, *arguments, **how):
    return [document[start:end] for start, end in find_salient_spans(document, *arguments, **how)]


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
        ("marched with Martin King Jr. He won", ["Martin King Jr", "He"]),
    ],
)
def test_salient_spans_are_runs_of_capitalised_words_and_numbers(text, spans):
    assert read_spans(text) == spans


@given(st.text(), st.integers(0, 50))
def test_salient_spans_of_any_text_are_in_order_and_within_it(text, start):
    end_before = start
    for begin, end in find_salient_spans(text, start):
        assert end_before <= begin < end <= len(text)
        end_before = end


def make_rows(relation, count=100):
    """Return (documents, facts, rows). MaskingPolicy takes a row, which asks for the relation."""
    documents, facts = make_people(make_names(count))
    rows = [
        (document, split_title(document)[1], fact[relation])
        for document, fact in zip(documents, facts)
    ]
    return documents, facts, rows


@pytest.mark.parametrize("relation", ["place", "year", "firm"])
def test_the_policy_learns_whatever_relation_the_pairs_ask_for(relation):
    _, _, rows = make_rows(relation)
    policy = MaskingPolicy(rows[:60])
    for document, body, answer in rows[60:]:
        spans, chances = policy(document, body)
        assert sum(chances) == pytest.approx(1)
        assert len(chances) == len(spans) + 1
        start, end = spans[chances.index(max(chances))]
        assert document[start:end] == answer and max(chances[:-1]) > 0.6
        assert policy.choose(document, body) == [(start, end)]


def compute_loss(rows, policy, decay, weights, none, reworded):
    """Return the documented loss in plain Python. weights: {feature: weight}; reworded: a logit."""
    share, loss = 1 / (1 + math.exp(-reworded)), decay * (none**2 + reworded**2)
    loss += decay * sum(weight**2 for weight in weights.values())
    for document, body, answer in rows:
        spans = policy.find_spans(document, body)
        scores = [math.exp(sum(map(weights.get, each))) for each in describe_spans(document, spans)]
        right = sum(score for (s, e), score in zip(spans, scores) if document[s:e] == answer)
        likelihood = right * (1 - share) if right else math.exp(none) + sum(scores) * share
        loss -= math.log(likelihood / (math.exp(none) + sum(scores))) / len(rows)
    return loss


def test_the_policy_is_the_minimum_of_the_documented_loss():
    """The slope in the direction of each parameter vanishes. Some documents say it in other words, and
    some do not say it.
    """
    _, _, rows = make_rows("place", 30)
    rows[::5] = [(document, body, "Mars") for document, body, _ in rows[::5]]
    rows[1::5] = [
        (document.replace(answer, "here"), body, answer) for document, body, answer in rows[1::5]
    ]
    policy = MaskingPolicy(rows, decay=0.01, steps=200)
    best = {feature: float(w) for feature, w in zip(policy.ids, policy.weights)}
    best["none"], best["reworded"] = (
        float(policy.none),
        math.log(policy.reworded / (1 - policy.reworded)),
    )
    for feature in ["none", "reworded", *list(policy.ids)[::5]]:
        near = []
        for step in (-1e-4, 1e-4):
            weights = {**best, feature: best[feature] + step}
            none, reworded = weights.pop("none"), weights.pop("reworded")
            near.append(compute_loss(rows, policy, 0.01, weights, none, reworded))
        assert abs(near[1] - near[0]) / 2e-4 < 1e-3


def test_nothing_is_chosen_in_a_document_that_does_not_say_it():
    """A fifth of the documents says nothing of where the person lives, as the others do."""
    _, _, rows = make_rows("place")
    for index in range(0, 100, 5):
        document, body, answer = rows[index]
        silent = document.replace(answer, "a house")
        assert silent != document
        rows[index] = (silent, body, answer)
    policy = MaskingPolicy(rows[:60])
    assert policy.found == 48
    for index, (document, body, answer) in enumerate(rows[60:], 60):
        chosen = [document[start:end] for start, end in policy.choose(document, body)]
        assert chosen == ([] if index % 5 == 0 else [answer])


@pytest.mark.parametrize("count", [1, 3, 6])
def test_documents_that_say_it_in_other_words_are_asked_all_the_same(count):
    """`count` of ten do, beside one that does not say it."""
    _, _, rows = make_rows("place", 200)
    for index in range(0, 200, 10):
        document, body, answer = rows[index]
        rows[index] = (document.replace(answer, "a house"), body, answer)
    named = [row if index % 10 > count else (*row[:2], "Mars") for index, row in enumerate(rows)]
    policy = MaskingPolicy(named[:150])
    assert policy.reworded == pytest.approx(count / 9, abs=0.1)
    for index, (document, body, answer) in enumerate(rows[150:], 150):
        chosen = [document[start:end] for start, end in policy.choose(document, body)]
        assert chosen == ([] if index % 10 == 0 else [answer])


def test_words_within_answers_join_the_spans_they_are_chosen_from():
    rows = [(f"A{n}. born in Vega de Toro, then in Rome", 4, "Vega de Toro") for n in range(3)]
    policy = MaskingPolicy(rows)
    document = "Bo. born in Rio de Plata, then in Bonn"
    (start, end), *_ = policy.choose(document, 4)
    assert policy.found == 3 and document[start:end] == "Rio de Plata"


def make_dated_rows(count):
    """Make rows that ask for the year or day of a birth, written in two ways, beside a death's."""
    days = [
        f"May {n % 28 + 1}, {1850 + n}" if n % 2 else f"{n % 28 + 1} May {1850 + n}"
        for n in range(count)
    ]
    answers = [day if n % 3 else day[-4:] for n, day in enumerate(days)]
    return [
        (
            f"A{n}. A{n} (born Rome, {answer}; died Oslo, May {n % 9 + 1}, {1930 + n}) ran.",
            len(f"A{n}. "),
            answer,
        )
        for n, answer in enumerate(answers)
    ]


def test_a_policy_that_joins_chooses_dates_whole_and_years_alone():
    rows = make_dated_rows(90)
    policy = MaskingPolicy(rows[:60])
    assert policy.found == 60
    for document, body, answer in rows[60:]:
        assert [document[start:end] for start, end in policy.choose(document, body)] == [answer]
