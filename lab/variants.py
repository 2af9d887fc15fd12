"""The attention variant decides how far a fact stored at some positions is found at others.

Su et al. 2021, RoFormer (arXiv 2104.09864); Kazemnejad et al. 2023, The Impact of Positional
Encoding on Length Generalization (arXiv 2305.19466); Tay et al. 2020, Synthesizer (2005.00743)

    python lab/variants.py [--seed 0] [--quick]

Each variant is asked where people were born, once always at the start of the text, once with 0 to
14 other characters before. Then it is asked with a fixed number of characters before the question.
"""

import sys

from frame import ask_places, invent_people, main, move, score, set_seed, train

from attention import ATTENTION


def measure(seed, people, exposures, variants=tuple(ATTENTION), shifts=(0, 3, 7, 14, 28), **shape):
    facts = ask_places(*invent_people(people, seed))
    for panel, before in (("in one place", 0), ("moved by 0 to 14", 14)):
        for variant in variants:
            model = train(facts, exposures, seed, before=before, variant=variant, **shape)
            for shift in shifts:
                set_seed(seed)
                asked = [(move(read, shift), learned) for read, learned in facts]
                yield f"trained {panel}", variant, shift, score(model, asked)


FULL = dict(people=150, exposures=48)
QUICK = dict(people=8, exposures=2, n_layer=1, n_embd=16, variants=["rope"], shifts=[0])

if __name__ == "__main__":
    sys.exit(main(measure, FULL, QUICK, "characters before the question", "right, %"))
