"""The claims of written/solutions.md, recomputed."""

import math
import re

import attention_exploration as exploration
import knowledge
import lookup
import pytest
import torch
from conftest import ROOT

from text.titles import index_titles, match_questions

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


def find(pattern):
    """The numbers that the pattern's groups match in solutions.md, line ends as spaces."""
    found = re.search(pattern, TEXT.replace("\n", " "))
    assert found, pattern
    return [float(number) for number in found.groups()]


def test_numbers_in_the_sentences_are_the_claims():
    weights = find(r"1 / \(1 \+ \(n-1\) e\^\{-s\}\)\$: ([\d.]+), ([\d.]+), ([\d.]+) for \$s = 1, 5, 10\$")
    assert weights == pytest.approx([exploration.copy_weight(s) for s in (1, 5, 10)], abs=5e-4)
    (distance,) = find(r"distance of ([\d.]+) from \$v_a\$")
    assert distance == pytest.approx(exploration.check_extraction()[1].measured, abs=5e-4)
    (scale,) = find(r"logarithm of \$n\$: ([\d.]+) for")
    assert scale == pytest.approx(exploration.scale_for_share(0.001), abs=5e-4)
    swings = find(
        r"of the weight in ([\d.]+) % of the samples and \$v_b\$ in ([\d.]+) %; in only ([\d.]+) % does"
    )
    shares = [claim for name, claim in CLAIMS.items() if name.startswith("1(c)ii share")]
    assert swings == pytest.approx([100 * claim.predicted for claim in shares], abs=0.6)
    two, one, ratio, measured, larger, in_samples = find(
        r"variance of \$c\$ is ([\d.]+) against ([\d.]+) for one head, ([\d.]+) times less \(10,000 "
        r"samples drawn, .* kept: ([\d.]+)\)\. With \$s = 30\$ it is ([\d.]+) times less by the formula and "
        r"([\d.]+) times less in the samples"
    )
    claim = CLAIMS["1(d)ii the same at scale 30"]
    assert (larger, in_samples) == pytest.approx((claim.predicted, claim.measured), rel=0.01)
    _, values = exploration.make_items()
    assert two == pytest.approx(exploration.predict_two_heads(10.0, values), rel=0.01)
    assert one == pytest.approx(exploration.predict_one_head(10.0, values, positive=True), rel=0.01)
    assert ratio == pytest.approx(one / two, rel=0.02)
    name = "1(d)ii variance of one head over that of two"
    assert measured == pytest.approx(CLAIMS[name].measured, rel=0.05)


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


@pytest.mark.slow
def test_one_layer_of_vanilla_looks_up_and_one_of_the_synthesizer_does_not():
    table = dict(re.findall(r"^\| (vanilla|synthesizer) \| (.*) \|$", TEXT, re.MULTILINE))
    for variant, *ranges in [("vanilla", (98, 100), (98, 100)), ("synthesizer", (25, 70), (8, 17))]:
        found = lookup.train(variant, 800)
        written = [float(cell.rstrip("% ")) for cell in table[variant].split("|")]
        for (at_least, at_most), measured, stated in zip(ranges, found, written):
            assert at_least <= measured <= at_most and at_least <= stated <= at_most


