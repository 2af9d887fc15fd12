"""What one fact costs: how many facts are known after each was asked for so many times.

    python corpus/build.py --people 7000 --domains players --out_dir big --sidecar big/people.tsv
    python benchmarks/accuracy/exposures.py big/people.tsv > exposures.csv
    python benchmarks/accuracy/exposures.py corpus/people.tsv --people 300 --exposures 4 16 --changes width=64

For each row a model is trained from scratch by the recipe `fast`, with its whole schedule, on the
question where each person was born, and scored on the same questions. The first series has the
recipe's own settings and --people people; each of the others changes what its name says: the
optimizer (muon or adamw), the variant, the width of the model, the number of people, or the recipe
(handout) whose training and dropout replace those of `fast`. `bits` is what the known answers
carry: their number times the entropy of all answers. Progress goes to stderr.
"""

import argparse
import csv
import math
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))
import common  # noqa: F401
import torch
from ablation import AdamW

from answering.answers import count_correct, predict
from attention import ATTENTION
from dataset import CharCorruptionDataset, NameDataset
from model import GPT
from recipes import RECIPES, model_config, trainer_config
from runs.experiment import count_parameters
from text.console import InputError, Parser, report_mistakes
from text.files import read_text
from trainer import Trainer
from utils import set_seed

CHANGES = [
    "optimizer=adamw",
    "variant=synthesizer",
    "width=64",
    "width=128",
    "people=1000",
    "people=7000",
]
OPTIMIZERS = {"muon": {}, "adamw": AdamW.training}
CHOICES = {"optimizer": OPTIMIZERS, "recipe": ("handout",), "variant": ATTENTION, "width": None, "people": None}
COLUMNS = [
    "series",
    "exposures",
    "people",
    "parameters",
    "loss",
    "known",
    "bits",
    "bits_a_parameter",
    "minutes",
]


def read_facts(path):
    """[(question, birthplace), ...] of a table of people, as corpus/build.py --sidecar writes it.

    Raises InputError for another file.
    """
    rows = list(csv.DictReader(read_text(path).split("\n"), delimiter="\t", quoting=csv.QUOTE_NONE))
    if not rows or not {"name", "birth_place"} <= rows[0].keys():
        raise InputError(f"{path}: no table of people: give what corpus/build.py --sidecar wrote")
    return [(f"Where was {row['name']} born?", row["birth_place"]) for row in rows]


def entropy(answers):
    """Bits of an answer, by how often each is given."""
    counts = Counter(answers)
    return sum(n / len(answers) * math.log2(len(answers) / n) for n in counts.values())


def measure(facts, exposures, seed=0, optimizer=None, recipe="fast", variant="vanilla", width=256):
    """A row of the table, without the name of its series."""
    set_seed(seed)
    text = "\n".join(f"{question} {answer}" for question, answer in facts)
    corpus = CharCorruptionDataset(text, 128)
    pairs = NameDataset(corpus, "".join(f"{question}\t{answer}\n" for question, answer in facts))
    changes = OPTIMIZERS[optimizer] if optimizer else {}  # else the recipe's own
    budget = exposures / RECIPES[recipe]["pretrain"]["max_epochs"]  # shortens the schedule too
    config = trainer_config(recipe, "pretrain", len(facts), len(facts), budget, seed=seed, **changes)
    model = GPT(model_config(recipe, variant, corpus.vocab_size, n_embd=width))
    started = time.perf_counter()
    loss = Trainer(model, pairs, None, config).train()[-1]["loss"]
    minutes = (time.perf_counter() - started) / 60
    questions, answers = zip(*facts)
    total, correct = count_correct(answers, predict(model, corpus.vocabulary, questions))
    parameters = count_parameters(model)
    bits = correct * entropy(answers)
    return {
        "exposures": exposures,
        "people": total,
        "parameters": parameters,
        "loss": round(loss, 4),
        "known": round(correct / total, 4),
        "bits": round(bits),
        "bits_a_parameter": round(bits / parameters, 5),
        "minutes": round(minutes, 2),
    }


def change(text):
    """{name: value} of NAME=VALUE, for argparse."""
    name, _, value = text.partition("=")
    choices = CHOICES.get(name, ())
    if choices is None and value.isdecimal() and int(value) > 0:
        return {name: int(value)}
    if choices is None or value not in choices:
        raise argparse.ArgumentTypeError(
            f"{text!r}: give optimizer, recipe, variant, width or people, = and a value"
        )
    return {name: value}


@report_mistakes
def main(argv=None):
    parser = Parser(description=__doc__.split("\n\n")[0])
    parser.add_argument("people_path", help="people.tsv of corpus/build.py --sidecar")
    parser.add_argument("--people", type=int, default=3000)
    parser.add_argument("--exposures", type=int, nargs="+", default=[2, 4, 6, 8, 12, 16, 24])
    parser.add_argument(
        "--changes",
        nargs="*",
        type=change,
        metavar="NAME=VALUE",
        help=f"default: {' '.join(CHANGES)}",
    )
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(argv)
    changes = list(map(change, CHANGES)) if options.changes is None else options.changes
    facts = read_facts(options.people_path)
    if min(options.exposures) < 1:
        parser.error("--exposures: give numbers of at least 1")
    most = max(each.get("people", options.people) for each in [{}, *changes])
    if most > len(facts):
        raise InputError(f"{options.people_path}: {len(facts)} people, {most} asked for: build more")
    torch.set_flush_denormal(True)
    table = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    table.writeheader()
    for settings in [{}, *changes]:
        series = " ".join(f"{name}={value}" for name, value in settings.items()) or "recipe fast"
        people = settings.pop("people", options.people)
        for exposures in options.exposures:
            row = measure(facts[:people], exposures, options.seed, **settings)
            table.writerow({"series": series, **row})
            sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
