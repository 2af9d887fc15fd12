import random

import numpy
import pytest
import torch

from utils import evaluate_places, set_seed


def draw():
    return random.random(), numpy.random.rand(), torch.rand(1).item()


def test_seed_governs_every_generator():
    draws = []
    for seed in (11, 11, 12):
        set_seed(seed)
        draws.append(draw())
    assert draws[0] == draws[1]
    assert all(one != other for one, other in zip(draws[1], draws[2]))


@pytest.mark.parametrize(
    "text, predictions, counts",
    [
        ("a?\tOslo\nb?\tNew York\r\nc?\tÅlesund", ["Oslo", "New York", "Ålesund"], (3, 3)),
        ("a?\tOslo\nb?\tNew York\r\nc?\tÅlesund", ["Oslo", "York", "Alesund"], (3, 1)),
        ("a?\tOslo\n\nb?\tRome\n", ["Oslo", "", "Rome"], (2, 2)),  # a blank line is not scored
        ("a?\nb?\n", ["x", "y"], (0, 0)),
    ],
)
def test_places_are_scored_line_by_line(tmp_path, text, predictions, counts):
    path = tmp_path / "dev.tsv"
    path.write_text(text, encoding="utf-8", newline="")
    assert evaluate_places(str(path), predictions) == counts
    if counts[0]:
        with pytest.raises(ValueError, match="predictions for"):
            evaluate_places(str(path), predictions[1:])
