"""Make the tensors of one step from a dataset: which examples, in which order, in which pieces."""

import random

import numpy as np
import torch
from torch.utils.data import default_collate

from text.formats import PAD_ID
from training import distributed


def make_batches(dataset, batch_size, seed, epoch=0, start=0, shuffle=True):
    """Yield the batches (x, y) of an epoch, from number `start` on, each (batch_size, T).

    Each item is drawn with its own seed of Python's random numbers. All depends on the arguments
    only, so an epoch can be continued from any batch, and several processes make the same.
    """
    numbers = np.random.default_rng((seed, epoch))
    seeds = numbers.integers(2**63, size=len(dataset))
    order = numbers.permutation(len(dataset)) if shuffle else np.arange(len(dataset))
    for first in range(start * batch_size, len(dataset), batch_size):
        items = []
        for index in order[first : first + batch_size].tolist():
            random.seed(int(seeds[index]))
            items.append(dataset[index])
        yield default_collate(items)


def choose_micro_batch_size(config, device_type, dtype):
    """Return how many rows a model is given at once: a TrainerConfig's number, or a fast one."""
    if device_type != "cpu":
        return config.micro_batch_size or config.batch_size
    size = config.micro_batch_size or (32 if dtype == "bfloat16" else 16)
    # Several processes get the number of micro-batches of one, else more rows would be padded.
    return min(size, max(8, -(-size // distributed.world_size())))


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
