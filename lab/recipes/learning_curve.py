"""Measure the accuracy after each epoch of training, with and without pretraining, as CSV.

    bash reproduce.sh --keep
    python lab/recipes/learning_curve.py > docs/curve.csv

A row is one of the parameter files that reproduce.sh has kept, asked the questions of the dev set.
Minutes count training only, pretraining included. page/plot_table.py draws the result.
"""

import csv
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[1:1] = [str(ROOT / "src"), str(ROOT / "page")]

from gather import TRAININGS, parse_folder  # noqa: E402
from handout import list_epochs, read_kept_card  # noqa: E402

from answering.answers import count_correct, predict  # noqa: E402
from runs.loading import open_model  # noqa: E402
from text.console import InputError, Parser, report_mistakes  # noqa: E402
from text.formats import read_answered  # noqa: E402

COLUMNS = ["variant", "pretraining", "stage", "epoch", "minutes", "loss", "accuracy"]


def follow(folder, variant, pretraining):
    """Yield (path of the parameters, row without its accuracy) of each epoch of one curve."""
    before = 0  # seconds of the stage before
    for stage, name in TRAININGS[pretraining]:
        output = str(Path(folder, f"{variant}.{name}.params"))
        paths = list_epochs(output)
        if not paths:
            raise InputError(f"{output}.epochs: no epochs there: bash reproduce.sh --keep")
        for path in paths:
            card = read_kept_card(path)
            minutes = f"{(before + card['seconds']) / 60:.3f}"
            row = variant, pretraining, stage, len(card["losses"]), minutes
            yield path, [*row, f"{card['losses'][-1]:.4f}"]
        before += card["seconds"]


@report_mistakes
def main(argv=None):
    parser = Parser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--variants", nargs="+", default=["vanilla", "synthesizer"])
    options = parse_folder(parser, argv)
    questions, answers = read_answered(options.dev)
    curves = [(variant, pretraining) for variant in options.variants for pretraining in TRAININGS]
    kept = [each for curve in curves for each in follow(options.folder, *curve)]
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(COLUMNS)
    for path, row in kept:
        corpus, model, _ = open_model(row[0], options.corpus, params_path=path)
        total, correct = count_correct(answers, predict(model, corpus.vocabulary, questions))
        table.writerow([*row, f"{100 * correct / total:.1f}"])
        print(*row, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