def test_the_numbers_of_section_3_are_in_the_recorded_output():
    output = (ROOT / "written" / "knowledge.txt").read_text(encoding="utf-8")
    section = TEXT[TEXT.index("## 3.") : TEXT.index("## Claims")]
    dev = (ROOT / "birth_dev.tsv").read_text(encoding="utf-8").splitlines()
    rows = re.findall(r"^\| (0\.\d+ \|.*) \|$", section, re.MULTILINE)
    assert len(rows) == 10
    for row in rows:
        assert f"| {row} |" in output
        _, question, _, truth, _ = row.split(" | ")
        assert f"{question}\t{truth}" in dev
    right, wrong = map(int, re.search(r"(\d+) right, (\d+) wrong", output).groups())
    assert right + wrong == len(dev)
    assert f"{100 * right / len(dev):.1f} %" in TEXT[TEXT.index("**(f)") : TEXT.index("**(g) i.")]
    output, section = (text.replace("\n", " ") for text in (output, section))
    told = (
        r"(\d+) of \d+ answers stand",
        r"(\d+) right, (\d+) wrong",
        r"([\d.]+ %) of all pairs of one each",
        r"(\d+) answers are places",
        r"median confidence ([\d.]+), (\d+) above 0.9",
        r"same first name: ([\d.]+ %),   ([\d.]+ %) if",
        r"same last name: ([\d.]+ %),   ([\d.]+ %) if",
    )
    for pattern in told:
        for number in re.search(pattern, output).groups():
            assert re.search(rf"(?<![\d.]){re.escape(number)}(?![\d.]*\d)", section), (pattern, number)
    as_high = re.findall(r"as high (\d+) times of 200", output)
    assert as_high == re.findall(r"in (\d+) of 200 trials", section) and len(as_high) == 2
    places = re.findall(r"  (\w[\w ]*): (\d+) \(of 2500 people in the pairs: (\d+)\)", output)
    for place, times, people in places[:2]:
        assert f"{place}, {times} times" in section
        assert f"{int(times) / 2:.1f} %" in section and f"{int(people) / 25:.1f} %" in section


def test_the_accuracies_are_those_of_the_results():
    (scratch, london), (vanilla,), (synthesizer,) = (
        find(r'always "London"\.\*\* ([\d.]+) % of `birth_dev.tsv`; "London" ([\d.]+) %'),
        find(r"pretraining, vanilla\.\*\* ([\d.]+) %"),
        find(r"pretraining, synthesizer\.\*\* ([\d.]+) %"),
    )
    results = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
    results = results[results.index("## `bash reproduce.sh`") :]  # not the recipe quick's
    row = re.search(r"^ *vanilla +([\d.]+) % +([\d.]+) % *$", results, re.MULTILINE)
    other = re.search(r"^ *synthesizer +([\d.]+) % +([\d.]+) % *$", results, re.MULTILINE)
    assert [scratch, vanilla] == [float(number) for number in row.groups()]
    assert synthesizer == float(other.group(2))
    assert london == float(re.search(r'all "London" +([\d.]+) %', results)[1])


def test_an_answer_is_looked_for_in_the_document_that_the_question_asks_about():
    documents = ["Ada Bo. Ada came from Oslo.", "Cy Moe. Cy left Rome. Ada Bo did not."]
    questions = ["Where was Ada Bo born?", "Where was Cy Moe born?", "Where was Di born?"]
    matches = match_questions(questions, index_titles(documents))
    stated = [knowledge.is_stated(match, "Rome", documents) for match in matches]
    assert stated == [False, True, None]


def test_right_and_wrong_answers_are_paired_by_confidence():
    rows = [(0.9, "a", "x", "x"), (0.5, "b", "x", "x"), (0.8, "c", "x", "y"), (0.1, "d", "x", "y")]
    assert knowledge.pair_up(rows, 2) == [(rows[0], rows[2]), (rows[1], rows[3])]
    assert knowledge.chance_of_order([0.9, 0.5], [0.8, 0.5]) == pytest.approx((2 + 0.5) / 4)


def test_invented_names_are_of_known_parts_and_in_no_document():
    names = ["Ada Lovelace", "Emmy Noether", "Niels Abel", "Karl Friedrich Gauß"]
    invented = knowledge.invent_names(names, ["Ada Noether. Emmy Abel."], 10)
    parts = {f"{first} {last}" for first in ("Ada", "Emmy", "Niels") for last in ("Lovelace", "Noether", "Abel")}
    assert set(invented) == parts - {"Ada Noether", "Emmy Abel"} - set(names)


def test_answers_by_similar_names_are_counted_against_chance():
    known = [("Ada Bo", "Oslo"), ("Emmy Xu", "Rome")]
    as_is, dealt, as_high = knowledge.share_by_name(["Ada Xu", "Emmy Bo"], ["Oslo", "Rome"], known, 0)
    assert as_is == 1.0 and 0.3 < dealt < 0.7 and as_high == round(200 * dealt)
    assert knowledge.share_by_name(["Ada Xu", "Emmy Bo"], ["Oslo", "Rome"], known, -1)[0] == 0.0
