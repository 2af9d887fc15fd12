"""Which part of the recipe `fast` its accuracy comes from: one change at a time, at equal time.

    python benchmarks/accuracy/ablation.py [--minutes 4] [--variant vanilla] [--rows NAME ...]
    python benchmarks/accuracy/ablation.py --corpus DIR/wiki.txt --pairs DIR/birth_places_train.tsv

Each row pretrains for as many epochs as fit into the minutes, by the speed of its first steps, or
for `--epochs`. It is then scored on the last 400 training pairs, which it has not seen, as it is,
after the recipe's finetuning, and after a longer and stronger one (4 epochs, 5e-4).
"""

import sys
import tempfile
import time
from dataclasses import replace
from itertools import islice
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))
import torch
from common import HELD_OUT, ROOT, split_pairs

from answering.answers import count_correct, predict
from attention import ATTENTION
from dataset import load_corpus, read_pairs
from model import GPT
from objectives.questions import ask_questions
from recipes import RECIPES, model_config, trainer_config
from text.console import Parser, report_mistakes
from text.formats import read_questions
from text.phrasing import Phrasing
from text.titles import split_title
from trainer import Trainer
from utils import set_seed

STRONGER = dict(max_epochs=4, learning_rate=5e-4)


class Row:
    """The recipe `fast`. Each other row is a subclass that changes one thing."""

    recipe = "fast"
    epochs = None  # instead of what fits into the minutes
    finetunings = {"finetuned": {}, "finetuned longer": STRONGER}  # column: changes of the recipe's
    name = "learned masking (recipe fast)"
    masking = "learned"
    training = {}  # changes of the TrainerConfig
    shape = {}  # and of the GPTConfig

    def make_dataset(self, corpus, pairs, train):
        """The pretraining dataset; pairs: a NameDataset of those in the file `train`."""
        return ask_questions(corpus, self.masking, finetune_corpus_path=train)

    def make_trainer(self, model, dataset, config):
        return Trainer(model, dataset, None, config)

    def finish(self, model, corpus, pairs):
        """Called once after pretraining."""

    def make_finetuning_dataset(self, column, dataset, pairs):
        """What one of `finetunings` trains; dataset: that of pretraining."""
        return pairs


class Salient(Row):
    name = "salient masking"
    masking = "salient"


class Random(Row):
    name = "random masking"
    masking = "random"


class SpanCorruption(Row):
    name = "span corruption (handout's objective)"

    def make_dataset(self, corpus, pairs, train):
        return corpus


class AdamW(Row):
    name = "learned, AdamW instead of Muon"
    training = dict(optimizer="adamw", learning_rate=1e-3)


class BareTitle(Row):
    name = "learned, bare title instead of question"

    def make_dataset(self, corpus, pairs, train):
        dataset = super().make_dataset(corpus, pairs, train)
        dataset.asked = [
            (index, split_title(corpus.data[index])[0], spans) for index, _, spans in dataset.asked
        ]
        return dataset


class MovedTitle(BareTitle):
    """Trained on bare titles. Then what was learned at each position moves to where questions have
    it, as if the titles had stood there.
    """

    name = "learned, bare title, at its place in the question"

    def finish(self, model, corpus, pairs):
        distance = len(get_template(corpus, pairs)[0])
        for name, parameter in model.named_parameters():
            if name.endswith(("pos_emb", "w2", "b2")):  # a row, or column, a position
                dimension = 1 if name == "pos_emb" else -1
                parameter.data = parameter.data.roll(distance, dimension)


ROWS = [Row, Salient, Random, SpanCorruption, AdamW, BareTitle, MovedTitle]


def get_template(corpus, pairs):
    """(prefix, suffix) of most of the questions of a NameDataset."""
    return Phrasing(corpus.data, [question for question, _ in pairs.pairs]).templates[0]


def count_epochs(trainer, minutes, steps=12):
    """How many epochs of training fit into the minutes; trains some steps to find out."""
    trainer.model.train()
    batches = list(islice(trainer.make_batches(trainer.train_dataset), steps))
    trainer.step(*batches[0])
    started = time.perf_counter()
    for batch in batches:
        trainer.step(*batch)
    epoch = (time.perf_counter() - started) / len(batches) * trainer.steps_per_epoch
    return max(1, round(60 * minutes / epoch))


def measure(row, corpus, pairs, train, options, score):
    """(epochs, minutes, the scores before finetuning and after each of row.finetunings)."""
    dataset = row.make_dataset(corpus, pairs, train)

    def make_trainer(epochs):
        set_seed(options.seed)
        changes = {**row.training, "max_epochs": epochs, "seed": options.seed}
        config = trainer_config(row.recipe, "pretrain", len(corpus), len(dataset), **changes)
        shape = replace(model_config(row.recipe, options.variant, corpus.vocab_size), **row.shape)
        return row.make_trainer(GPT(shape), dataset, config)

    epochs = options.epochs or row.epochs or count_epochs(make_trainer(None), options.minutes)
    trainer = make_trainer(epochs)
    model = trainer.model
    started = time.perf_counter()
    trainer.train()
    minutes = (time.perf_counter() - started) / 60
    row.finish(model, corpus, pairs)
    scores = [score(model)]
    state = {key: value.clone() for key, value in model.state_dict().items()}
    for column, changes in row.finetunings.items():
        model.load_state_dict(state)
        finetuning_dataset = row.make_finetuning_dataset(column, dataset, pairs)
        sizes = (len(corpus), len(finetuning_dataset))
        config = trainer_config(row.recipe, "finetune_pretrained", *sizes, seed=options.seed, **changes)
        Trainer(model, finetuning_dataset, None, config).train()
        scores.append(score(model))
    return epochs, minutes, scores


@report_mistakes
def main(rows=ROWS, description=__doc__):
    """Prints the table of `rows`, Row and subclasses of it."""
    by_name = {row.name: row for row in rows}
    parser = Parser(description=description.split("\n\n")[0])
    parser.add_argument("--corpus", default=str(ROOT / "wiki.txt"))
    parser.add_argument("--pairs", default=str(ROOT / "birth_places_train.tsv"))
    parser.add_argument("--variant", choices=list(ATTENTION), default="vanilla")
    parser.add_argument("--minutes", type=float, default=4.0)
    parser.add_argument("--epochs", type=int, help="instead of what fits into the minutes")
    parser.add_argument("--rows", nargs="+", choices=list(by_name), default=list(by_name))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.set_flush_denormal(True)
    corpus = load_corpus(options.corpus, RECIPES[rows[0].recipe]["model"]["block_size"])
    print(f"{options.corpus}, {options.variant}, last {HELD_OUT} of {options.pairs} held out")
    columns = ["pretraining", "epochs", "minutes", "as it is", *rows[0].finetunings]
    print(f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        train, dev = split_pairs(options.pairs, Path(folder))
        pairs = read_pairs(corpus, train)
        questions, answers = read_questions(dev)

        def score(model):
            total, correct = count_correct(answers, predict(model, corpus.vocabulary, questions))
            return f"{100 * correct / total:.1f} %"

        for name in options.rows:
            row = by_name[name]()
            epochs, minutes, scores = measure(row, corpus, pairs, train, options, score)
            print(f"| {name} | {epochs} | {minutes:.1f} | {' | '.join(scores)} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
