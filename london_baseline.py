"""Measure the accuracy of answering "London" to everything, which a model must beat.

    python london_baseline.py [birth_dev.tsv]
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "src"))

from answering.answers import count_correct  # noqa: E402
from text.console import report_mistakes  # noqa: E402
from text.formats import read_answered  # noqa: E402


def score_constant(path, answer="London"):
    """(total, correct) of one answer to every question of the pairs file at `path`."""
    _, answers = read_answered(path)
    return count_correct(answers, [answer] * len(answers))


@report_mistakes
def main(path="birth_dev.tsv"):
    total, correct = score_constant(path)
    print(f"Correct: {correct} out of {total}: {100 * correct / total}%")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
