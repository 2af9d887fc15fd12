"""A fact that was read in one direction is not known in the other: the reversal curse.

Berglund et al. 2023, The Reversal Curse (arXiv 2309.12288)

    python lab/reversal.py [--seed 0] [--quick]

A model reads "NAME wrote TITLE" about all people, and of a share of them also "TITLE was written by
NAME". No title and no name occurs twice. It is asked for the titles, which it has read in this
direction, and for the authors, apart for the people whom it has read in both directions and for
those whom it has not. Names and titles are trained too, so that the model can write both.
"""

import random
import sys

from frame import MASK_CHAR, combine, invent_people, main, score, train

ADJECTIVES = combine("Bright Cold Dark Faint Grim Late Old Young", "ish er est ened")
THINGS = combine("Bird Cloud Door Fire Lamp Moon Road Tree", "s path house light")


def ask_titles(books):
    return [(f"{name} wrote" + MASK_CHAR, title + MASK_CHAR) for name, title in books]


def ask_authors(books):
    return [(f"{title} was written by" + MASK_CHAR, name + MASK_CHAR) for name, title in books]


def read_wholly(examples):
    """Return examples of which the question is trained too, as in a text that is only read."""
    return [("", read + learned) for read, learned in examples]


def measure(seed, people, exposures, shares=(0, 0.5, 0.9), **shape):
    names, _ = invent_people(people, seed)
    numbers = random.Random(seed).sample(range(len(ADJECTIVES) * len(THINGS)), people)
    titles = [f"{ADJECTIVES[n // len(THINGS)]} {THINGS[n % len(THINGS)]}" for n in numbers]
    books = list(zip(names, titles))
    for share in shares:
        both = books[: round(share * people)]
        forward = books[len(both) :]
        examples = read_wholly(ask_titles(books) + ask_authors(both))
        model = train(examples, exposures, seed, **shape)
        yield "", "title, as it was read", share, score(model, ask_titles(books))
        if both:
            yield "", "author, read both ways", share, score(model, ask_authors(both))
        yield "", "author, never read so", share, score(model, ask_authors(forward))


FULL = dict(people=200, exposures=50)
QUICK = dict(people=8, exposures=2, n_layer=1, n_embd=16, shares=[0.5])

if __name__ == "__main__":
    sys.exit(main(measure, FULL, QUICK, "share of people read both ways", "right, %"))
