"""A fact that was read in one wording cannot be asked for; read in several, it can.

Allen-Zhu and Li 2023, Physics of Language Models: Part 3.1 (arXiv 2309.14316), section 4

    python lab/augmentation.py [--seed 0] [--quick]

Each person has a place of birth, an employer and a subject. A model reads texts about all people:
one text a person, or several in other wordings, then also with the facts in any order, then also
with the full name instead of "This one". All conditions read equally many texts. The questions
about half of the people are learned after that, by finetuning, or mixed among the texts. Then the
other half of the people is asked, too. "In its text" is the share of facts with which a model
completes the texts that it has read. The attention is rope, as the names stand anywhere.
"""

import random
import sys
from copy import deepcopy

from frame import GENTLY, MASK_CHAR, invent_people, main, pair, score, train

FIRMS = "Acme Brixo Calto Dorn Elvex Fimco Gansa Hulo Imdex Jorak Kelvo Lumix Morbo Nexar Optra"
SUBJECTS = "art botany chess dance ethics French golf history judo Korean law music opera poetry"
WORDINGS = (
    ("was born in", "comes from", "grew up in", "hails from", "is from"),
    ("works for", "is paid by", "serves", "joined", "earns at"),
    ("studied", "read", "teaches", "practises", "knows"),
)
QUESTIONS = ("Where was {} born?", "Who pays {}?", "What did {} study?")
CONDITIONS = {  # several wordings, any order, full names
    "one text": (False, False, False),
    "wordings": (True, False, False),
    "+ order": (True, True, False),
    "+ name": (True, True, True),
}


def write_text(name, facts, wordings, order, full_name):
    """Return the parts of a text about a person, [(text before a fact, fact), ...] in this order.

    wordings: the number of each fact's wording.
    """
    parts, before = [], ""
    for kind in order:
        subject = name if full_name or not parts else "This one"
        before += f"{subject} {WORDINGS[kind][wordings[kind]]} "
        parts.append((before, facts[kind]))
        before += facts[kind] + ". "
    return parts


def write_texts(people, copies, condition, rng):
    """Return `copies` texts of each person, which differ in what the condition allows."""
    several, any_order, full_name = CONDITIONS[condition]
    texts = []
    for name, facts in people:
        fixed = [rng.randrange(5) for _ in WORDINGS]
        for _ in range(copies if several else 1):
            wordings = [rng.randrange(5) for _ in WORDINGS] if several else fixed
            order = rng.sample(range(3), 3) if any_order else range(3)
            texts.append(write_text(name, facts, wordings, order, full_name))
    return texts


def ask_all(people):
    """Return the examples of all questions about the people [(name, facts), ...]."""
    asked = [(q.format(name), fact) for name, facts in people for q, fact in zip(QUESTIONS, facts)]
    return [pair(*each) for each in asked]


def measure(seed, people, copies, exposures, epochs, conditions=CONDITIONS, **shape):
    rng = random.Random(seed)
    names, places = invent_people(people, seed)
    firms, subjects = (rng.choices(kind.split(), k=people) for kind in (FIRMS, SUBJECTS))
    everyone = list(zip(names, zip(places, firms, subjects)))
    taught, others = everyone[: people // 2], everyone[people // 2 :]
    for condition in conditions:
        texts = write_texts(everyone, copies, condition, rng)
        examples = [("", before + fact + "." + MASK_CHAR) for *_, (before, fact) in texts]
        readings = exposures * people // len(examples)
        reader = train(examples, readings, seed, **shape)
        yield "", "in its text", condition, score(reader, [part for text in texts for part in text])
        model = train(ask_all(taught), epochs, seed, deepcopy(reader), settings=GENTLY)
        yield "", "asked, finetuned people", condition, score(model, ask_all(taught))
        yield "", "asked, other people", condition, score(model, ask_all(others))
        asked = ask_all(taught)  # about half the number of the texts, where these are several
        asked *= max(1, len(examples) // (2 * len(asked)))
        model = train(examples + asked, readings, seed, **shape)
        yield "", "asked, other people, mixed", condition, score(model, ask_all(others))


FULL = dict(people=200, copies=6, exposures=48, epochs=20, variant="rope")
QUICK = dict(people=8, copies=2, exposures=4, epochs=1, n_layer=1, n_embd=16, conditions=["+ name"])

if __name__ == "__main__":
    sys.exit(main(measure, FULL, QUICK, "texts of each person", "right, %"))
