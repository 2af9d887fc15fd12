"""The accuracy of answering "London" to everything: what a model must beat.

    python london_baseline.py [birth_dev.tsv]
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "src"))

from files import InputError  # noqa: E402
from formats import read_questions  # noqa: E402
from utils import evaluate_places  # noqa: E402


def score_constant(path, answer="London"):
    """(total, correct) of one answer to every question of the pairs file at `path`."""
    questions, _ = read_questions(path)
    return evaluate_places(path, [answer] * len(questions))


def main(path="birth_dev.tsv"):
    try:
        total, correct = score_constant(path)
        if not total:
            raise InputError(f"{path}: no answers to score by: give a file of questions and answers")
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"Correct: {correct} out of {total}: {100 * correct / total}%")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
