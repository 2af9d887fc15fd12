"""Every metric of the page against an example that was worked out by hand."""

import math

import pytest

pytest.importorskip("sklearn", reason="pip install -r requirements-report.txt")

import metrics  # noqa: E402

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
