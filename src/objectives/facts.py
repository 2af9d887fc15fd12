"""Choose each document's fact: the phrase that says what most documents say of their titles.

In a corpus of lives that is where the person was born. Each document says it once, in words that
recur ("born in", "native of", "hails from"), among phrases that say something else ("died in").
So the place of the fact among a document's phrases is a latent variable: the features of facts have
one distribution, those of other phrases another, and EM finds both (Dempster et al. 1977; naive
Bayes with hidden classes: Nigam et al. 2000). A document of one phrase shows what facts look like.
"""

from collections import Counter

import numpy as np

N_ITERATIONS = 30
SMOOTHING = 0.1  # occurrences of every feature that are added to those counted


def choose_facts(described):
    """Return the place of the fact among each document's phrases, a list.

    described: for each document the features of its phrases, one at least, [[feature, ...], ...]. A
    feature that occurs once in the corpus says nothing and is left out.
    """
    # Number the phrases and the recurring features; `starts` are the documents' first phrases.
    listed = [features for phrases in described for features in phrases]
    counts = Counter(each for features in listed for each in features)
    numbers = {each: n for n, each in enumerate(each for each in counts if counts[each] > 1)}
    sizes = np.array([len(phrases) for phrases in described])
    starts = np.cumsum(sizes) - sizes
    pairs = [(n, numbers[each]) for n, row in enumerate(listed) for each in row if each in numbers]
    phrase, feature = np.array(pairs, dtype=int).reshape(-1, 2).T
    total = np.bincount(feature, minlength=len(numbers))
    # At first each phrase of a document is as likely to be its fact.
    probs = np.repeat(1 / sizes, sizes)
    for _ in range(N_ITERATIONS):
        # M step: how often facts and other phrases have each feature.
        facts = np.bincount(feature, probs[phrase], len(numbers))
        facts, others = facts + SMOOTHING, total - facts + SMOOTHING
        ratios = np.log(facts / facts.sum()) - np.log(others / others.sum())
        # E step: a softmax over each document's phrases.
        scores = np.bincount(phrase, ratios[feature], len(listed))
        scores -= np.repeat(np.maximum.reduceat(scores, starts), sizes)
        probs = np.exp(scores)
        probs /= np.repeat(np.add.reduceat(probs, starts), sizes)
    return [int(each.argmax()) for each in np.split(scores, starts[1:])]
