"""A model's answers to questions, and how sure it is of them."""

import math
from typing import NamedTuple

import torch
from torch.nn.utils.rnn import pad_sequence

from answering.sampling import sample
from text.formats import MASK_CHAR, MASK_ID, MAX_ANSWER
from text.titles import group_questions, index_titles, match_questions
from training import distributed


class Answer(NamedTuple):
    """One line of text, and the model's probability of it.

    confidence: of the whole answer, its end mark included: the product over its characters. An answer
    cut at MAX_ANSWER characters has no end mark. weakest: of its least probable character or mark.
    """

    text: str
    confidence: float
    weakest: float


def answer_questions(model, vocabulary, questions, batch_size=128):
    """The model's Answer to each question, a list in order.

    An answer is what is generated between the first ⁇, which ends the prompt, and the second,
    MAX_ANSWER characters at most. Characters that the vocabulary lacks are left out of a question.
    Several processes share the batches, which are the same for any number of processes.
    """
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
    answers = [None] * len(questions)
    for batch in batches[distributed.rank() :: distributed.world_size()]:
        lengths = torch.tensor([len(prompts[i]) for i in batch], device=device)
        x = pad_sequence([prompts[i] for i in batch], batch_first=True).to(device)
        chances = []
        words = dict(stop=MASK_ID, lengths=lengths if len(batch) > 1 else None, chances=chances)
        out = sample(model, x, MAX_ANSWER, **words)
        chances = torch.stack(chances, dim=1).tolist()  # (B, characters)
        for i, ids, each in zip(batch, out[:, x.size(1) :].tolist(), chances):
            text = vocabulary.decode(ids).split(MASK_CHAR)[0]
            # In Python's floats: 32 unlikely characters are too small for float32.
            answers[i] = Answer(" ".join(text.splitlines()), math.prod(each), min(each))
    return [next(filter(None, found)) for found in zip(*distributed.all_gather_object(answers))]


def predict(model, vocabulary, questions, batch_size=128):
    """The text of the model's answer to each question: a list of one-line strings, in order."""
    return [answer.text for answer in answer_questions(model, vocabulary, questions, batch_size)]


def count_correct(answers, predictions):
    """(total, correct) of two lists of the same length; an answer that is None isn't counted."""
    pairs = [(a, p) for a, p in zip(answers, predictions) if a is not None]
    return len(pairs), sum(answer == predicted for answer, predicted in pairs)


def find_threshold(confidences, right, precision):
    """The threshold that keeps as many answers as possible while `precision` (a share) of them are
    right, or None. It is the lowest confidence kept, cut to the fewest digits that keep no more.

    confidences: of each answer; right: whether it is.
    """
    best, correct = None, 0
    rows = sorted(zip(confidences, right), reverse=True)
    for number, (confidence, is_right) in enumerate(rows, 1):
        correct += is_right
        lower = rows[number][0] if number < len(rows) else -1.0
        if lower < confidence and correct >= precision * number:
            best = (lower, confidence)
    if best is None:
        return None
    lower, confidence = best
    rounded = (math.floor(confidence * 10**digits) / 10**digits for digits in range(16))
    return next((each for each in rounded if lower < each <= confidence), confidence)


def count_by_question(questions, answers, predictions, documents):
    """{question: (total, correct)} if several are asked of the documents' titles, else an empty dict.

    A question is written with NAME for the title. Those that few ask alike are counted together, as "others".
    """
    groups = group_questions(match_questions(questions, index_titles(documents, questions)))
    if len(groups) < 2:
        return {}
    named = {"NAME".join(frame): indices for frame, indices in groups.items()}
    named["others"] = set(range(len(questions))).difference(*groups.values())
    counts = {
        name: count_correct([answers[i] for i in indices], [predictions[i] for i in indices])
        for name, indices in named.items()
    }
    return {name: count for name, count in counts.items() if count[0]}
