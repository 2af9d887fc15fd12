"""Make the tensors of one step from a dataset: which examples, in which order, in which pieces."""

import os
import random
import signal
import sys

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from text.formats import PAD_ID
from training import distributed


class SeededItems(Dataset):
    """Draw each item of `dataset` with its own seed of Python's random numbers."""

    def __init__(self, dataset):
        self.dataset = dataset

    def __getitem__(self, key):
        index, seed = key
        random.seed(seed)
        return self.dataset[index]


class Batches:
    """Yield batches of keys (index, seed) for SeededItems, as a DataLoader's batch_sampler.

    They depend on `seed` and `epoch` only, so an epoch can be continued from any batch, `start`,
    and several processes make the same.
    """

    def __init__(self, n_items, batch_size, seed, shuffle):
        self.n_items, self.batch_size, self.seed, self.shuffle = n_items, batch_size, seed, shuffle
        self.epoch = self.start = 0

    def __len__(self):
        return -(-self.n_items // self.batch_size)

    def __iter__(self):
        numbers = np.random.default_rng((self.seed, self.epoch))
        seeds = numbers.integers(2**63, size=self.n_items)
        order = numbers.permutation(self.n_items) if self.shuffle else np.arange(self.n_items)
        for batch in range(self.start, len(self)):
            rows = order[batch * self.batch_size : (batch + 1) * self.batch_size]
            yield list(zip(rows.tolist(), seeds[rows].tolist()))


def make_loader(dataset, batch_size, seed, shuffle, num_workers, pin_memory):
    """Return a DataLoader of batches (x, y), whose `batch_sampler` is a Batches."""
    # More workers than cores only wait for each other.
    has_affinity = hasattr(os, "sched_getaffinity")  # on Linux
    cores = len(os.sched_getaffinity(0)) if has_affinity else os.cpu_count()
    workers = min(num_workers, cores // distributed.world_size())
    return DataLoader(
        SeededItems(dataset),
        batch_sampler=Batches(len(dataset), batch_size, seed, shuffle),
        num_workers=workers,
        worker_init_fn=ignore_signals,
        # Later Pythons would start a new interpreter and send it the dataset.
        multiprocessing_context="fork" if workers and sys.platform == "linux" else None,
        persistent_workers=shuffle and workers > 0,
        pin_memory=pin_memory,
        generator=torch.Generator(),  # its own: torch's serves dropout, which is checkpointed
    )


def choose_micro_batch_size(config, device_type, dtype):
    """Return the number of rows that a model is given at once: a TrainerConfig's, or a fast one."""
    if device_type != "cpu":
        return config.micro_batch_size or config.batch_size
    size = config.micro_batch_size or (32 if dtype == "bfloat16" else 16)
    # Several processes get as many micro-batches as one, else more of them would be pads.
    return min(size, max(8, -(-size // distributed.world_size())))


def ignore_signals(worker_id):
    """Ignore Ctrl-C in a worker process, which the trainer ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def split_by_length(y, size, multiple=1, rank=0, world_size=1):
    """Yield a process's micro-batches (rows, length, share) of a batch with targets y (B, T).

    A micro-batch holds at most `size` rows, of similar lengths. `length` is where its last target
    that isn't a pad ends, rounded up to a `multiple` within T: later pads change nothing, as
    attention is causal and the loss skips pads. `share` is its part of the batch's targets, so that
    losses times shares, summed over all processes, are the loss of the padded batch.
    """
    # Sort the rows by length; all processes must find the same order.
    targets = y != PAD_ID
    total = int(targets.sum())
    last = targets * torch.arange(1, y.size(1) + 1)  # (B, T)
    _, order = last.amax(dim=1).sort(stable=world_size > 1)
    # Take every world_size-th row, so that the processes' work is alike; cut off pads at the ends.
    for rows in order[rank::world_size].split(size):
        longest = int(last[rows].max()) if len(rows) else 0
        if longest:
            length = min(-(-longest // multiple) * multiple, y.size(1))
            yield rows, length, int(targets[rows].sum()) / total
