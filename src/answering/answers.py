"""Answer questions by a model, and measure how sure it is."""

import math
from typing import NamedTuple

import torch
from torch.nn.utils.rnn import pad_sequence

from answering.sampling import generate
from text.formats import MASK_CHAR, MASK_ID, MAX_ANSWER, split_answers
from text.phrasing import group_questions, match_questions
from training import distributed


class Answer(NamedTuple):
    """Hold one line of text, and the model's probability of it.

    confidence, weakest: the product and the smallest of the probabilities of its characters and end
    mark. is_ended: whether there is an end mark; the end of the block may come first.
    """

    text: str
    confidence: float
    weakest: float
    is_ended: bool = True


def answer_questions(model, vocabulary, questions, batch_size=128):
    """Return the model's Answer to each question, a list in order.

    An answer is generated from the ⁇ that ends the prompt to the next one, or to the end of the
    block. Characters that the vocabulary lacks are left out. The batches are the same for any
    number of processes.
    """
    # Encode the prompts, and batch those of similar lengths that leave room for an answer.
    known = ([c for c in question if c in vocabulary.stoi] for question in questions)
    prompts = [vocabulary.encode([*characters, MASK_CHAR]) for characters in known]
    order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
    short = [i for i in order if len(prompts[i]) <= model.context_size - MAX_ANSWER]
    batches = [short[i : i + batch_size] for i in range(0, len(short), batch_size)]
    batches += [[i] for i in order[len(short) :]]
    # Answer this process's batches; repeat what was cut, as a longer prompt had taken its room.
    answers = [None] * len(questions)
    for batch in batches[distributed.rank() :: distributed.world_size()]:
        while batch:
            rows, longest = [prompts[i] for i in batch], len(prompts[batch[-1]])
            for i, answer in zip(batch, answer_batch(model, vocabulary, rows)):
                answers[i] = answer
            batch = [i for i in batch if not answers[i].is_ended and len(prompts[i]) < longest]
    # Gather the answers of all processes.
    return [next(filter(None, found)) for found in zip(*distributed.all_gather_object(answers))]


def answer_batch(model, vocabulary, prompts):
    """Return the Answer to each prompt, ids (T,); all have the room that the longest leaves."""
    device = next(model.parameters()).device
    x = pad_sequence(prompts, batch_first=True).to(device)  # (B, T)
    lengths = torch.tensor([len(prompt) for prompt in prompts], device=device)
    steps = max(MAX_ANSWER, model.context_size - x.size(1))
    out, probs = generate(model, x, steps, stop=MASK_ID, lengths=lengths)
    answers = []
    for ids, row in zip(out[:, x.size(1) :].tolist(), probs.tolist()):
        text = vocabulary.decode(ids).split(MASK_CHAR)[0]
        text = "".join(" " if each.isspace() else each for each in text)
        # In Python's floats: many unlikely characters are too small for float32.
        answers.append(Answer(text, math.prod(row), min(row), MASK_ID in ids))
    return answers


def predict(model, vocabulary, questions, batch_size=128):
    """Return the text of the model's answer to each question: one-line strings, in order."""
    return [answer.text for answer in answer_questions(model, vocabulary, questions, batch_size)]


def is_correct(answer, predicted):
    """Return whether a prediction is the answer, or one of those that a cell gives."""
    return predicted == answer or predicted in split_answers(answer)


def count_correct(answers, predictions):
    """Return (total, correct) of two lists of one length; an answer of None is not counted."""
    pairs = [(a, p) for a, p in zip(answers, predictions) if a is not None]
    return len(pairs), sum(is_correct(*pair) for pair in pairs)


def count_by_question(questions, answers, predictions, titles):
    """Return {template: (total, correct)} if there are several templates, else an empty dict.

    A template is written with NAME for the title. Questions of rare templates are left out.
    titles: from index_titles.
    """
    groups = group_questions(match_questions(questions, titles))
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
