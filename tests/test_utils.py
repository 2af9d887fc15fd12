import random

import numpy
import pytest
import torch

import utils
from answering import sampling
from utils import evaluate_places, set_seed


def write(path, text):
    path.write_text(text, encoding="utf-8", newline="")
    return str(path)


def draw():
    return random.random(), numpy.random.rand(), torch.rand(1).item()


def test_seed_governs_every_generator():
    draws = []
    for seed in (11, 11, 12):
        set_seed(seed)
        draws.append(draw())
    assert draws[0] == draws[1]
    assert all(one != other for one, other in zip(draws[1], draws[2]))


def test_the_courses_drivers_find_sample_here():
    assert utils.sample is sampling.sample


def test_places_are_scored_line_by_line(tmp_path):
    path = write(tmp_path / "dev.tsv", "a?\tOslo\nb?\tNew York\r\nc?\tÅlesund")
    assert evaluate_places(path, ["Oslo", "New York", "Ålesund"]) == (3, 3)
    assert evaluate_places(path, ["Oslo", "York", "Alesund"]) == (3, 1)
    with pytest.raises(ValueError, match="2 predictions for 3 lines"):
        evaluate_places(path, ["Oslo", "New York"])


def test_questions_without_answers_score_nothing(tmp_path):
    path = write(tmp_path / "test.tsv", "a?\nb?\n")
    assert evaluate_places(path, ["x", "y"]) == (0, 0)


def test_a_blank_line_takes_a_prediction_but_is_not_scored(tmp_path):
    path = write(tmp_path / "dev.tsv", "a?\tOslo\n\nb?\tRome\n")
    assert evaluate_places(path, ["Oslo", "", "Rome"]) == (2, 2)
