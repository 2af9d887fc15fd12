"""What happens when questions are written differently, in training and at evaluation.

    python benchmarks/accuracy/phrasings.py --corpus DIR/wiki.txt --pairs DIR/birth_places_train.tsv

Trains the recipe `fast` on all but the last 400 pairs: as they are, with half of the questions
rephrased, and with one in twenty damaged (without its question mark, in lower case, or with a space
behind it). Each model is then asked the held-out questions in several phrasings. With --folder the
trained parameters are kept there, and used if they are there already.
"""

import random
import sys
import tempfile
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))
from common import ROOT, split_pairs
from time_to_accuracy import measure

from answering.answers import count_correct, predict
from attention import ATTENTION
from runs.loading import open_model
from text.console import Parser, report_mistakes
from text.formats import read_answered, read_questions

ANOTHER = "In which place was {} born?"
ASKED = {
    "as it is": "Where was {} born?",
    "without ?": "Where was {} born",
    "lower case": None,
    "In which place": ANOTHER,
    "What is the birthplace": "What is the birthplace of {}?",
}


def get_name(question):
    """The NAME of "Where was NAME born?"."""
    return question.removeprefix("Where was ").removesuffix(" born?")


def rephrase(questions):
    """Every second question in another phrasing."""
    return [q if i % 2 else ANOTHER.format(get_name(q)) for i, q in enumerate(questions)]


def damage(questions):
    """One question in twenty loses its question mark, its capitals, or gets a space at its end."""
    hit = set(random.Random(0).sample(range(len(questions)), len(questions) // 20))
    ways = (lambda q: q[:-1], str.lower, lambda q: q + " ")
    return [ways[i % 3](q) if i in hit else q for i, q in enumerate(questions)]


TRAINED = {"as they are": list, "half rephrased": rephrase, "5 % damaged": damage}


def ask(questions, phrasing):
    """The questions in a phrasing; None is lower case."""
    return [phrasing.format(get_name(q)) if phrasing else q.lower() for q in questions]


@report_mistakes
def main():
    parser = Parser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--corpus", default=str(ROOT / "wiki.txt"))
    parser.add_argument("--pairs", default=str(ROOT / "birth_places_train.tsv"))
    parser.add_argument("--variants", nargs="+", choices=list(ATTENTION), default=["vanilla"])
    parser.add_argument("--trained", nargs="+", choices=list(TRAINED), default=list(TRAINED))
    parser.add_argument("--folder", help="where to keep the trained parameters")
    options = parser.parse_args()
    print("| variant | training questions | " + " | ".join(ASKED) + " |")
    print("|---|---|" + "---|" * len(ASKED), flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        train, dev = split_pairs(options.pairs, folder)
        questions, answers = read_answered(train)
        held_out, truth = read_questions(dev)
        for variant in options.variants:
            for kind in options.trained:
                own = Path(options.folder or name) / f"{variant} {kind}"
                if not (own / "tuned").exists():
                    own.mkdir(parents=True, exist_ok=True)
                    written = TRAINED[kind](questions)
                    rows = [f"{q}\t{a}\n" for q, a in zip(written, answers)]
                    (own / "train.tsv").write_text("".join(rows), encoding="utf-8")
                    pairs = str(own / "train.tsv")
                    measure(variant, options.corpus, pairs, dev, own, ("--seed", "0"), ())
                corpus, model, _ = open_model(variant, options.corpus, None, str(own / "tuned"))
                cells = []
                for phrasing in ASKED.values():
                    found = predict(model, corpus.vocabulary, ask(held_out, phrasing))
                    total, correct = count_correct(truth, found)
                    cells.append(f"{100 * correct / total:.1f} %")
                print(f"| {variant} | {kind} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
