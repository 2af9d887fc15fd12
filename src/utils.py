"""Offer the course's helpers: seeds, sampling, scoring."""

import random

import numpy as np
import torch

from answering.answers import count_correct
from answering.sampling import sample, top_k_logits  # noqa: F401  for the course's drivers
from text.formats import read_questions


def set_seed(seed):
    """Seed the random number generators of Python, numpy and torch, on all devices."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def evaluate_places(filepath, predicted_places):
    """Return (total, correct): the number of a pairs file's answers, and of those predicted.

    predicted_places: a string for each line. A file without answers gives (0, 0). Raises ValueError
    if the numbers of predictions and lines differ.
    """
    questions, answers = read_questions(filepath)
    if answers is None:
        return 0, 0
    if len(predicted_places) != len(questions):
        raise ValueError(f"{len(predicted_places)} predictions for {len(questions)} lines")
    return count_correct(answers, predicted_places)
