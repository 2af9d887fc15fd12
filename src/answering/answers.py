"""Answer questions by a model, and measure how sure it is."""

import math
from typing import NamedTuple

import torch
from torch.nn.utils.rnn import pad_sequence

from answering.sampling import generate
from text.formats import MASK_CHAR, MASK_ID, MAX_ANSWER
from text.titles import group_questions, index_titles, match_questions
from training import distributed


class Answer(NamedTuple):
    """Hold one line of text, and the model's probability of it.

    confidence, weakest: the product and the smallest of the probabilities of its characters and end
    mark. An answer that is cut at MAX_ANSWER characters has no end mark.
    """

    text: str
    confidence: float
    weakest: float


def answer_questions(model, vocabulary, questions, batch_size=128):
    """Return the model's Answer to each question, a list in order.

    An answer is generated from the ⁇ that ends the prompt to the next one. Characters that the
    vocabulary lacks are left out. The batches are the same for any number of processes.
    """
    # Encode the prompts, and batch those of similar lengths that leave room for an answer.
    device = next(model.parameters()).device
    prompts = [
        vocabulary.encode([c for c in question if c in vocabulary.stoi] + [MASK_CHAR])
        for question in questions
    ]
    room = model.context_size - MAX_ANSWER
    order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
    short = [i for i in order if len(prompts[i]) <= room]
    batches = [short[i : i + batch_size] for i in range(0, len(short), batch_size)]
    batches += [[i] for i in order[len(short) :]]
    # Answer this process's batches, and gather the answers of all.
    answers = [None] * len(questions)
    for batch in batches[distributed.rank() :: distributed.world_size()]:
        x = pad_sequence([prompts[i] for i in batch], batch_first=True).to(device)  # (B, T)
        lengths = torch.tensor([len(prompts[i]) for i in batch], device=device)
        lengths = lengths if len(batch) > 1 else None
        out, probs = generate(model, x, MAX_ANSWER, stop=MASK_ID, lengths=lengths)
        for i, ids, row in zip(batch, out[:, x.size(1) :].tolist(), probs.tolist()):
            text = vocabulary.decode(ids).split(MASK_CHAR)[0]
            # In Python's floats: 32 unlikely characters are too small for float32.
            answers[i] = Answer(" ".join(text.splitlines()), math.prod(row), min(row))
    return [next(filter(None, found)) for found in zip(*distributed.all_gather_object(answers))]


def predict(model, vocabulary, questions, batch_size=128):
    """Return the text of the model's answer to each question: one-line strings, in order."""
    return [answer.text for answer in answer_questions(model, vocabulary, questions, batch_size)]


def count_correct(answers, predictions):
    """Return (total, correct) of two lists of one length; an answer of None is not counted."""
    pairs = [(a, p) for a, p in zip(answers, predictions) if a is not None]
    return len(pairs), sum(answer == predicted for answer, predicted in pairs)


def count_by_question(questions, answers, predictions, documents):
    """Return {template: (total, correct)} if there are several templates, else an empty dict.

    A template is written with NAME for the title. Questions of rare templates are left out.
    """
    groups = group_questions(match_questions(questions, index_titles(documents)))
    counts = {}
    for template, indices in groups.items():
        rows = [answers[i] for i in indices], [predictions[i] for i in indices]
        counts["NAME".join(template)] = count_correct(*rows)
    return counts if len(counts) > 1 else {}


def find_threshold(confidences, right, precision):
    """Return the lowest threshold of which the answers kept are right at `precision`, or None.

    right: whether each answer is. The threshold has the fewest digits that keep the same answers.
    """
    found, correct = None, 0
    rows = sorted(zip(confidences, right), reverse=True)
    for number, (confidence, is_right) in enumerate(rows, 1):
        correct += is_right
        below = rows[number][0] if number < len(rows) else -1.0
        if below < confidence and correct >= precision * number:
            rounded = (math.floor(confidence * 10**digits) / 10**digits for digits in range(16))
            found = next((each for each in rounded if below < each <= confidence), confidence)
    return found
