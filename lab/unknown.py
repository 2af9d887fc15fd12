"""Finetuning on facts that a model does not know makes it forget those that it knows.

Gekhman et al. 2024, Does Fine-Tuning LLMs on New Knowledge Encourage Hallucinations?
(arXiv 2405.05904)

    python lab/unknown.py [--seed 0] [--quick]

A model learns where people were born. It is then finetuned on the same question about 60 people: a
share of them it does not know, the others it does. Then it is asked about the people whom it knew
and who are not in the finetuning. A finetuning on the known ones of the 60 alone is the control: it
repeats the same known facts, and lacks the unknown ones. "Invented" is the mean confidence of its
answers about people of whom no text says anything, which it should not be able to answer.
"""

import sys
from copy import deepcopy

from frame import GENTLY, VOCABULARY, ask_places, invent_people, main, score, train

from answering.answers import answer_questions


def mix(known, unknown, share, count):
    """Return `count` examples of which this share is unknown."""
    new = round(share * count)
    return unknown[:new] + known[: count - new]


def measure_confidence(model, examples):
    """Return the mean confidence, in %, of the model's answers to the examples' questions."""
    questions = [read[:-1] for read, _ in examples]  # without the mark, which is put there again
    answers = answer_questions(model, VOCABULARY, questions)
    return 100 * sum(answer.confidence for answer in answers) / len(answers)


def measure(seed, people, exposures, tuned, epochs, shares=(0, 0.25, 0.5, 0.75, 1), **shape):
    facts = ask_places(*invent_people(people + 2 * tuned, seed))
    known, unknown, invented = facts[:people], facts[people:][:tuned], facts[-tuned:]
    before = train(known, exposures, seed, **shape)
    others = known[tuned:]

    def finetune(examples):
        return train(examples, epochs, seed, deepcopy(before), settings=GENTLY)

    for label, share in [("before", None), *((str(share), share) for share in shares)]:
        examples = mix(known, unknown, share or 0, tuned)
        model = before if share is None else finetune(examples)
        yield "right", "people of the finetuning", label, score(model, examples)
        yield "right", "others, known before", label, score(model, others)
        if share and share < 1:
            alone = finetune([example for example in examples if example in known])
            yield "right", "others, after the known ones alone", label, score(alone, others)
        yield "confidence", "others, known before", label, measure_confidence(model, others)
        yield "confidence", "invented", label, measure_confidence(model, invented)


FULL = dict(people=200, exposures=30, tuned=60, epochs=40)
QUICK = dict(people=8, exposures=2, tuned=4, epochs=1, n_layer=1, n_embd=16, shares=[0.5])

if __name__ == "__main__":
    sys.exit(main(measure, FULL, QUICK, "share of unknown facts in finetuning", "%"))
