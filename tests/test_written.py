"""The claims of written/solutions.md, recomputed."""

import re

import attention_exploration as exploration
import knowledge
import lookup
import pytest
from conftest import ROOT

from text.phrasing import match_questions
from text.titles import index_titles

TEXT = (ROOT / "written" / "solutions.md").read_text(encoding="utf-8")
CLAIMS = {claim.name: claim for check in exploration.CHECKS for claim in check()}


def test_each_claim_of_the_table_is_measured_as_predicted():
    rows = re.findall(r"^\| (\d\([a-d]\).*?) \| (\S+) \| (\S+) \|$", TEXT, re.MULTILINE)
    assert [name for name, _, _ in rows] == list(CLAIMS)
    for name, predicted, measured in rows:
        claim = CLAIMS[name]
        assert claim.measured == pytest.approx(claim.predicted, abs=claim.tolerance, rel=0), name
        assert float(predicted) == pytest.approx(claim.predicted, rel=1e-3, abs=1e-9)
        assert float(measured) == pytest.approx(claim.measured, rel=0.1, abs=1e-9)


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
