"""From a dataset to the tensors of one step: which examples, in which order, in which pieces."""

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
    """The items of `dataset`, each drawn with its own seed of Python's random numbers."""

    def __init__(self, dataset):
        self.dataset = dataset

    def __getitem__(self, key):
        index, seed = key
        random.seed(seed)
        return self.dataset[index]


class Batches:
    """Batches of keys (index, seed) for SeededItems, for a DataLoader's batch_sampler.

    They depend on `seed` and `epoch` only, whatever was drawn before and however many processes
    make the items. An epoch can therefore be continued from any batch, `start`. Each of several
    processes gets its share of every batch, which may be empty.
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
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
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


def collate(examples):
    """Return the batch (x, y) of a list of examples, which may be empty."""
    return default_collate(examples) if examples else torch.zeros(2, 0, 1, dtype=torch.long).unbind()


def ignore_signals(worker_id):
    """Ignore Ctrl-C in a worker process, which the trainer ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def gather_batch(x, y):
    """Return the whole batch (x, y), of which each process has drawn some rows or none."""
    parts = [part for part in distributed.all_gather_object((x, y)) if len(part[0])] or [(x, y)]
    return [torch.cat(each) for each in zip(*parts)] if len(parts) > 1 else parts[0]


def split_by_length(y, size, multiple=1, rank=0, world_size=1):
    """Yield micro-batches (rows, length, share) of a batch with targets y (B, T).

    A micro-batch holds rows of similar lengths. `length` is where its last target that isn't a pad
    ends, rounded up to a `multiple` within T: later pads change nothing, as attention is causal and
    the loss skips pads. `share` is its part of the batch's targets, so that losses times shares add
    up to the loss of the padded batch.

    One process gets at most `size` rows in each. Several processes get micro-batches of their own,
    cut so that the largest has the fewest positions: no process waits long for another.
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
        """Return the starts of pieces of at most `most` positions, or one row, filled from the last."""
        starts, end = [], len(lengths)
        while end:
            rows = most // lengths[end - 1] if lengths[end - 1] else end  # empty rows cost nothing
            end = max(0, end - max(1, rows))
            starts.append(end)
        return starts[::-1]

    whole = len(lengths) * max(lengths, default=0)
    return pack(bisect_left(range(whole), True, key=lambda most: len(pack(most)) <= count))[1:]
