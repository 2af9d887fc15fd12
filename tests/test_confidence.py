"""Every metric against an example that was worked out by hand."""

import math

import pytest

pytest.importorskip("sklearn", reason="pip install -r requirements-report.txt")

import confidence  # noqa: E402
import metrics  # noqa: E402
from conftest import make_world, run_forked, shrink_recipes  # noqa: E402

from answering.answers import Answer  # noqa: E402

SCORES, RIGHT = [0.9, 0.8, 0.7, 0.6], [True, False, True, False]


def test_the_interval_of_8_of_10_is_wilsons():
    # z^2 = 3.8415: (0.8 + 0.19207 -+ sqrt(0.38415 * (0.16 + 0.09604))) / 1.38415
    assert metrics.measure_interval(8, 10) == pytest.approx((0.49016, 0.94331), abs=1e-4)
    assert metrics.measure_interval(0, 4)[0] == pytest.approx(0)


def test_auroc_is_the_share_of_pairs_in_order():
    # Of the pairs (0.9, 0.8), (0.9, 0.6), (0.7, 0.8) and (0.7, 0.6) one is in the wrong order.
    assert metrics.measure_auroc(SCORES, RIGHT) == pytest.approx(3 / 4)
    assert metrics.measure_auroc([0.5, 0.5, 0.4], [True, False, False]) == pytest.approx((0.5 + 1) / 2)
    assert math.isnan(metrics.measure_auroc([0.5, 0.4], [True, True]))


def test_risk_is_the_share_of_wrong_answers_among_the_surest():
    risks = metrics.measure_risks(SCORES, RIGHT)
    assert risks.tolist() == pytest.approx([0, 1 / 2, 1 / 3, 2 / 4])
    assert risks.mean() == pytest.approx((1 / 2 + 1 / 3 + 1 / 2) / 4)
    assert metrics.measure_risks(SCORES[::-1], RIGHT[::-1]).tolist() == risks.tolist()


def test_the_calibration_error_is_the_mean_distance_of_bins_of_as_many_answers():
    # {0.1, 0.3}: mean 0.2, none right; {0.7, 0.9}: mean 0.8, half right; (0.2 + 0.3) / 2.
    bins = metrics.make_bins([0.9, 0.7, 0.3, 0.1], [True, False, False, False], bins=2)
    assert sum(bins, ()) == pytest.approx((2, 0.2, 0.0, 2, 0.8, 0.5))
    assert metrics.measure_ece(bins) == pytest.approx(0.25)
    # Three answers into two bins: two and one.
    bins = metrics.make_bins([0.2, 0.4, 1.0], [False, True, True], bins=2)
    assert metrics.measure_ece(bins) == pytest.approx((2 * 0.2 + 1 * 0.0) / 3)
    assert len(metrics.make_bins([0.5], [True])) == 1


def test_a_temperature_divides_the_logit():
    # The odds of 0.9 are 9, and those of 0.75 are 3, its square root.
    assert confidence.scale([0.9, 0.1, 0.5], 2.0).tolist() == pytest.approx([0.75, 0.25, 0.5])
    assert confidence.scale([0.75], 0.5).tolist() == pytest.approx([0.9])
    assert all(0 < each < 1 for each in confidence.scale([0.0, 1.0], 1.0))


def test_the_fitted_temperature_is_that_of_the_highest_likelihood():
    # Three of four are right at a confidence of 0.9: 0.75 would be right, which 2 makes of it.
    assert confidence.fit_temperature([0.9] * 4, [True, True, True, False]) == pytest.approx(2, rel=1e-3)
    assert confidence.fit_temperature([0.75] * 10, [True] * 9 + [False]) == pytest.approx(0.5, rel=1e-3)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder of the world with a finetuned model in `made`; `others.tsv` has pairs of its own."""
    folder = make_world(tmp_path_factory.mktemp("measured"))
    with pytest.MonkeyPatch.context() as monkeypatch:
        shrink_recipes(monkeypatch)
        words = ("finetune", "vanilla", "wiki.txt", "--recipe", "quick", "--writing_params_path", "made")
        done = run_forked(folder, (*words, "--finetune_corpus_path", "birth_places_train.tsv", "--max_epochs", "1"))
        assert done.returncode == 0
    (folder / "others.tsv").write_text("Where was Ada Noether born?\tLondon\n", encoding="utf-8")
    return folder


@pytest.fixture
def measure(made, monkeypatch, capsys):
    """Call the program in the folder; returns its exit code and what it printed."""
    monkeypatch.chdir(made)

    def call(*words, answers=None):
        if answers:
            by_question = iter(answers)
            monkeypatch.setattr(confidence, "answer_questions", lambda *_: next(by_question))
        words = ("--reading_params_path", "made", "--corpus", "wiki.txt", "--dev", "birth_dev.tsv", *words)
        code = confidence.main(words)
        return code, *capsys.readouterr()

    return call


def test_the_temperature_and_the_threshold_are_those_of_the_answers(measure, made):
    golds = [row.split("\t")[1] for row in (made / "birth_dev.tsv").read_text(encoding="utf-8").splitlines()]
    (made / "held_out.tsv").write_text("".join(f"Where was {n} born?\tOslo\n" for n in "abcd"), encoding="utf-8")
    held_out = [Answer(text, 0.9, 0.9) for text in ("Oslo", "Oslo", "Rome", "Oslo")]  # see the test of the fit
    found = [Answer(gold, score, score) for gold, score in zip(golds, (0.9, 0.8, 0.7, 0.6))]
    invented = [Answer("Oslo", score, score) for score in (0.5, 0.59, 0.6, 0.1)]
    code, out, err = measure("--held_out", "held_out.tsv", answers=[held_out, found, found, invented])
    assert (code, err) == (0, "")
    assert "At the temperature 2.000, fitted to held_out.tsv: ECE " in out
    assert "\nAs the model says: ECE 0.250\n" in out  # 0.1, 0.2, 0.3 and 0.4: their mean
    assert "75.0% of 4 invented names have answers below the confidence 0.600, which 95% of" in out
