"""Examples a second of a pretraining step, and its peak memory, against the plain way (plain.py).

    python benchmarks/step.py [--corpus wiki.txt] [--steps 5] [--threads 2]

The two take turns in one process; ratios are the median over the turns. Memory is the largest
resident size of a process that does nothing but a few steps of one of them.
"""

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

import plain
import torch
from torch.utils.data import default_collate

from dataset import CharCorruptionDataset, read_text
from model import GPT
from recipes import RECIPES, model_config, trainer_config
from trainer import Trainer
from utils import set_seed


def make_fast(variant, dataset, size):
    """A function that does one step on `size` examples as src/ does it."""
    config = trainer_config("handout", "pretrain", len(dataset), len(dataset), device="cpu")
    trainer = Trainer(GPT(model_config("handout", variant, dataset.vocab_size)), dataset, None, config)
    trainer.model.train()

    def step():
        rows = torch.randint(len(dataset), (size,)).tolist()
        trainer.step(*default_collate([dataset[row] for row in rows]))

    return step


def make_plain(variant, dataset, size):
    """A function that does one step on `size` examples the plain way."""
    model = plain.make_model(variant, dataset.vocab_size)
    optimizer = torch.optim.AdamW(model.parameters(), lr=6e-3, betas=(0.9, 0.95), foreach=False)

    def step():
        rows = torch.randint(len(dataset), (size,)).tolist()
        documents = [dataset.data[row] for row in rows]
        plain.take_step(model, optimizer, documents, dataset.stoi, dataset.block_size)

    return step


MAKERS = {"plain": make_plain, "src": make_fast}


def measure_memory(maker, variant, options):
    """Peak resident size in MiB of a process that does three steps."""
    words = ["--only", maker, variant, "--corpus", options.corpus]
    words += ["--threads", str(options.threads), "--batch_size", str(options.batch_size)]
    done = subprocess.run(
        [sys.executable, __file__, *words], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--corpus", default=str(plain.ROOT / "wiki.txt"))
    parser.add_argument("--steps", type=int, default=5)
    size = RECIPES["handout"]["pretrain"]["batch_size"]
    parser.add_argument("--batch_size", type=int, default=size)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--only", nargs=2, metavar=("WHICH", "VARIANT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    set_seed(0)
    dataset = CharCorruptionDataset(read_text(options.corpus), 128)
    if options.only:
        which, variant = options.only
        step = MAKERS[which](variant, dataset, options.batch_size)
        for _ in range(3):
            step()
        # Not getrusage: its peak is inherited from the process that started this one.
        status = Path("/proc/self/status").read_text()
        print(int(status.split("VmHWM:")[1].split()[0]) // 1024)
        return
    print(f"{options.corpus}, {options.threads} threads, {options.steps} turns, recipe handout")
    print("| variant | plain, examples/s | src, examples/s | ratio | plain, MiB | src, MiB |")
    print("|---|---|---|---|---|---|")
    for variant in ("vanilla", "synthesizer"):
        steps = {name: make(variant, dataset, options.batch_size) for name, make in MAKERS.items()}
        seconds = {name: [] for name in steps}
        for turn in range(options.steps + 1):
            for name, step in steps.items():
                started = time.perf_counter()
                step()
                if turn:  # the first warms up
                    seconds[name].append(time.perf_counter() - started)
        speeds = {name: options.batch_size / statistics.median(times) for name, times in seconds.items()}
        ratio = statistics.median(a / b for a, b in zip(seconds["plain"], seconds["src"]))
        memory = [measure_memory(name, variant, options) for name in MAKERS]
        print(
            f"| {variant} | {speeds['plain']:.1f} | {speeds['src']:.1f} | {ratio:.2f} "
            f"| {memory[0]} | {memory[1]} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
