"""Measure a corpus larger than memory: indexing, memory, drawing, a step, the first step.

    python benchmarks/speed/corpora.py [--gigabytes 4] [--lines 25000000] [--folder DIR]

The files are made of the shipped wiki.txt, repeated with changes, in a temporary folder of DIR, and
removed at the end. Times are of the clock and, as others may use the cores too, of the processor.
What is compared takes turns. Memory is the peak of the resident set, less that of the same program
with the course-size file.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import chain, count, islice
from pathlib import Path

import torch

sys.path.append(str(Path(__file__).resolve().parent.parent))
from common import ROOT
from step import call_in_fresh_process

from dataset import CharCorruptionDataset, load_corpus
from model import GPT
from objectives.table import make_dataset
from recipes import model_config, trainer_config
from text.console import Parser, report_mistakes
from text.documents import open_documents
from text.files import read_text
from trainer import Trainer
from training.batches import make_batches
from utils import set_seed

PAIRS = str(ROOT / "birth_places_train.tsv")
WIKI = str(ROOT / "wiki.txt")
BATCH = 128
SIZES = {
    "small": 3_000,
    "middle": 300_000,
    "million": 1_000_000,
}  # lines of the files beside the big one
# What one H100 would take: its dense bfloat16 products a second, the share of them that a training
# gets, and the model's operations: 6 a parameter and token, forward and backward.
H100, UTILISATION, PER_TOKEN, TOKENS = 989e12, 0.2, 20e6, 70


def make_corpus(path, lines, size):
    """Write a file of `lines` lines and about `size` bytes, and return its path.

    Its documents are those of wiki.txt, with a number in the title, made longer to fit the size.
    """
    split = [line.split(". ", 1) for line in read_text(WIKI).split("\n") if ". " in line]
    filler = " ".join(body for _, body in split)
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        written = 0
        for number in range(-(-lines // len(split))):
            part = split[: lines - number * len(split)]
            left = size * min(1, (number + 1) * len(split) / lines) - written
            plain = sum(len(title.encode()) + len(body.encode()) for title, body in part)
            name = f" {number}. " if number else ". "  # the pairs ask about the first ones
            more = max(0, round((left - plain) / len(part)) - len(name) - 1)
            start = number * 7919 % (len(filler) - 1000)
            tail = filler[start : start + more].rjust(more)
            written += file.write("".join(f"{title}{name}{body}{tail}\n" for title, body in part))
    return path


class Clock:
    """Measure seconds of the clock and of the processor, of this process or of its children."""

    def __init__(self, children=False):
        self.who = resource.RUSAGE_CHILDREN if children else resource.RUSAGE_SELF
        self.started = self.now()

    def now(self):
        used = resource.getrusage(self.who)
        return time.perf_counter(), used.ru_utime + used.ru_stime

    def read(self):
        return tuple(now - then for now, then in zip(self.now(), self.started))


def time_index(path):
    clock = Clock()
    open_documents(path)
    return clock.read()


def time_count(path):
    clock = Clock(children=True)
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}  # else it would count bytes
    subprocess.run(["wc", "-lm", path], env=environment, check=True, stdout=subprocess.DEVNULL)
    return clock.read()


def compare_indexing(path, turns):
    """Return two rows (what, MB/s of both and their ratio): by the clock and by the processor."""
    megabytes = os.path.getsize(path) / 1e6
    ours, theirs = [], []
    for _ in range(turns):
        theirs.append(time_count(path))
        ours.append(call_in_fresh_process(time_index, path))
    rows = []
    for which, name in enumerate(("clock", "processor")):
        a, b = (statistics.median(each[which] for each in times) for times in (ours, theirs))
        rows.append(
            (
                f"indexing against `wc -lm`, {name}",
                f"{megabytes / a:.0f} and {megabytes / b:.0f} MB/s: {b / a:.2f} times",
            )
        )
    return rows


def draw(path, batches):
    """Return what drawing the examples of span corruption takes.

    A tuple: examples a second, examples a second of the processor, peak MiB.
    """
    torch.set_num_threads(1)
    dataset = load_corpus(path)
    epochs = (make_batches(dataset, BATCH, 0, epoch) for epoch in count())
    drawn = chain.from_iterable(epochs)
    next(drawn)
    clock = Clock()
    examples = sum(len(x) for x, _ in islice(drawn, batches))
    elapsed, used = clock.read()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return examples / elapsed, examples / used, peak


def time_steps(paths, steps):
    """Return {path: (median ms of making a batch, of a step)} of `handout`, in turns."""
    torch.set_num_threads(1)
    set_seed(0)
    corpora = {path: load_corpus(path) for path in paths}
    rows = {}
    for path, corpus in corpora.items():
        config = trainer_config("handout", "pretrain", len(corpus), len(corpus), device="cpu")
        trainer = Trainer(
            GPT(model_config("handout", "vanilla", corpus.vocab_size)), corpus, None, config
        )
        trainer.model.train()
        rows[path] = trainer, make_batches(corpus, BATCH, 0), [], []
    for turn in range(steps + 1):
        for trainer, batches, making, taking in rows.values():
            clock = Clock()
            batch = next(batches)
            made = clock.read()[1]
            trainer.step(*batch)
            if turn:
                making.append(made)
                taking.append(clock.read()[1] - made)
    return {
        path: (1000 * statistics.median(making), 1000 * statistics.median(taking))
        for path, (_, _, making, taking) in rows.items()
    }


def time_first_step(path, recipe):
    """Return (seconds, seconds of the processor) until the first step of a pretraining is taken."""
    torch.set_num_threads(2)
    clock = Clock()
    options = {"finetune_corpus_path": PAIRS} if recipe == "fast" else {}
    corpus = load_corpus(path)
    dataset = make_dataset(corpus, recipe, **options)
    config = trainer_config(recipe, "pretrain", len(corpus), len(dataset), device="cpu")
    trainer = Trainer(
        GPT(model_config(recipe, "vanilla", corpus.vocab_size)), dataset, None, config
    )
    times = []

    def stop(trainer):
        times.append(clock.read())
        raise KeyboardInterrupt

    try:
        trainer.train(stop)
    except KeyboardInterrupt:
        pass
    return times[0]


def take_turns(functions, turns):
    """Return the least processor time of a call of each function, in seconds."""
    best = [float("inf")] * len(functions)
    for _ in range(turns):
        for which, function in enumerate(functions):
            started = time.process_time()
            function()
            best[which] = min(best[which], time.process_time() - started)
    return best


def compare_encoding():
    text = read_text(WIKI)
    vocabulary = CharCorruptionDataset(text, BATCH).vocabulary
    rows = []
    for length in (70, 128, 1000, 100_000):
        pieces = [
            text[start : start + length]
            for start in range(0, max(1, min(len(text), 400 * length) - length), length)
        ]

        def one_by_one(pieces=pieces):
            for piece in pieces:
                torch.tensor([vocabulary.stoi[c] for c in piece], dtype=torch.long)

        def at_once(pieces=pieces):
            for piece in pieces:
                vocabulary.encode(piece)

        slow, quick = take_turns((one_by_one, at_once), 20)
        rows.append(
            (f"encoding {length:,} characters against one by one", f"{slow / quick:.1f} times")
        )
    return rows


def compare_start():
    before, now = take_turns(
        (lambda: CharCorruptionDataset(read_text(WIKI), BATCH), lambda: load_corpus(WIKI)), 50
    )
    ratio = f"{1000 * now:.1f} and {1000 * before:.1f} ms: {before / now:.2f} times"
    return ("opening the course-size file against all at once", ratio)


@report_mistakes
def main():
    parser = Parser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--gigabytes", type=float, default=4)
    parser.add_argument("--lines", type=int, default=25_000_000)
    parser.add_argument("--batches", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--folder", help="default: the system's for temporary files")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        measure(options, folder)


def measure(options, folder):
    """Print the table, each row as soon as it is measured."""
    # Write the files, and begin the table.
    lines = {name: min(most, options.lines) for name, most in SIZES.items()}
    paths = {}
    for name, most in {**lines, "big": options.lines}.items():
        size = options.gigabytes * 2**30 * most / options.lines
        paths[name] = make_corpus(os.path.join(folder, name), most, size)
    big = paths["big"]
    size = f"{os.path.getsize(big) / 2**30:.2f} GiB, {options.lines:,} lines"
    print(f"{size}; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    print("| what | measured |\n|---|---|")

    def report(what, measured):
        print(f"| {what} | {measured} |", flush=True)

    # Compare encoding, opening and indexing with the plain ways.
    for row in (
        *compare_encoding(),
        compare_start(),
        *compare_indexing(big, options.turns),
    ):
        report(*row)
    # Draw examples, from the course-size file and from the big one.
    *_, own = call_in_fresh_process(draw, WIKI, 100)
    speed, efficiency, peak = call_in_fresh_process(draw, big, options.batches)
    report("drawing", f"{speed:,.0f} examples a second, {efficiency:,.0f} a second of one core")
    report("peak memory", f"{peak - own:.0f} MiB beyond {own:.0f}")
    # Take steps on files of three sizes, in turns.
    compared = [paths["small"], paths["middle"], big]
    times = call_in_fresh_process(time_steps, compared, options.steps)
    for path, (making, taking) in times.items():
        number = len(load_corpus(path))
        report(
            f"a step, {number - 1:,} documents",
            f"{taking:.0f} ms, and {making:.2f} ms for its batch",
        )
    # Start two pretrainings, up to their first step.
    for recipe in ("fast", "text"):
        seconds, used = call_in_fresh_process(time_first_step, paths["million"], recipe)
        what = f"first step of `{recipe}`, {lines['million']:,} documents"
        report(what, f"{seconds:.0f} s, {used:.0f} s of the processor")
    # Compare with what a GPU would take.
    wanted = H100 * UTILISATION / PER_TOKEN / TOKENS
    report(f"one H100 at {100 * UTILISATION:.0f} % would take", f"{wanted:,.0f} examples a second")


if __name__ == "__main__":
    sys.exit(main())
