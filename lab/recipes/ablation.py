"""Measure what each part of a recipe is worth: one change at a time.

    python lab/recipes/ablation.py [--minutes 4] [--variant vanilla] [--rows NAME ...]
    python lab/recipes/ablation.py --corpus DIR/wiki.txt --pairs DIR/birth_places_train.tsv

Each row pretrains for its recipe's epochs, for --epochs, or for the epochs that fit into --minutes
by the speed of its first steps. It is then scored on the last 400 training pairs, which it has not
seen, as it is, after the recipe's finetuning, and with --longer after 4 epochs at 5e-4.
"""

import sys
import tempfile
import time
from copy import deepcopy
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

import torch
from time_to_accuracy import make_parser, split_pairs

from answering.answers import count_correct, predict
from attention import ATTENTION
from dataset import load_corpus, read_pairs
from model import GPT
from objectives.clozes import make_clozes
from objectives.questions import make_questions
from objectives.table import find_objective, make_dataset, make_finetuning_dataset
from recipes import RECIPES, model_config, trainer_config
from text.console import report_mistakes
from text.formats import read_answered
from text.titles import split_title
from trainer import Trainer
from utils import set_seed


class Row(NamedTuple):
    """Hold a recipe with a change. make: a function of the corpus and the path of the training
    pairs that returns the pretraining dataset, or None: the recipe's. training, shape: changes of
    the TrainerConfig and of the GPTConfig. replay: whether finetuning has what the recipe replays.
    """

    recipe: str
    make: object = None
    training: dict = {}
    shape: dict = {}
    replay: bool = True


def mask(masking):
    return lambda corpus, train: make_questions(corpus, masking, finetune_corpus_path=train)


def ask_in_place(recipe):
    """Return a `make` of the recipe, of clozes, with nothing before the title."""
    changes = {**RECIPES[recipe]["examples"], "prefix_chars": 0}
    return lambda corpus, train: make_clozes(corpus, **changes)


def ask_bare_titles(corpus, train):
    dataset = make_questions(corpus, finetune_corpus_path=train)
    bare = ((i, split_title(corpus.data[i])[0], spans) for i, _, spans in dataset.asked)
    dataset.asked = list(bare)
    return dataset


DROPOUT = dict(embd_pdrop=0.1, resid_pdrop=0.1, attn_pdrop=0.1)
ROWS = {
    "fast": Row("fast"),
    "fast, salient masking": Row("fast", mask("salient")),
    "fast, random masking": Row("fast", mask("random")),
    "fast, span corruption": Row("fast", lambda corpus, train: corpus),
    "fast, AdamW": Row("fast", training=dict(optimizer="adamw", learning_rate=1e-3)),
    "fast, bare title instead of question": Row("fast", ask_bare_titles),
    "fast, dropout 0.1": Row("fast", shape=DROPOUT),
    "brief": Row("brief"),
    "brief, nothing before the title": Row("brief", ask_in_place("brief")),
    "brief, no replay": Row("brief", replay=False),
    "text": Row("text"),
    "text, nothing before the title": Row("text", ask_in_place("text")),
}


def count_epochs(trainer, minutes, steps=12):
    """Return the number of epochs that fit into the minutes; train some steps to find out."""
    trainer.model.train()
    batches = list(islice(trainer.make_batches(trainer.train_dataset), steps))
    trainer.step(*batches[0])
    started = time.perf_counter()
    for batch in batches:
        trainer.step(*batch)
    epoch = (time.perf_counter() - started) / len(batches) * trainer.steps_per_epoch
    return max(1, round(60 * minutes / epoch))


def measure(row, corpus, train, options, score):
    """Return (epochs, minutes, the scores as it is and after each finetuning) of a row."""
    pairs = read_pairs(corpus, train)
    seen = dict(finetune_corpus_path=train) if find_objective(row.recipe).reads_pairs else {}
    dataset = row.make(corpus, train) if row.make else make_dataset(corpus, row.recipe, **seen)

    def make_trainer(epochs):
        set_seed(options.seed)
        changes = {**row.training, "max_epochs": epochs, "seed": options.seed}
        config = trainer_config(row.recipe, "pretrain", len(corpus), len(dataset), **changes)
        shape = replace(model_config(row.recipe, options.variant, corpus.vocab_size), **row.shape)
        return Trainer(GPT(shape), dataset, None, config)

    # Pretrain.
    epochs = options.epochs
    if options.minutes:
        epochs = count_epochs(make_trainer(None), options.minutes)
    trainer, started = make_trainer(epochs), time.perf_counter()
    epochs = len(trainer.train())
    minutes = (time.perf_counter() - started) / 60
    # Score, finetune, score.
    scores, model = [score(trainer.model)], trainer.model
    if row.replay:
        pairs = make_finetuning_dataset(corpus, row.recipe, pairs, dataset)
    sizes = len(corpus), len(pairs)
    for changes in [{}, dict(max_epochs=4, learning_rate=5e-4)][: 1 + options.longer]:
        changes = dict(seed=options.seed, **changes)
        config = trainer_config(row.recipe, "finetune_pretrained", *sizes, **changes)
        tuned = deepcopy(model)
        Trainer(tuned, pairs, None, config).train()
        scores.append(score(tuned))
    return epochs, minutes, scores


@report_mistakes
def main(argv=None):
    parser = make_parser(__doc__)
    parser.add_argument("--variant", choices=list(ATTENTION), default="vanilla")
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--longer", action="store_true")
    parser.add_argument("--rows", nargs="+", choices=list(ROWS), default=list(ROWS))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(argv)
    torch.set_flush_denormal(True)
    with tempfile.TemporaryDirectory() as folder:
        train, dev = split_pairs(options.pairs, folder)
        corpus = load_corpus(options.corpus)
        questions, answers = read_answered(dev)

        def score(model):
            total, correct = count_correct(answers, predict(model, corpus.vocabulary, questions))
            return f"{100 * correct / total:.1f} %"

        columns = ["pretraining", "epochs", "minutes", "as it is", "finetuned"]
        columns += ["finetuned longer"] * options.longer
        print(f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|", flush=True)
        for name in options.rows:
            epochs, minutes, scores = measure(ROWS[name], corpus, train, options, score)
            print(f"| {name} | {epochs} | {minutes:.1f} | {' | '.join(scores)} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
