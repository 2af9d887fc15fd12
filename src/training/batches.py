"""Make the tensors of one step from a dataset: which examples, in which order, in which pieces."""

import os
import random
import signal
import sys
from bisect import bisect_left

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, default_collate

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

    They depend on `seed` and `epoch` only, so an epoch can be continued from any batch, `start`.
    Each of several processes gets its share of every batch, which may be empty.
    """

    def __init__(self, n_items, batch_size, seed, shuffle, rank=0, world_size=1):
        self.n_items, self.batch_size, self.seed, self.shuffle = n_items, batch_size, seed, shuffle
        self.rank, self.world_size = rank, world_size
        self.epoch = self.start = 0

    def __len__(self):
        return -(-self.n_items // self.batch_size)

    def __iter__(self):
        numbers = np.random.default_rng((self.seed, self.epoch))
        seeds = numbers.integers(2**63, size=self.n_items)
        order = numbers.permutation(self.n_items) if self.shuffle else np.arange(self.n_items)
        for batch in range(self.start, len(self)):
            rows = order[batch * self.batch_size : (batch + 1) * self.batch_size]
            rows = rows[self.rank :: self.world_size]
            yield list(zip(rows.tolist(), seeds[rows].tolist()))


def make_loader(dataset, batch_size, seed, shuffle, num_workers, pin_memory):
    """Return a DataLoader of batches (x, y), whose `batch_sampler` is a Batches."""
    # More workers than cores only wait for each other.
    has_affinity = hasattr(os, "sched_getaffinity")  # on Linux
    cores = len(os.sched_getaffinity(0)) if has_affinity else os.cpu_count()
    workers = min(num_workers, cores // distributed.local_world_size())
    ranks = (distributed.rank(), distributed.world_size())
    return DataLoader(
        SeededItems(dataset),
        batch_sampler=Batches(len(dataset), batch_size, seed, shuffle, *ranks),
        collate_fn=collate,
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


def collate(examples):
    """Return the batch (x, y) of a list of examples, which may be empty."""
    if not examples:
        return torch.zeros(2, 0, 1, dtype=torch.long).unbind()
    return default_collate(examples)


def ignore_signals(worker_id):
    """Ignore Ctrl-C in a worker process, which the trainer ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def gather_batch(x, y):
    """Return the whole batch (x, y) of (B, T), of which each process has some rows or none."""
    parts = [part for part in distributed.all_gather_object((x, y)) if len(part[0])] or [(x, y)]
    return [torch.cat(each) for each in zip(*parts)] if len(parts) > 1 else parts[0]


def split_by_length(y, size, multiple=1, rank=0, world_size=1):
    """Yield micro-batches (rows, length, share) of a batch with targets y (B, T).

    A micro-batch holds rows of similar lengths. `length` is where its last target that isn't a pad
    ends, rounded up to a `multiple` within T: later pads change nothing, as attention is causal and
    the loss skips pads. `share` is its part of the batch's targets, so that losses times shares add
    up to the loss of the padded batch.

    One process gets at most `size` rows in each. Several processes get micro-batches of their own,
    the largest of which is as small as possible: no process waits long for another.
    """
    # Sort the rows by length.
    targets = y != PAD_ID
    total = int(targets.sum())
    last = targets * torch.arange(1, y.size(1) + 1)  # (B, T)
    # All processes must find the same order, also on machines of different kinds.
    lengths, order = last.amax(dim=1).sort(stable=world_size > 1)
    # Cut them into micro-batches.
    ends = range(size, len(order), size)
    if world_size > 1:
        count = world_size * -(-len(order) // (world_size * size))
        ends = cut_evenly(lengths.tolist(), count)
    # Yield this process's, without the pads at their ends.
    for rows in order.tensor_split(list(ends))[rank::world_size]:
        longest = int(last[rows].max()) if len(rows) else 0
        if longest:
            length = min(-(-longest // multiple) * multiple, y.size(1))
            yield rows, length, int(targets[rows].sum()) / total


def cut_evenly(lengths, count):
    """Return where to cut rows of ascending lengths into at most `count` pieces.

    The largest piece, its number of rows times its longest, is as small as possible.
    """

    def pack(most):
        """Return the starts of pieces of at most `most` positions, or of one row."""
        starts, end = [], len(lengths)
        while end:
            rows = most // lengths[end - 1] if lengths[end - 1] else end  # empty rows cost nothing
            end = max(0, end - max(1, rows))
            starts.append(end)
        return starts[::-1]

    whole = len(lengths) * max(lengths, default=0)
    return pack(bisect_left(range(whole), True, key=lambda most: len(pack(most)) <= count))[1:]
