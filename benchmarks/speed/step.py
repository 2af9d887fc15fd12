"""Measure a pretraining step's examples a second and peak memory against the plain way (plain.py).

    python benchmarks/speed/step.py [--corpus wiki.txt] [--steps 5] [--threads 2] [--profile]

The two take turns in one process; `ratio` is the median over the turns. Each then takes 2 * --steps
steps in a process of its own. `settled` is the ratio of the last third of these: the plain way gets
faster once its memory is no longer handed back and taken anew. Memory is the peak resident size of
these processes.
--profile prints instead in which operators steps of src/ spend their time.
"""

import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import torch
from torch.utils.data import default_collate

sys.path.append(str(Path(__file__).resolve().parent.parent))
import plain
from common import ROOT

from dataset import load_corpus
from model import GPT
from recipes import RECIPES, model_config, trainer_config
from text.console import Parser, report_mistakes
from trainer import Trainer
from utils import set_seed


def make_fast(variant, dataset, size):
    """Return a function that does one step on `size` examples as src/ does it."""
    config = trainer_config("handout", "pretrain", len(dataset), len(dataset), device="cpu")
    trainer = Trainer(
        GPT(model_config("handout", variant, dataset.vocab_size)), dataset, None, config
    )
    trainer.model.train()

    def step():
        rows = torch.randint(len(dataset), (size,)).tolist()
        trainer.step(*default_collate([dataset[row] for row in rows]))

    return step


def make_plain(variant, dataset, size):
    """Return a function that does one step on `size` examples the plain way."""
    model = plain.make_model(variant, dataset.vocab_size)
    optimizer = torch.optim.AdamW(model.parameters(), lr=6e-3, betas=(0.9, 0.95), foreach=False)

    def step():
        rows = torch.randint(len(dataset), (size,)).tolist()
        documents = [dataset.data[row] for row in rows]
        plain.take_step(model, optimizer, documents, dataset.stoi, dataset.block_size)

    return step


MAKERS = {"plain": make_plain, "src": make_fast}


def call_in_fresh_process(function, *arguments):
    """Call the function where no other measurement has left memory; return what it returns."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def set_up(corpus, threads):
    """Prepare a process for measurements; return the dataset."""
    torch.set_num_threads(threads)
    set_seed(0)
    return load_corpus(corpus)


def measure_turns(variant, corpus, batch_size, threads, turns):
    """Return {name of a maker: the seconds of each of its turns}."""
    dataset = set_up(corpus, threads)
    steps = {name: make(variant, dataset, batch_size) for name, make in MAKERS.items()}
    seconds = {name: [] for name in steps}
    for turn in range(turns + 1):
        for name, step in steps.items():
            started = time.perf_counter()
            step()
            if turn:  # the first warms up
                seconds[name].append(time.perf_counter() - started)
    return seconds


def measure_alone(maker, variant, corpus, batch_size, threads, steps):
    """Return (median seconds of the last third of the steps, peak resident size in MiB)."""
    step = MAKERS[maker](variant, set_up(corpus, threads), batch_size)
    seconds = []
    for _ in range(steps):
        started = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - started)
    # Not getrusage: its peak is inherited from the process that started this one.
    peak = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
    return statistics.median(seconds[-max(1, steps // 3) :]), int(peak) // 1024


def profile(variant, corpus, batch_size, threads, steps):
    """Return [(operator, share of the time without the operators it calls), ...], largest first."""
    step = make_fast(variant, set_up(corpus, threads), batch_size)
    step()
    started = time.perf_counter()
    with torch.profiler.profile() as profiler:
        for _ in range(steps):
            step()
        seconds = time.perf_counter() - started
    events = sorted(profiler.key_averages(), key=lambda event: -event.self_cpu_time_total)
    return [(event.key, event.self_cpu_time_total / 1e6 / seconds) for event in events]


@report_mistakes
def main():
    parser = Parser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--corpus", default=str(ROOT / "wiki.txt"))
    parser.add_argument("--steps", type=int, default=5)
    size = RECIPES["handout"]["pretrain"]["batch_size"]
    parser.add_argument("--batch_size", type=int, default=size)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    print(f"{options.corpus}, {options.threads} threads, {options.steps} steps, recipe handout")
    common = (options.corpus, options.batch_size, options.threads)
    if options.profile:
        for variant in ("vanilla", "synthesizer"):
            shares = call_in_fresh_process(profile, variant, *common, options.steps)
            print(variant, *(f"{share:6.1%} {name}" for name, share in shares[:15]), sep="\n")
        return
    print(
        "| variant | plain, examples/s | src, examples/s | ratio | settled "
        "| plain, MiB | src, MiB |"
    )
    print("|---|---|---|---|---|---|---|", flush=True)
    for variant in ("vanilla", "synthesizer"):
        seconds = call_in_fresh_process(measure_turns, variant, *common, options.steps)
        slow, fast = seconds["plain"], seconds["src"]
        ratio = statistics.median(a / b for a, b in zip(slow, fast))
        alone = (variant, *common, 2 * options.steps)
        plain_s, plain_mib = call_in_fresh_process(measure_alone, "plain", *alone)
        src_s, src_mib = call_in_fresh_process(measure_alone, "src", *alone)
        print(
            f"| {variant} | {options.batch_size / statistics.median(slow):.1f} "
            f"| {options.batch_size / statistics.median(fast):.1f} | {ratio:.2f} "
            f"| {plain_s / src_s:.2f} | {plain_mib} | {src_mib} |",
            flush=True,
        )


if __name__ == "__main__":
    sys.exit(main())
