"""Write the report of an evaluation: DIR/predictions.tsv, one row for each question, and its summary."""

import os
from collections import Counter
from itertools import compress

from answering.answers import count_correct, find_threshold
from answering.provenance import CLASSES, Origin
from text.files import InputError, write_atomically
from text.formats import format_row

TABLE = "predictions.tsv"
ABSTAINED = "unknown"  # in the place of an answer that is not confident enough
PRECISION = 0.95  # that the summary names a threshold for
COLUMNS = ["question", "answer", "confidence", "weakest", "gold", "correct", *Origin._fields]


def write_report(folder, questions, answers, golds, origins, min_confidence=0.0):
    """Write the table into the folder, made if missing; return its path.

    answers: from answer_questions; golds: the right answers, None where unknown; origins: from
    Provenance.trace. An answer below min_confidence loses its text and keeps its other columns.
    """
    path = os.path.join(folder, TABLE)
    try:
        os.makedirs(os.path.realpath(folder), exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror}: give another path") from None
    with write_atomically(path) as file:
        file.write(format_row(COLUMNS) + "\n")
        for question, answer, gold, origin in zip(questions, answers, golds, origins):
            text = answer.text if answer.confidence >= min_confidence else ABSTAINED
            correct = None if gold is None else answer.text == gold
            row = (question, text, answer.confidence, answer.weakest, gold, correct, *origin)
            file.write(format_row(row) + "\n")
    return path


def summarise(answers, golds, origins, min_confidence=None):
    """Return the summary's lines: answers by class, and what thresholds keep; arguments as above."""
    # Count the answers of each class.
    counts = Counter(origin.provenance for origin in origins)
    lines = [", ".join(f"{counts[name]} {name}" for name in CLASSES)]
    predictions, confidences = [a.text for a in answers], [a.confidence for a in answers]

    def describe(threshold):
        kept = [confidence >= threshold for confidence in confidences]
        line = f"keeps {sum(kept)} of {len(kept)} answers"
        total, correct = count_correct(list(compress(golds, kept)), list(compress(predictions, kept)))
        return f"{line}, {100 * correct / total:.1f} % of them right" if total else line

    # Describe the threshold that was given, and the best one.
    if min_confidence is not None:
        lines.append(f"--min_confidence {min_confidence:g} {describe(min_confidence)}")
    known = [gold is not None for gold in golds]
    if any(known):
        right = [gold == prediction for gold, prediction in zip(golds, predictions)]
        best = find_threshold(list(compress(confidences, known)), list(compress(right, known)), PRECISION)
        if best is None:
            lines.append(f"no --min_confidence makes {100 * PRECISION:g} % of the answers right")
        else:
            lines.append(f"for {100 * PRECISION:g} %: --min_confidence {best!r} {describe(best)}")
    return lines
