"""New facts drive out old ones, unless some of the old are replayed; the old come back fast.

Chang et al. 2024, How Do Large Language Models Acquire Factual Knowledge During Pretraining?
(arXiv 2406.11813); Rolnick et al. 2019, Experience Replay for Continual Learning (arXiv 1811.11682)

    python lab/forgetting.py [--seed 0] [--quick]

A model learns where the people of a first corpus were born, and then those of a second, at a
constant learning rate: alone, or with a replay of some examples of the first. At last the model
without replay reads the first corpus again. After each number of epochs both are asked. The first
panel is a new model's reading of the first corpus, to compare with the last panel.
"""

import random
import sys
from copy import deepcopy

from frame import ask_places, invent_people, main, make_model, score, train

STEADY = dict(schedule="cosine", final_tokens=1e15)  # the learning rate stays


def measure(seed, people, epochs, replay=0.2, variant="vanilla", **shape):
    facts = ask_places(*invent_people(2 * people, seed))
    first, second = facts[:people], facts[people:]
    shown = [n for n in (0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32) if n <= epochs]

    def read(panel, examples, model):
        """Train the model and return the rows of its scores after the epochs to be shown."""
        rows = []

        def measure_both(model, epoch):
            if epoch in shown:
                for name, corpus in (("first corpus", first), ("second corpus", second)):
                    rows.append((panel, name, epoch, score(model, corpus)))

        measure_both(model, 0)
        train(examples, epochs, seed, model, after_epoch=measure_both, settings=STEADY)
        return rows

    model = make_model(variant, **shape)
    yield from read("first", first, model)
    replayed = random.Random(seed).sample(first, round(replay * people))
    yield from read(f"then second + {replay:.0%} of first", second + replayed, deepcopy(model))
    yield from read("then second", second, model)
    yield from read("then first again", first, model)


FULL = dict(people=150, epochs=24)
QUICK = dict(people=8, epochs=2, n_layer=1, n_embd=16)

if __name__ == "__main__":
    sys.exit(main(measure, FULL, QUICK, "epochs", "right, %"))
