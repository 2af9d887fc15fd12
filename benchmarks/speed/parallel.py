"""Measure the speed of pretraining by several processes of one thread, in examples a second.

    python benchmarks/speed/parallel.py [--corpus wiki.txt] [--pairs birth_places_train.tsv]
        [--turns 9] [--steps 2] [--processes 2 4] [--weak] [--silent] [--recipes fast]

They take turns with one process of one thread and one of two threads, the ordinary way. Each makes
the same batches itself; who waits sleeps. With --weak the batch grows with the processes. Then the
ratio to the ordinary way, whose batch does not grow, means little. With --silent the processes also
do their parts without exchanging anything: no training, but what the machine allows. Speeds and
ratios are of the medians over the turns.
"""

import os
import statistics
import sys
import time
from contextlib import ExitStack, contextmanager
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import wait
from pathlib import Path

import torch
import torch.distributed as dist

sys.path.append(str(Path(__file__).resolve().parent.parent))
from common import ROOT

from dataset import load_corpus
from model import GPT
from objectives.table import find_objective, make_dataset
from recipes import RECIPES, model_config, trainer_config
from text.console import Parser, report_mistakes
from trainer import Trainer
from training import distributed
from utils import set_seed


def skip(collective, result, *inputs):
    """Stand in for distributed.call: leave out what the other processes would contribute."""
    if collective is dist.all_gather_object:
        result[:] = inputs[:1] * len(result)  # a batch of the same number of rows


def work(pipe, rank, size, threads, silent, steps, make_trainer):
    """Take `steps` steps at each word from the pipe, and then answer.

    The first process holds the group's store, whose port it sends; the first word is this port.
    """
    if rank == 0:
        store = dist.TCPStore("localhost", 0, is_master=True, wait_for_workers=False)
        pipe.send(store.port)
    where = dict(MASTER_ADDR="localhost", MASTER_PORT=pipe.recv())
    where.update(TORCHELASTIC_USE_AGENT_STORE=True)
    ranks = dict(RANK=rank, LOCAL_RANK=rank, WORLD_SIZE=size, LOCAL_WORLD_SIZE=size)
    os.environ.update((name, str(value)) for name, value in {**where, **ranks}.items())
    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    distributed.init_process_group()
    trainer = make_trainer()
    distributed.synchronise(trainer.model, 0, 0, 0)
    if silent:
        distributed.call = skip
    trainer.model.train()
    batches = iter(())
    while pipe.recv():
        for _ in range(steps):
            batch = next(batches, None)
            if batch is None:
                batches = trainer.make_batches(trainer.train_dataset)
                batch = next(batches)
            trainer.step(*batch)
            distributed.all_reduce_max(0, 0)  # as the checkpoint asks after each step
        pipe.send(True)


@contextmanager
def start(size, *arguments):
    """Yield a group of `size` processes, [(pipe to it, process), ...]."""
    context, group = get_context("fork"), []
    for rank in range(size):
        here, there = context.Pipe()
        words = (there, rank, size, *arguments)
        process = context.Process(target=work, args=words, daemon=True)
        process.start()
        group.append((here, process))
    # This process has no store: a fork could copy a lock that the store's thread holds.
    port = receive(group[0][0], group)
    for pipe, _ in group:
        pipe.send(port)
    yield group
    for pipe, _ in group:
        pipe.send(False)
    for _, process in group:
        process.join()


def receive(pipe, group):
    """Return what a process of the group sends. Raises RuntimeError if one has ended instead."""
    # The pipe of a process that has died stays open: those started after it hold it too.
    if pipe not in wait([pipe, *(process.sentinel for _, process in group)]):
        raise RuntimeError("a process of the group has ended: its own message stands above")
    return pipe.recv()


def take_turn(group):
    """Return the seconds that the group takes for its steps."""
    started = time.perf_counter()
    for pipe, _ in group:
        pipe.send(True)
    for pipe, _ in group:
        receive(pipe, group)
    return time.perf_counter() - started


def measure(ways, recipe, variant, corpus, dataset, turns, steps):
    """Return the examples a second of each way in its median turn.

    ways: (processes, threads of each, silent, batch size) for each.
    """

    def make_trainer(batch_size):
        set_seed(0)
        words = dict(device="cpu", batch_size=batch_size)
        config = trainer_config(recipe, "pretrain", len(corpus), len(dataset), **words)
        return Trainer(GPT(model_config(recipe, variant, corpus.vocab_size)), dataset, None, config)

    with ExitStack() as stack:
        groups = [
            stack.enter_context(start(*way, steps, partial(make_trainer, batch_size)))
            for *way, batch_size in ways
        ]
        seconds = [[take_turn(group) for group in groups] for _ in range(turns + 1)]
    medians = map(statistics.median, zip(*seconds[1:]))  # the first turn warms up
    return [steps * batch_size / each for (*_, batch_size), each in zip(ways, medians)]


@report_mistakes
def main():
    parser = Parser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--corpus", default=str(ROOT / "wiki.txt"))
    parser.add_argument("--pairs", default=str(ROOT / "birth_places_train.tsv"))
    parser.add_argument("--turns", type=int, default=9)
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("--batch_size", type=int, help="default: the recipe's")
    parser.add_argument("--threads", type=int, default=2, help="of the ordinary way")
    parser.add_argument("--processes", type=int, nargs="+", default=[2], help="besides one")
    parser.add_argument("--recipes", nargs="+", choices=list(RECIPES), default=["handout", "fast"])
    parser.add_argument("--weak", action="store_true", help="a whole batch for each process")
    silent = "also processes that exchange nothing"
    parser.add_argument("--silent", action="store_true", help=silent)
    options = parser.parse_args()
    ways = [False, True] if options.silent else [False]
    several = [(size, 1, silent) for silent in ways for size in options.processes]
    kinds = [(1, 1, False), *several, (1, options.threads, False)]
    torch.set_num_threads(1)  # a thread of this process would be missing in its copies
    corpus = load_corpus(options.corpus)
    print(f"{options.corpus}, {options.turns} turns of {options.steps} steps, examples a second")
    # processes × threads
    names = [f"{size} × {threads}" + ", silent" * silent for size, threads, silent in kinds]
    ratios = [(i, base) for base in (0, -1) for i in range(1, len(names) - 1)]
    columns = [*names, *(f"{names[i]} : {names[base]}" for i, base in ratios)]
    print(f"| recipe, variant | {' | '.join(columns)} |")
    print("|---" * (1 + len(columns)) + "|", flush=True)
    for recipe in options.recipes:
        pairs = {"finetune_corpus_path": options.pairs} if find_objective(recipe).reads_pairs else {}
        dataset = make_dataset(corpus, recipe, **pairs)
        sizes, given = (len(corpus), len(dataset)), options.batch_size
        batch_size = trainer_config(recipe, "pretrain", *sizes, batch_size=given).batch_size
        ways = [(*kind, batch_size * (kind[0] if options.weak else 1)) for kind in kinds]
        for variant in ("vanilla", "synthesizer"):
            speeds = measure(ways, recipe, variant, corpus, dataset, options.turns, options.steps)
            cells = [f"{each:.1f}" for each in speeds]
            cells += [f"{speeds[i] / speeds[base]:.2f}" for i, base in ratios]
            print(f"| {recipe}, {variant} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
