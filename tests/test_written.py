"""The claims of written/solutions.md, recomputed."""

import math
import re

import attention_exploration as exploration
import knowledge
import lookup
import pytest
import torch
from conftest import ROOT

from text.phrasing import match_questions
from text.titles import index_titles

TEXT = (ROOT / "written" / "solutions.md").read_text(encoding="utf-8")
CLAIMS = {claim.name: claim for check in exploration.CHECKS for claim in check()}


@pytest.mark.parametrize("name", list(CLAIMS))
def test_each_claim_is_measured_as_predicted(name):
    claim = CLAIMS[name]
    assert claim.measured == pytest.approx(claim.predicted, abs=claim.tolerance, rel=0)


def test_the_table_of_claims_is_the_programs():
    rows = re.findall(r"^\| (\d\([a-d]\).*?) \| (\S+) \| (\S+) \|$", TEXT, re.MULTILINE)
    assert [name for name, _, _ in rows] == list(CLAIMS)
    for name, predicted, measured in rows:
        claim = CLAIMS[name]
        assert float(predicted) == pytest.approx(claim.predicted, rel=1e-3, abs=1e-9)
        assert float(measured) == pytest.approx(claim.measured, rel=0.1, abs=1e-9)


def test_attention_is_equations_1_and_2():
    keys, values = exploration.make_items(5, 8)
    query = torch.arange(8, dtype=torch.float64) / 4
    terms = [math.exp(sum(k * q for k, q in zip(key.tolist(), query.tolist()))) for key in keys]
    expected = sum(term / sum(terms) * value for term, value in zip(terms, values))
    c, weights = exploration.attend(query, keys, values)
    torch.testing.assert_close(c, expected)
    assert weights.tolist() == pytest.approx([term / sum(terms) for term in terms])


@pytest.mark.parametrize("scale", [0.0, 1.0, 4.0, 12.0])
@pytest.mark.parametrize("n", [3, 10, 60])
def test_the_bound_of_the_average_holds(scale, n):
    keys, values = exploration.make_items(n)
    c, _ = exploration.attend(scale * (keys[0] + keys[1]), keys, values)
    error = (c - (values[0] + values[1]) / 2).norm()
    longest = values.norm(dim=1).max()
    tight = 2 * longest * (n - 2) / (2 * math.exp(scale) + n - 2)
    assert error <= tight + 1e-12 and tight <= longest * (n - 2) * math.exp(-scale)


def test_keys_are_drawn_with_the_stated_covariance():
    means, _ = exploration.make_items(3, 4)
    keys = exploration.sample_keys(means, 0.01, 0.5, samples=200_000)
    identity = torch.eye(4, dtype=torch.float64)
    for item, radial in [(0, 0.5), (1, 0.0)]:
        expected = 0.01 * identity + radial * torch.outer(means[item], means[item])
        torch.testing.assert_close(keys[:, item].T.cov(), expected, atol=0.005, rtol=0)
    torch.testing.assert_close(keys.mean(0), means, atol=0.005, rtol=0)


def test_questions_of_the_lookup_have_one_answer_at_allowed_places():
    for held_out in (False, True):
        tokens, answers = lookup.make_batch(500, held_out)
        assert len(tokens) > 300
        for row, answer in zip(tokens.tolist(), answers.tolist()):
            asked = row[-1] - lookup.KEYS * lookup.VALUES
            (place,) = [i for i, token in enumerate(row[:-1]) if token // lookup.VALUES == asked]
            assert row[place] % lookup.VALUES == answer
            assert ((asked + place) % 4 == 0) == held_out


def test_an_answer_is_looked_for_in_the_document_that_the_question_asks_about():
    documents = ["Ada Bo. Ada came from Oslo.", "Cy Moe. Cy left Rome. Ada Bo did not."]
    questions = ["Where was Ada Bo born?", "Where was Cy Moe born?", "Where was Di born?"]
    matches = match_questions(questions, index_titles(documents))
    stated = [knowledge.is_stated(match, "Rome", documents) for match in matches]
    assert stated == [False, True, None]


def test_invented_names_are_of_known_parts_and_in_no_document():
    names = ["Ada Lovelace", "Emmy Noether", "Niels Abel", "Karl Friedrich Gauß"]
    invented = knowledge.invent_names(names, ["Ada Noether. Emmy Abel."], 10)
    parts = {f"{first} {last}" for first in ("Ada", "Emmy", "Niels") for last in ("Lovelace", "Noether", "Abel")}
    assert set(invented) == parts - {"Ada Noether", "Emmy Abel"} - set(names)
