"""Accuracy after each epoch of training, with and without pretraining, as CSV.

    bash reproduce.sh --keep
    python benchmarks/accuracy/learning_curve.py --out docs/curve.csv

A row is one of the parameter files that reproduce.sh has kept, asked the questions of the dev set.
Minutes count training only, pretraining included. page/plot_table.py draws the result.
"""

import csv
import sys
from contextlib import nullcontext
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))
from common import list_epochs, read_kept_card
from gather import TRAININGS, parse_folder

from answering.answers import count_correct, predict
from runs.loading import open_model
from text.console import InputError, Parser, report_mistakes
from text.files import check_output_path, write_atomically
from text.formats import read_answered

COLUMNS = ["variant", "pretraining", "stage", "epoch", "minutes", "loss", "accuracy"]


def read_cards(output, source):
    """Return {path: card} of the parameters after the epochs 1, 2, ..., n of a training.

    source: the fingerprint of the parameters that it started from, or None. Raises InputError if an
    epoch is missing or the training started from others.
    """
    cards = {path: read_kept_card(path) for path in list_epochs(output).values()}
    epochs = [len(card["losses"]) for card in cards.values()]
    last = list(cards.values())[-1] if cards else None
    if not last or epochs != list(range(1, last["settings"]["max_epochs"] + 1)):
        raise InputError(
            f"{output}.epochs: without all epochs of a training: bash reproduce.sh --keep, or name the "
            "--folder where they are"
        )
    if last["inputs"].get("reading_params_path", {}).get("fingerprint") != source:
        raise InputError(f"{output}: of another pretraining: bash reproduce.sh --keep")
    return cards


def follow(folder, variant, pretraining):
    """Yield (path, card, row) of each epoch of one curve; the row lacks its accuracy."""
    before, source = 0, None  # of the stage before: its seconds, and the fingerprint of what it made
    for stage, name in TRAININGS[pretraining]:
        cards = read_cards(str(Path(folder, f"{variant}.{name}.params")), source)
        for path, card in cards.items():
            yield path, card, {
                "variant": card["variant"],
                "pretraining": pretraining,
                "stage": stage,
                "epoch": len(card["losses"]),
                "minutes": f"{(before + card['seconds']) / 60:.3f}",
                "loss": f"{card['losses'][-1]:.4f}",
            }
        before += card["seconds"]
        source = card["parameters"]


def check_runs(folder, cards):
    """Raises InputError unless all trainings are of one recipe, seed and corpus."""
    runs = [
        (card["recipe"], card["settings"].get("seed"), card["inputs"]["corpus_path"]["fingerprint"])
        for card in cards
    ]
    if any(run != runs[0] for run in runs):
        raise InputError(f"{folder}: trainings of several recipes, seeds or corpora: bash reproduce.sh --keep")


@report_mistakes
def main(argv=None):
    parser = Parser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--variants", nargs="+", default=["vanilla", "synthesizer"])
    parser.add_argument("--out", help="the CSV file; default: standard output")
    options = parse_folder(parser, argv)
    questions, answers = read_answered(options.dev)
    curves = [(variant, pretraining) for variant in options.variants for pretraining in TRAININGS]
    kept = [each for curve in curves for each in follow(options.folder, *curve)]
    check_runs(options.folder, [card for _, card, _ in kept])
    if options.out:
        check_output_path(options.out, [options.corpus, options.dev, *(path for path, _, _ in kept)])
    for path, _, row in kept:
        corpus, model, _ = open_model(row["variant"], options.corpus, params_path=path)
        total, correct = count_correct(answers, predict(model, corpus.vocabulary, questions))
        row["accuracy"] = f"{100 * correct / total:.1f}"
        print(*row.values(), file=sys.stderr)
    with write_atomically(options.out) if options.out else nullcontext(sys.stdout) as out:
        table = csv.DictWriter(out, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(row for _, _, row in kept)


if __name__ == "__main__":
    sys.exit(main())
