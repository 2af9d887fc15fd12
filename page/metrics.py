"""Measure how well scores separate right answers from wrong ones, and how sure an accuracy is.

AUROC is the share of pairs of a right and a wrong answer in which the right one has the higher
score; a tie counts half. Risk is the share of wrong answers among the answers of highest scores;
coverage is these answers' share of all; the area is the mean risk over all coverages (Geifman and
El-Yaniv 2017). ECE is the mean distance of confidence and accuracy in bins of equal size.
"""

import math

import numpy
from sklearn.metrics import roc_auc_score

BINS = 10
COVERAGE = 0.9  # the tables report accuracy at this coverage
Z = 1.959964  # 95 % of a normal distribution lie within Z standard deviations of its mean


def measure_interval(correct, total):
    """Return (low, high), the 95 % interval of a share, by Wilson (1927)."""
    share, spread = correct / total, Z**2 / total
    half = math.sqrt(spread * (share * (1 - share) + spread / 4))
    return tuple((share + spread / 2 + side * half) / (1 + spread) for side in (-1, 1))


def measure_auroc(scores, positive):
    """Return the probability that a positive has the higher score; NaN if there is no pair."""
    return roc_auc_score(positive, scores) if len(set(positive)) == 2 else math.nan


def measure_risks(scores, right):
    """Return the shares (N,) of wrong answers among the 1, 2, ..., N of the highest scores.

    Answers of the same score come in any order: each counts as their mean.
    """
    _, group, sizes = numpy.unique(
        -numpy.asarray(scores, float), return_inverse=True, return_counts=True
    )
    wrong = (
        numpy.bincount(group, ~numpy.asarray(right, bool)) / sizes
    )  # of each group, the best first
    return numpy.repeat(wrong, sizes).cumsum() / numpy.arange(1, len(group) + 1)


def read_risk(risks, coverage):
    """Return the risk at the lowest coverage that is at least `coverage`."""
    return risks[math.ceil(round(coverage * len(risks), 9)) - 1]


def make_bins(confidences, right, bins=BINS):
    """Return [(answers, mean confidence, accuracy), ...] of bins, the least confident first.

    The bins have equal numbers of answers; none is empty.
    """
    order = numpy.argsort(confidences, kind="stable")
    parts = [part for part in numpy.array_split(order, bins) if len(part)]
    confidences, right = numpy.asarray(confidences, float), numpy.asarray(right, float)
    return [(len(part), confidences[part].mean(), right[part].mean()) for part in parts]


def measure_ece(bins):
    """Return the expected calibration error of bins."""
    return sum(n * abs(confidence - accuracy) for n, confidence, accuracy in bins) / sum(
        n for n, *_ in bins
    )
