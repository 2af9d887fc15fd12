"""A fact is found under the prompts that it was stored with: their words and their places.

Our own finding (docs/results.md, "Questions that are written differently")

    python lab/prompts.py [--seed 0] [--quick]

A model is asked where people were born, in 1 to 8 wordings, the name first, last or between. Each
person is asked for equally often. In one half of the trainings 0 to 14 other characters stand
before each prompt. Asked is the first wording, as it is and behind 10 characters; the second, in
which the name comes first; and wordings that no training has, with the name last and between.
"""

import sys

from frame import ask_places, invent_people, main, move, score, set_seed, train

WORDINGS = (
    "Where was {} born?",
    "{} was born in",
    "In which town was {} born?",
    "place of birth of {}:",
    "Name the town that {} comes from",
    "{}, place of birth:",
    "Which town does {} come from?",
    "born in which town: {}",
)
UNSEEN = {"unseen, name last": "Name the birthplace of {}", "unseen, between": "Is {} born where?"}


def ask_in(wordings, names, places):
    return [each for wording in wordings for each in ask_places(names, places, wording)]


def measure(seed, people, exposures, numbers=(1, 2, 4, 8), **shape):
    names, places = invent_people(people, seed)
    asked = {"first wording": ask_places(names, places)}
    set_seed(seed)
    moved = [(move(read, 10), learned) for read, learned in asked["first wording"]]
    asked["first, 10 later"] = moved
    for name, wording in {"second wording": WORDINGS[1], **UNSEEN}.items():
        asked[name] = ask_places(names, places, wording)
    for panel, before in (("in one place", 0), ("moved", 14)):
        for number in numbers:
            examples = ask_in(WORDINGS[:number], names, places)
            model = train(examples, max(1, exposures // number), seed, before=before, **shape)
            for name, questions in asked.items():
                yield f"trained {panel}", name, number, score(model, questions)


FULL = dict(people=150, exposures=48)
QUICK = dict(people=8, exposures=2, n_layer=1, n_embd=16, numbers=[2])

if __name__ == "__main__":
    sys.exit(main(measure, FULL, QUICK, "wordings in training", "right, %"))
