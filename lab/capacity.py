"""A model that is full stores about the same number of bits a parameter, however wide it is.

Allen-Zhu and Li 2024, Physics of Language Models: Part 3.3 (arXiv 2404.05405): 2 bits a parameter
after 1,000 exposures of each fact, 1 bit after 100

    python lab/capacity.py [--seed 0] [--quick]

Each person has a random code of letters, so that the bits of all codes are known. The number of
people is chosen so that the codes offer some bits to each of the model's parameters. What is stored
are these bits without those that the model lacks, by the loss of the codes (the paper's measure, of
the answers alone). Each code is asked for in every epoch.
"""

import math
import random
import string
import sys

from frame import compute_losses, invent_people, main, make_model, pair, train

LETTERS, LENGTH = string.ascii_lowercase[:16], 6
CODE_BITS = LENGTH * math.log2(len(LETTERS))  # 24


def invent_codes(people, seed):
    """Return the example of each person: the name is read, and a random code is the answer."""
    rng = random.Random(seed)
    names, _ = invent_people(people, seed)
    return [pair(name, "".join(rng.choices(LETTERS, k=LENGTH))) for name in names]


def count_bits(losses):
    """Return the bits of the codes that a model has stored, by its losses, in nats, of each."""
    return sum(max(0.0, CODE_BITS - loss / math.log(2)) for loss in losses)


def measure(seed, offers, exposures, **shape):
    for width, some in offers.items():
        parameters = sum(p.numel() for p in make_model(n_embd=width, **shape).parameters())
        for offer in some:
            codes = invent_codes(max(1, round(offer * parameters / CODE_BITS)), seed)
            settings = dict(batch_size=128, micro_batch_size=128)
            model = train(codes, exposures, seed, settings=settings, n_embd=width, **shape)
            bits = count_bits(compute_losses(model, codes)[0].tolist())
            yield "vanilla", f"{width} wide", offer, bits / parameters


FULL = dict(offers={16: (1, 2, 4), 32: (1, 2, 4), 64: (1, 2)}, exposures=100)
QUICK = dict(offers={8: (0.1,)}, exposures=2, n_layer=1)

if __name__ == "__main__":
    sys.exit(main(measure, FULL, QUICK, "bits offered a parameter", "bits stored a parameter"))
