"""Accuracy after each pass of training, with and without pretraining, as CSV.

    python benchmarks/learning_curve.py --out docs/curve.csv
    python benchmarks/learning_curve.py --corpus DIR/wiki.txt --pairs DIR/train.tsv --dev DIR/dev.tsv

With pretraining, the model is asked the questions of the dev set after each pass of pretraining and
then of finetuning. Without it, after each pass of finetuning. Minutes count training only, not the
asking. benchmarks/plot.py draws the result.
"""

import argparse
import csv
import sys
import time

from plain import ROOT

from answers import count_correct, predict
from dataset import read_pairs
from devices import flush_denormals
from formats import read_questions
from models import open_model
from objectives import make_dataset, make_finetuning_dataset, reads_pairs
from recipes import RECIPES, trainer_config
from trainer import Trainer
from utils import set_seed

COLUMNS = ["variant", "pretraining", "stage", "pass", "minutes", "loss", "accuracy"]


class Curve:
    """Rows of a learning curve. An object is Trainer.train's after_step."""

    def __init__(self, score, **names):
        self.score, self.names, self.rows = score, names, []
        self.minutes, self.since = 0.0, time.perf_counter()

    def start(self, stage):
        """A stage of training begins."""
        self.names["stage"] = stage
        self.since = time.perf_counter()

    def __call__(self, trainer):
        if len(trainer.losses) < trainer.steps_per_epoch:
            return
        self.minutes += (time.perf_counter() - self.since) / 60
        loss = sum(trainer.losses) / len(trainer.losses)
        numbers = {"pass": len(trainer.history) + 1, "minutes": f"{self.minutes:.3f}"}
        numbers.update(loss=f"{loss:.4f}", accuracy=f"{self.score(trainer.model):.1f}")
        self.rows.append({**self.names, **numbers})
        print(*self.rows[-1].values(), file=sys.stderr)
        self.since = time.perf_counter()


def measure(variant, pretraining, options):
    """The rows of one curve."""
    recipe = options.recipe
    set_seed(options.seed)
    corpus, model, _ = open_model(variant, options.corpus, recipe)
    pairs = read_pairs(corpus, options.pairs)
    questions, answers = read_questions(options.dev)

    def score(model):
        total, correct = count_correct(answers, predict(model, corpus.vocabulary, questions))
        return 100 * correct / total

    def train(stage, dataset):
        config = trainer_config(recipe, stage, len(corpus), len(dataset), seed=options.seed)
        curve.start(stage.split("_")[0])
        Trainer(model, dataset, None, config).train(curve)

    curve = Curve(score, variant=variant, pretraining="with" if pretraining else "without")
    if not pretraining:
        train("finetune_from_scratch", pairs)
        return curve.rows
    seen = dict(finetune_corpus_path=options.pairs) if reads_pairs(recipe) else {}
    train("pretrain", make_dataset(corpus, recipe, **seen))
    train("finetune_pretrained", make_finetuning_dataset(corpus, recipe, pairs))
    return curve.rows


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--corpus", default=str(ROOT / "wiki.txt"))
    parser.add_argument("--pairs", default=str(ROOT / "birth_places_train.tsv"))
    parser.add_argument("--dev", default=str(ROOT / "birth_dev.tsv"))
    parser.add_argument("--recipe", choices=list(RECIPES), default="fast")
    parser.add_argument("--variants", nargs="+", default=["vanilla", "synthesizer"])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", help="the CSV file; default: standard output")
    options = parser.parse_args(argv)
    flush_denormals()
    rows = []
    for variant in options.variants:
        for pretraining in (False, True):
            rows += measure(variant, pretraining, options)
    out = open(options.out, "w", encoding="utf-8", newline="") if options.out else sys.stdout
    table = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows(rows)


if __name__ == "__main__":
    main()
