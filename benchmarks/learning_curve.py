"""Accuracy after each pass of training, with and without pretraining, as CSV.

    bash reproduce.sh --keep
    python benchmarks/learning_curve.py --out docs/curve.csv

A row is one of the parameter files that reproduce.sh has kept, asked the questions of the dev set.
Minutes count training only, pretraining included. benchmarks/plot.py draws the result.
"""

import argparse
import csv
import sys

from handout import score_answers
from plain import ROOT

from cards import read_card
from formats import read_questions
from models import open_model
from parameters import list_kept

COLUMNS = ["variant", "pretraining", "stage", "pass", "minutes", "loss", "accuracy"]
TRAININGS = {"without": [("finetune", "model")], "with": [("pretrain", "pretrain"), ("finetune", "finetune")]}


def follow(variant, pretraining, options, questions, answers):
    """Yields the rows of one curve, one for each kept file of its trainings."""
    before = 0  # seconds that the stages before took
    for stage, name in TRAININGS[pretraining]:
        output = f"{options.folder}/{variant}.{name}.params"
        kept = list_kept(output)
        if not kept:
            sys.exit(f"error: no {output}.N: bash reproduce.sh --keep")
        for path in kept.values():
            card, _ = read_card(path)
            corpus, model, _ = open_model(card["variant"], options.corpus, params_path=path)
            yield {
                "variant": card["variant"],
                "pretraining": pretraining,
                "stage": stage,
                "pass": len(card["losses"]),
                "minutes": f"{(before + card['seconds']) / 60:.3f}",
                "loss": f"{card['losses'][-1]:.4f}",
                "accuracy": f"{score_answers(model, corpus.vocabulary, questions, answers):.1f}",
            }
        before += card["seconds"]


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--folder", default=str(ROOT), help="where reproduce.sh has run")
    parser.add_argument("--corpus", default=str(ROOT / "wiki.txt"))
    parser.add_argument("--dev", default=str(ROOT / "birth_dev.tsv"))
    parser.add_argument("--variants", nargs="+", default=["vanilla", "synthesizer"])
    parser.add_argument("--out", help="the CSV file; default: standard output")
    options = parser.parse_args(argv)
    questions, answers = read_questions(options.dev)
    rows = []
    for variant in options.variants:
        for pretraining in TRAININGS:
            for row in follow(variant, pretraining, options, questions, answers):
                print(*row.values(), file=sys.stderr)
                rows.append(row)
    out = open(options.out, "w", encoding="utf-8", newline="") if options.out else sys.stdout
    table = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows(rows)


if __name__ == "__main__":
    main()
