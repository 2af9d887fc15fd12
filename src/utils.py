"""The course's helpers: seeds, sampling, scoring."""

import random

import numpy as np
import torch

from answering.answers import count_correct
from answering.sampling import sample, top_k_logits  # noqa: F401  (the course's drivers import them from here)
from text.formats import read_questions


def set_seed(seed):
    """Seeds every random number generator in use: Python's, numpy's, torch's on all devices."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def evaluate_places(filepath, predicted_places):
    """(total, correct): how many of the file's answers there are and how many are predicted.

    predicted_places: one string for each line of the pairs file. (0, 0) if it has no answers.
    Raises ValueError if there are more or fewer predictions than lines.
    """
    questions, answers = read_questions(filepath)
    if answers is None:
        return 0, 0
    if len(predicted_places) != len(questions):
        raise ValueError(f"{len(predicted_places)} predictions for {len(questions)} lines")
    return count_correct(answers, predicted_places)
