"""Measure a training step's cost by batch, width, depth and length, and fit a cost model to it.

    pip install -r requirements-report.txt
    python benchmarks/speed/scaling.py [--threads 2] [--turns 5]

One of the four is changed at a time, from a model of 4 layers, 256 wide, and 64 examples of 64
characters. Steps are those of the recipe `fast`: Muon, no dropout, no pads. All shapes take turns;
`seconds` is the median. The model of the cost is a sum of five parts, each a count times a fitted
price that is not negative:

    matrix products    6 FLOP a token and weight that is not an embedding, and the FLOP of attention
    attention scores   numbers that softmax goes over
    activations        numbers that norms, GELU and sums go over: tokens x layers x width
    Muon               FLOP of its matrix products, the same for every batch
    step               1

`left out` is what the model says of a shape when it is fitted to all others.
"""

import statistics
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy
import torch
from scipy.optimize import nnls

sys.path.append(str(Path(__file__).resolve().parent.parent))
import common  # noqa: F401

from attention import ATTENTION
from model import GPT, GPTConfig
from recipes import MUON
from text.console import Parser, report_mistakes
from trainer import Trainer, TrainerConfig
from training.optim import Muon
from utils import set_seed

PARTS = ["matrix products", "attention scores", "activations", "Muon", "step"]
UNITS = ["GFLOP/s", "million/s", "million/s", "GFLOP/s", "a step/s"]
SCALES = numpy.array([1e9, 1e6, 1e6, 1e9, 1.0])
N_HEAD, VOCABULARY = 8, 100
NEWTON_SCHULZ = 5  # steps


class Shape(NamedTuple):
    batch: int = 64
    width: int = 256
    depth: int = 4
    length: int = 64


CHANGES = dict(
    batch=(16, 32, 128, 256), width=(64, 128, 512), depth=(1, 2, 8), length=(16, 32, 128, 256)
)
SHAPES = [
    Shape(),
    *(Shape(**{name: value}) for name, values in CHANGES.items() for value in values),
]


def count_parts(shape, variant="vanilla"):
    """Return the counts (5,) that a step's cost is a sum of, each times its price."""
    tokens = shape.batch * shape.length
    projections = 4 if variant == "vanilla" else 3
    weights = shape.depth * (projections + 8) * shape.width**2 + shape.width * VOCABULARY
    scores = tokens * shape.length * shape.depth * N_HEAD
    mixing = (
        6 * scores * shape.width // N_HEAD
    )  # of the values; computing the scores costs the same
    products = 6 * tokens * weights + 2 * mixing
    # For (n, m) with n <= m: x x^T and gram^2 have n x n results, the last product n x m.
    square = 2 * shape.width**3
    muon = NEWTON_SCHULZ * shape.depth * (projections * 3 * square + 2 * (4 + 1 + 4) * square)
    return numpy.array([products, scores, tokens * shape.depth * shape.width, muon, 1], float)


def make_step(shape, variant):
    """Return a function that takes one training step."""
    set_seed(0)
    config = GPTConfig(
        VOCABULARY, shape.length + 1, n_layer=shape.depth, n_head=N_HEAD, n_embd=shape.width,
        attention=variant, embd_pdrop=0.0, resid_pdrop=0.0, attn_pdrop=0.0,
    )  # fmt: skip
    x, y = torch.randint(2, VOCABULARY, (2, shape.batch, shape.length))
    settings = TrainerConfig(
        batch_size=shape.batch, micro_batch_size=32, device="cpu", decay_vectors=False, **MUON
    )
    trainer = Trainer(GPT(config), [(x, y)], None, settings)
    assert isinstance(trainer.optimizers[0], Muon)
    trainer.model.train()
    return lambda: trainer.step(x, y)


def measure(shapes, variant, turns):
    """Return the median seconds (N,) of each shape's steps."""
    seconds = [[] for _ in shapes]
    steps = [make_step(shape, variant) for shape in shapes]
    for turn in range(turns + 1):
        for step, times in zip(steps, seconds):
            started = time.perf_counter()
            step()
            if turn:  # the first warms up
                times.append(time.perf_counter() - started)
    return numpy.array([statistics.median(times) for times in seconds])


def fit(counts, seconds):
    """Return prices (5,), in seconds, by least squares of the relative errors; counts: (N, 5)."""
    return nnls(counts / SCALES / seconds[:, None], numpy.ones(len(seconds)))[0] / SCALES


def leave_out(counts, seconds):
    """Return what the cost model says of each shape if it is fitted to the others, (N,)."""
    rest = ~numpy.eye(len(seconds), dtype=bool)
    return numpy.array([row @ fit(counts[kept], seconds[kept]) for row, kept in zip(counts, rest)])


def print_tables(shapes, counts, seconds):
    prices, said = fit(counts, seconds), leave_out(counts, seconds)
    print("| batch | width | depth | length | seconds | model | left out |")
    print("|---|---|---|---|---|---|---|")
    for shape, row, measured, left_out in zip(shapes, counts, seconds, said):
        cells = (f"{each:.3f}" for each in (measured, row @ prices, left_out))
        print("|", " | ".join((*map(str, shape), *cells)), "|")
    errors = abs(said / seconds - 1)
    print(f"\nleft out, off by {numpy.median(errors):.0%} (median), {errors.max():.0%} at most\n")
    print("| part | price | share of the first row |")
    print("|---|---|---|")
    for part, unit, scale, price, count in zip(PARTS, UNITS, SCALES, prices, counts[0]):
        speed = f"{1 / (price * scale):,.0f} {unit}" if price else "0"
        print(f"| {part} | {speed} | {price * count / (counts[0] @ prices):.0%} |")


@report_mistakes
def main(argv=None):
    parser = Parser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--variants", nargs="+", choices=list(ATTENTION), default=list(ATTENTION))
    options = parser.parse_args(argv)
    torch.set_flush_denormal(True)
    torch.set_num_threads(options.threads)
    for variant in options.variants:
        print(f"\n{variant}, {options.threads} threads, {options.turns} turns\n", flush=True)
        counts = numpy.array([count_parts(shape, variant) for shape in SHAPES])
        print_tables(SHAPES, counts, measure(SHAPES, variant, options.turns))


if __name__ == "__main__":
    sys.exit(main())
