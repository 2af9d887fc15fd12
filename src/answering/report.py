"""Write the report of an evaluation: DIR/predictions.tsv, a row a question, and its summary."""

import os
from collections import Counter

from answering.answers import count_correct, find_threshold, is_correct
from answering.provenance import CLASSES, Origin
from text.files import write_atomically
from text.formats import format_row

TABLE = "predictions.tsv"
ABSTAINED = "unknown"  # in the place of an answer that is not confident enough
PRECISION = 0.95  # that the summary names a threshold for
COLUMNS = ["question", "answer", "confidence", "weakest", "gold", "correct", *Origin._fields]


def write_report(folder, questions, answers, golds, origins, min_confidence=0.0):
    """Write the table into the folder, made if missing; return its path.

    answers: from answer_questions; golds: the right answers, None where unknown; origins: from
    Provenance.trace. The text of an answer below min_confidence is withheld.
    """
    path = os.path.join(folder, TABLE)
    os.makedirs(os.path.realpath(folder), exist_ok=True)
    with write_atomically(path) as file:
        file.write(format_row(COLUMNS) + "\n")
        for question, answer, gold, origin in zip(questions, answers, golds, origins):
            text = answer.text if answer.confidence >= min_confidence else ABSTAINED
            correct = None if gold is None else is_correct(gold, answer.text)
            row = (question, text, answer.confidence, answer.weakest, gold, correct, *origin)
            file.write(format_row(row) + "\n")
    return path


def summarise(answers, golds, origins, min_confidence=None):
    """Return the summary's lines: answers by class, and what thresholds keep. See write_report."""
    counts = Counter(origin.provenance for origin in origins)
    lines = [", ".join(f"{counts[name]} {name}" for name in CLASSES)]
    # Describe the threshold that was given, and the best one.
    if min_confidence is not None:
        kept = describe_kept(answers, golds, min_confidence)
        lines.append(f"--min_confidence {min_confidence:g} {kept}")
    known = [(a.confidence, is_correct(g, a.text)) for a, g in zip(answers, golds) if g is not None]
    if known:
        best, share = find_threshold(*zip(*known), PRECISION), f"{100 * PRECISION:g} %"
        if best is None:
            lines.append(f"no --min_confidence makes {share} of the answers right")
        else:
            kept = describe_kept(answers, golds, best)
            lines.append(f"for {share}: --min_confidence {best!r} {kept}")
    return lines


def describe_kept(answers, golds, threshold):
    """Return how many answers a threshold keeps, and how many of these are right, in words."""
    kept = [(a.text, gold) for a, gold in zip(answers, golds) if a.confidence >= threshold]
    total, correct = count_correct([gold for _, gold in kept], [text for text, _ in kept])
    right = f", {100 * correct / total:.1f} % of them right" if total else ""
    return f"keeps {len(kept)} of {len(answers)} answers{right}"
