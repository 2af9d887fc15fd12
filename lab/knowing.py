"""Confidence separates what is stored rightly from what is stored halfway, not from errors.

Kadavath et al. 2022, Language Models (Mostly) Know What They Know (arXiv 2207.05221)
Gekhman et al. 2024 (arXiv 2405.05904) for the second half; AUROC: page/metrics.py

    pip install -r requirements-report.txt; python lab/knowing.py [--seed 0] [--quick]

Documents name a place of birth and one of death, in either order and several wordings, of which one
may mean both. A model is asked for the birth: for some people it is trained on the place of death
(stored wrongly), for some only a few times (halfway), for the others rightly.
AUROC is the chance that a right answer has a higher score than a wrong one. The scores are the
model's confidence; support, which a policy learned from pairs gives the answer by the document
(docs/knowing.md); and their product. "After" is after a finetuning on unknown facts.
"""

import random
import sys

from frame import GENTLY, MASK_CHAR, VOCABULARY, ask_places, invent_people, main, train
from metrics import measure_auroc

from answering.answers import answer_questions
from answering.provenance import Provenance

BORN = ("born in", "native of", "raised in", "seen in")
DIED = ("died in", "buried in", "killed in", "seen in")


def write_documents(names, births, deaths, seed):
    """Return a text about each person, with both places in one of the wordings each."""
    rng, documents = random.Random(seed), []
    for name, birth, death in zip(names, births, deaths):
        parts = [f"{rng.choice(BORN)} {birth}", f"{rng.choice(DIED)} {death}"]
        rng.shuffle(parts)
        documents.append(f"{name}. This one was {', '.join(parts)}.")
    return documents


def collect_scores(answers, supports):
    """Return {name: scores} of answers and the documents' support for them."""
    confidences = [answer.confidence for answer in answers]
    products = [a * b for a, b in zip(confidences, supports)]
    return {"confidence": confidences, "support": supports, "product": products}


def measure(seed, people, exposures, few, tuned, epochs, **shape):
    names, births = invent_people(people + tuned, seed)
    _, deaths = invent_people(people + tuned, seed + 1000)
    facts = ask_places(names, births)
    known, unknown, third = facts[:people], facts[people:], people // 3
    # Store a third of the facts rightly, ask for a third a few times, and store a third wrongly.
    rightly, halfway = known[:third] * exposures, known[third : 2 * third] * few
    wrongly = ask_places(names[2 * third : people], deaths[2 * third : people]) * exposures
    model = train(rightly + halfway + wrongly, 1, seed, **shape)
    documents = write_documents(names[:people], births, deaths, seed)
    questions = [read.removesuffix(MASK_CHAR) for read, _ in known]
    provenance = Provenance(documents, pairs=list(zip(questions, births))[:third])
    groups = {
        "rightly or halfway": range(2 * third),
        "rightly or wrongly": [*range(third), *range(2 * third, people)],
        "all": range(people),
    }
    for when in ("before", "after"):
        if when == "after":
            train(unknown, epochs, seed, model, settings=GENTLY)
        answers = answer_questions(model, VOCABULARY, questions)
        right = [answer.text == birth for answer, birth in zip(answers, births)]
        yield "right", "of all", when, sum(right) / people
        origins = provenance.trace(questions, [answer.text for answer in answers], births)
        scores = collect_scores(answers, [origin.support for origin in origins])
        for panel, group in groups.items():
            for name, values in scores.items():
                auroc = measure_auroc([values[i] for i in group], [right[i] for i in group])
                yield panel, name, when, auroc


FULL = dict(people=240, exposures=30, few=8, tuned=60, epochs=40)
QUICK = dict(people=24, exposures=2, few=1, tuned=4, epochs=1, n_layer=1, n_embd=16)

if __name__ == "__main__":
    sys.exit(main(measure, FULL, QUICK, "finetuning on unknown facts", "AUROC"))
