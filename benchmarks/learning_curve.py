"""Accuracy after each pass of training, with and without pretraining, as CSV.

    bash reproduce.sh --keep
    python benchmarks/learning_curve.py --out docs/curve.csv

A row is one of the parameter files that reproduce.sh has kept, asked the questions of the dev set.
Minutes count training only, pretraining included. benchmarks/plot.py draws the result.
"""

import argparse
import csv
import sys

from handout import list_kept
from plain import ROOT

from answers import count_correct, predict
from cards import read_card
from formats import read_questions
from models import open_model

COLUMNS = ["variant", "pretraining", "stage", "pass", "minutes", "loss", "accuracy"]
TRAININGS = {"without": [("finetune", "model")], "with": [("pretrain", "pretrain"), ("finetune", "finetune")]}


def measure(path, corpus_path, dev):
    """(row, seconds) of one parameter file: what it answers, and how long its training had taken."""
    card, _ = read_card(path)
    corpus, model, _ = open_model(card["variant"], corpus_path, params_path=path)
    questions, answers = read_questions(dev)
    total, correct = count_correct(answers, predict(model, corpus.vocabulary, questions))
    passes, loss = len(card["losses"]), card["losses"][-1]
    row = {"variant": card["variant"], "pass": passes, "loss": f"{loss:.4f}"}
    return {**row, "accuracy": f"{100 * correct / total:.1f}"}, card["seconds"]


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--folder", default=str(ROOT), help="where reproduce.sh has run")
    parser.add_argument("--corpus", default=str(ROOT / "wiki.txt"))
    parser.add_argument("--dev", default=str(ROOT / "birth_dev.tsv"))
    parser.add_argument("--variants", nargs="+", default=["vanilla", "synthesizer"])
    parser.add_argument("--out", help="the CSV file; default: standard output")
    options = parser.parse_args(argv)
    rows = []
    for variant in options.variants:
        for pretraining, stages in TRAININGS.items():
            before = seconds = 0
            for stage, name in stages:
                kept = list_kept(f"{options.folder}/{variant}.{name}.params")
                if not kept:
                    sys.exit(f"error: no {options.folder}/{variant}.{name}.params.N: bash reproduce.sh --keep")
                for path in kept:
                    row, seconds = measure(path, options.corpus, options.dev)
                    minutes = f"{(before + seconds) / 60:.3f}"
                    rows.append({**row, "pretraining": pretraining, "stage": stage, "minutes": minutes})
                    print(*rows[-1].values(), file=sys.stderr)
                before += seconds
    out = open(options.out, "w", encoding="utf-8", newline="") if options.out else sys.stdout
    table = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows(rows)


if __name__ == "__main__":
    main()
