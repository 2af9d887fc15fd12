"""What one fact costs: how many facts are known after each was asked for so many times.

    python corpus/build.py --people 7000 --domains players --out_dir big --sidecar big/people.tsv
    python benchmarks/exposures.py big/people.tsv > exposures.csv
    python benchmarks/exposures.py corpus/people.tsv --people 300 --exposures 4 16 --changes width=64

Every row is a training of its own, by the recipe `fast` with its schedule to the end, on the question
where each person was born, and its score on the same questions. The first series has the recipe's own
settings and --people people; each of the others changes what its name says. `bits` is what the known
answers carry: their number times the entropy of all answers. Progress goes to stderr.
"""

import argparse
import csv
import math
import sys
import time
from collections import Counter

from plain import ROOT  # noqa: F401  (puts src/ on the path)

from answers import count_correct, predict
from dataset import CharCorruptionDataset, NameDataset
from model import GPT
from recipes import model_config, trainer_config
from trainer import Trainer
from utils import set_seed

CHANGES = ["optimizer=adamw", "variant=synthesizer", "width=64", "width=128", "people=1000", "people=7000"]
ADAMW = dict(optimizer="adamw", learning_rate=1e-3)
COLUMNS = ["series", "exposures", "people", "parameters", "loss", "known", "bits", "bits_a_parameter", "minutes"]


def read_facts(path):
    """[(question, birthplace), ...] of a table of people, as corpus/build.py --sidecar writes it."""
    with open(path, encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [(f"Where was {row['name']} born?", row["birth_place"]) for row in rows]


def entropy(answers):
    """Bits of an answer, by how often each is given."""
    counts = Counter(answers)
    return sum(n / len(answers) * math.log2(len(answers) / n) for n in counts.values())


def measure(facts, exposures, seed=0, optimizer="muon", variant="vanilla", width=256):
    """A row of the table, without the name of its series."""
    set_seed(seed)
    text = "\n".join(f"{question} {answer}" for question, answer in facts)
    corpus = CharCorruptionDataset(text, 128)
    pairs = NameDataset(corpus, "".join(f"{question}\t{answer}\n" for question, answer in facts))
    changes = ADAMW if optimizer == "adamw" else {}
    config = trainer_config(
        "fast", "pretrain", len(facts), len(facts), max_epochs=exposures, seed=seed, **changes
    )
    model = GPT(model_config("fast", variant, corpus.vocab_size, n_embd=width))
    started = time.perf_counter()
    loss = Trainer(model, pairs, None, config).train()[-1]["loss"]
    minutes = (time.perf_counter() - started) / 60
    questions, answers = zip(*facts)
    total, correct = count_correct(answers, predict(model, corpus.vocabulary, questions))
    parameters = sum(parameter.numel() for parameter in model.parameters())
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


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("people_path", help="people.tsv of corpus/build.py --sidecar")
    parser.add_argument("--people", type=int, default=3000)
    parser.add_argument("--exposures", type=int, nargs="+", default=[2, 4, 6, 8, 12, 16, 24])
    parser.add_argument("--changes", nargs="*", default=CHANGES, metavar="NAME=VALUE")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(argv)
    facts = read_facts(options.people_path)
    table = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    table.writeheader()
    for series in ["recipe fast", *options.changes]:
        name, _, value = series.partition("=")
        settings = {name: int(value) if value.isdigit() else value} if value else {}
        people = settings.pop("people", options.people)
        if people > len(facts):
            sys.exit(f"error: {options.people_path}: {len(facts)} people, {people} asked for: build more")
        for exposures in options.exposures:
            row = measure(facts[:people], exposures, options.seed, **settings)
            table.writerow({"series": series, **row})
            sys.stdout.flush()


if __name__ == "__main__":
    main()
