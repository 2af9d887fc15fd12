"""Which part of the recipe `fast` its accuracy comes from: one change at a time, at equal time.

    python benchmarks/ablation.py [--minutes 4] [--variant vanilla] [--rows NAME ...]
    python benchmarks/ablation.py --corpus DIR/wiki.txt --pairs DIR/birth_places_train.tsv

Each row pretrains for as many epochs as fit into the minutes, by the speed of its first steps. It
is then scored on the last 400 training pairs, which it has not seen, as it is, after the recipe's
finetuning, and after a longer and stronger one (4 epochs, 5e-4).
"""

import argparse
import tempfile
import time
from itertools import islice
from pathlib import Path

from plain import ROOT
from time_to_accuracy import HELD_OUT, split_pairs

from dataset import NameDataset, TitleDataset, read_text
from masking import find_frame, list_spans
from model import GPT
from recipes import model_config, trainer_config
from run import load_corpus
from trainer import Trainer
from utils import choose_device, count_correct, predict, read_questions, set_seed

ADAMW = dict(optimizer="adamw", learning_rate=1e-3)
ROWS = {  # name: (objective, question frame, changes of the trainer)
    "learned masking (recipe fast)": ("learned", True, {}),
    "salient masking": ("salient", True, {}),
    "random masking": ("random", True, {}),
    "span corruption (handout's objective)": (None, None, {}),
    "learned, AdamW instead of Muon": ("learned", True, ADAMW),
    "learned, bare title instead of question": ("learned", False, {}),
}
STRONGER = dict(max_epochs=4, learning_rate=5e-4)


def make_dataset(corpus, pairs, objective, framed):
    """The pretraining dataset of a row; pairs: those that may be seen."""
    if objective is None:
        return corpus
    documents = list_spans(corpus.data, objective, pairs)
    if not framed:
        prefix, suffix = find_frame([question for question, _ in pairs])
        cut = slice(len(prefix), -len(suffix) or None)
        documents = [(prompt[cut], spans) for prompt, spans in documents]
    return TitleDataset(corpus, documents)


def count_epochs(model, dataset, config, minutes, steps=12):
    """How many epochs of training fit into the minutes."""
    trainer = Trainer(model, dataset, None, config)
    trainer.model.train()
    loader = trainer.make_loader(dataset, shuffle=True)
    batches = list(islice(loader, steps))
    trainer.step(*batches[0])
    started = time.perf_counter()
    for batch in batches:
        trainer.step(*batch)
    epoch = (time.perf_counter() - started) / len(batches) * len(loader)
    return max(1, round(60 * minutes / epoch))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--corpus", default=str(ROOT / "wiki.txt"))
    parser.add_argument("--pairs", default=str(ROOT / "birth_places_train.tsv"))
    parser.add_argument("--variant", default="vanilla")
    parser.add_argument("--minutes", type=float, default=4.0)
    parser.add_argument("--rows", nargs="+", choices=list(ROWS), default=list(ROWS))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    corpus = load_corpus(options.corpus, "fast")
    with tempfile.TemporaryDirectory() as folder:
        train, dev = split_pairs(options.pairs, Path(folder))
        pairs = NameDataset(corpus, read_text(train), train)
        questions, answers = read_questions(dev)
    device = choose_device()

    def new_model():
        set_seed(options.seed)
        return GPT(model_config("fast", options.variant, corpus.vocab_size))

    def score(model):
        _, correct = count_correct(answers, predict(model, corpus, questions, device))
        return f"{100 * correct / len(answers):.1f} %"

    print(f"{options.corpus}, {options.variant}, last {HELD_OUT} of {options.pairs} held out")
    print("| pretraining | epochs | minutes | as it is | finetuned | finetuned longer |")
    print("|---|---|---|---|---|---|", flush=True)
    for name in options.rows:
        objective, framed, changes = ROWS[name]
        dataset = make_dataset(corpus, pairs.data, objective, framed)
        config = trainer_config("fast", "pretrain", len(corpus), len(dataset), **changes)
        epochs = count_epochs(new_model(), dataset, config, options.minutes)
        changes = {**changes, "max_epochs": epochs}
        config = trainer_config("fast", "pretrain", len(corpus), len(dataset), **changes)
        model = new_model()
        started = time.perf_counter()
        Trainer(model, dataset, None, config).train()
        minutes = (time.perf_counter() - started) / 60
        scores = [score(model)]
        state = {key: value.clone() for key, value in model.state_dict().items()}
        for finetuning in ({}, STRONGER):
            model.load_state_dict(state)
            config = trainer_config("fast", "finetune_pretrained", len(corpus), len(pairs), **finetuning)
            Trainer(model, pairs, None, config).train()
            scores.append(score(model))
        print(f"| {name} | {epochs} | {minutes:.1f} | {' | '.join(scores)} |", flush=True)


if __name__ == "__main__":
    main()
