"""A model's answers to questions."""

import torch
from torch.nn.utils.rnn import pad_sequence

from formats import MASK_CHAR, MASK_ID, MAX_ANSWER
from sampling import sample
from titles import group_questions, index_titles, match_questions


def predict(model, vocabulary, questions, batch_size=128):
    """The model's answer to each question: a list of one-line strings, in order.

    An answer is what is generated between the first ⁇, which ends the prompt, and the second,
    MAX_ANSWER characters at most. Characters that the vocabulary lacks are left out of a question.
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
    answers = [""] * len(questions)
    for batch in batches:
        lengths = torch.tensor([len(prompts[i]) for i in batch], device=device)
        x = pad_sequence([prompts[i] for i in batch], batch_first=True).to(device)
        out = sample(model, x, MAX_ANSWER, stop=MASK_ID, lengths=lengths if len(batch) > 1 else None)
        for i, ids in zip(batch, out[:, x.size(1) :].tolist()):
            answer = vocabulary.decode(ids).split(MASK_CHAR)[0]
            answers[i] = " ".join(answer.splitlines())
    return answers


def count_correct(answers, predictions):
    """(total, correct) of two lists of the same length; an answer that is None isn't counted."""
    pairs = [(a, p) for a, p in zip(answers, predictions) if a is not None]
    return len(pairs), sum(answer == predicted for answer, predicted in pairs)


def count_by_question(questions, answers, predictions, documents):
    """{question: (total, correct)} if several are asked of the documents' titles, else an empty dict.

    A question is written with NAME for the title. Those that few ask alike are counted together, as "others".
    """
    groups = group_questions(match_questions(questions, index_titles(documents)))
    if len(groups) < 2:
        return {}
    named = {"NAME".join(frame): indices for frame, indices in groups.items()}
    named["others"] = set(range(len(questions))).difference(*groups.values())
    counts = {
        name: count_correct([answers[i] for i in indices], [predictions[i] for i in indices])
        for name, indices in named.items()
    }
    return {name: count for name, count in counts.items() if count[0]}
