"""Whether a model knows a fact depends on how often it was asked for, and on the optimizer.

Kandpal et al. 2022, Large Language Models Struggle to Learn Long-Tail Knowledge (arXiv 2211.08411)
Mallen et al. 2022, When Not to Trust Language Models (PopQA; arXiv 2212.10511)

    python lab/frequency.py [--seed 0] [--quick]

The mentions of people follow a power law: the number of people with n mentions is twice the
number with 2 n. Each mention asks for the place of birth, all mentions are mixed, and training goes
once through them. The people are then asked again, in groups by their mentions. The series are the
attention variants with Muon, and vanilla with AdamW.
"""

import sys

from frame import ask_places, compute_losses, invent_people, main, train

ADAMW = dict(optimizer="adamw", learning_rate=1e-3)
SERIES = {name: (name, None) for name in ("vanilla", "synthesizer", "rope", "nope")}
SERIES["vanilla, AdamW"] = ("vanilla", ADAMW)


def share_mentions(people, largest, exponent=1.0):
    """Return how often each of `people` is mentioned, 1 to `largest` times, the most often last.

    The number of people with n mentions is proportional to n to the power of -exponent.
    """
    weights = [n**-exponent for n in range(1, largest + 1)]
    mentions, n, total = [], 1, weights[0]
    for person in range(people):
        while (person + 0.5) / people > total / sum(weights):
            total += weights[n]
            n += 1
        mentions.append(n)
    return mentions


def measure(seed, people, largest, series=SERIES, **shape):
    mentions = share_mentions(people, largest)
    facts = ask_places(*invent_people(people, seed))
    examples = [fact for fact, count in zip(facts, mentions) for _ in range(count)]
    for name in series:
        variant, settings = SERIES[name]
        model = train(examples, 1, seed, settings=settings, variant=variant, **shape)
        known = compute_losses(model, facts)[1].tolist()
        low = 1
        while low <= largest:
            group = [right for right, n in zip(known, mentions) if low <= n < 2 * low]
            if group:
                span = str(low) if low == 1 else f"{low}-{min(largest, 2 * low - 1)}"
                yield "", name, span, 100 * sum(group) / len(group)
            low *= 2


FULL = dict(people=1000, largest=63)
QUICK = dict(people=12, largest=4, n_layer=1, n_embd=16, series=["vanilla, AdamW"])

if __name__ == "__main__":
    sys.exit(main(measure, FULL, QUICK, "mentions of a person", "right, %"))
