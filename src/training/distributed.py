"""Several processes that train one model, each with its share of every batch. torchrun starts them:

    torchrun --nproc_per_node=2 src/run.py pretrain vanilla wiki.txt ...

Each process holds the whole model and takes the same steps as the others. What they tell each other
goes through their group. The group of a process alone has nothing to do.
"""

import os
import re
import signal
import sys
import time
import uuid
from contextlib import contextmanager, nullcontext, redirect_stderr, redirect_stdout, suppress
from functools import cache

import torch
import torch.distributed as dist

from text.files import InputError


class Lost(Exception):
    """Another process of the group has ended in the middle of the work."""


class Alone:
    """The group of a process that works alone.

    rank: the number of this process among `size`. local_rank, local_size: the same on this machine.
    """

    rank = local_rank = 0
    size = local_size = 1
    is_first = True  # the one that prints and writes

    def add_up(self, number, parameters=()):
        """The sum of the processes' numbers. The gradients of `parameters` become their sums too."""
        return number

    def agree(self, *numbers):
        """The largest that any process has of each number. Waits until all have come to this point."""
        return numbers

    def tell(self, thing):
        """What the first process calls this with."""
        return thing

    def gather(self, thing):
        """What the processes call this with, a list by rank."""
        return [thing]

    def align(self, tensors):
        """Gives the tensors the first process's values."""

    def spread(self, function, batch):
        """function(batch), a tensor with a row for each of the batch, of the same shape and type. Each
        process computes a part of the rows.
        """
        return function(batch)

    def hush(self):
        """A context in which only the first process prints."""
        return nullcontext()

    def end(self, code, message):
        """Says why the run ends, unless another process has said why; returns the run's exit code."""
        print(message, file=sys.stderr)
        return code


ALONE = Alone()


class Group(Alone):
    """`size` processes, of which this is number `rank`. They find each other through `store`."""

    def __init__(self, store, rank, size):
        self.store, self.rank, self.size = store, rank, size
        self.is_first = rank == 0
        self.local_rank = int(os.environ.get("LOCAL_RANK", rank))
        self.local_size = int(os.environ.get("LOCAL_WORLD_SIZE", size))
        has_nccl = torch.cuda.is_available() and dist.is_nccl_available()
        backend = "cpu:gloo,cuda:nccl" if has_nccl else "gloo"
        dist.init_process_group(backend, store=store, rank=rank, world_size=size)

    def add_up(self, number, parameters=()):
        pieces = [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
        last = torch.tensor([number], device=pieces[0].device if pieces else None)
        flat = torch.cat([*(piece.flatten() for piece in pieces), last])
        call(dist.all_reduce, flat)
        for parameter, total in zip(parameters, flat.split([*map(torch.numel, pieces), 1])):
            parameter.grad = total.view_as(parameter)
        return flat[-1].item()

    def agree(self, *numbers):
        largest = torch.tensor([*numbers, 0])  # at least one, for which they wait
        call(dist.all_reduce, largest, dist.ReduceOp.MAX)
        return largest[:-1].tolist()

    def tell(self, thing):
        things = [thing]
        call(dist.broadcast_object_list, things)
        return things[0]

    def gather(self, thing):
        things = [None] * self.size
        call(dist.all_gather_object, things, thing)
        return things

    def align(self, tensors):
        for tensor in tensors:
            call(dist.broadcast, tensor, 0)

    def spread(self, function, batch):
        mine = self.compute_part(function, batch)
        everything = mine.new_empty(self.size * len(mine), *mine.shape[1:])
        call(dist.all_gather_single, everything, mine.contiguous())  # a tall matrix comes transposed
        return everything[: len(batch)]

    def compute_part(self, function, batch):
        """function(this process's rows of the batch), filled up so that all parts are of one size."""
        share = -(-len(batch) // self.size)
        rows = batch[self.rank * share : (self.rank + 1) * share]  # the last processes may have fewer, or none
        part = function(rows) if len(rows) else batch[0].new_empty(0, *batch[0].shape)
        return part if len(part) == share else torch.cat([part, part.new_zeros(share - len(part), *part.shape[1:])])

    @contextmanager
    def hush(self):
        with open(os.devnull, "w") as nowhere:
            stdout, stderr = (sys.stdout, sys.stderr) if self.is_first else (nowhere, nowhere)
            with redirect_stdout(stdout), redirect_stderr(stderr):
                yield

    def end(self, code, message):
        for signum in (signal.SIGINT, signal.SIGTERM):  # torchrun's, as soon as one has gone
            signal.signal(signum, signal.SIG_IGN)
        with suppress(RuntimeError):  # the store may be what is lost
            if self.store.add("ended", 1) == 1:
                self.store.set("code", str(code))
            else:
                message, code = None, int(self.store.get("code"))
        if message is not None:
            super().end(code, message)
        with suppress(RuntimeError):
            dist.destroy_process_group()  # so that others who wait for this one notice
            deadline = time.monotonic() + 1
            while self.store.add("ended", 0) < self.size and time.monotonic() < deadline:
                time.sleep(0.01)
        return code


def call(collective, *arguments):
    """Has all processes of the group take part in a function of torch.distributed."""
    try:
        return collective(*arguments)
    except RuntimeError as error:
        raise Lost(f"another process of the run has ended ({shorten(error)})") from None


def shorten(error):
    """The first sentence of an error of torch.distributed, without the place in its source."""
    return re.sub(r"^\[\S*\] *", "", str(error).strip().splitlines()[0]).split(". ")[0]


@cache
def join():
    """The group of this process: with those that torchrun has started, or alone."""
    if "RANK" not in os.environ or os.environ.get("WORLD_SIZE", "1") == "1":
        return ALONE
    try:
        store, rank, size = next(dist.rendezvous("env://"))
        return Group(dist.PrefixStore(name_start(store, rank, size), store), rank, size)
    except (ValueError, RuntimeError) as error:
        advice = "start them by torchrun"
        raise InputError(f"can't join the other processes ({shorten(error)}): {advice}") from None


def name_start(store, rank, size):
    """A name that only the processes of this very start know.

    torchrun keeps one store when it starts its workers again (torch 2.13): under their old names they
    would find each other's old addresses. The first process draws the name, and tells it to whoever has
    left a key that is new.
    """
    mine = uuid.uuid4().hex
    if rank:
        store.set(f"new/{rank}", mine)
        name = store.get(f"name/{mine}").decode()
        store.add(f"joined/{name}", 1)
        return name
    while store.add(f"joined/{mine}", 0) < size - 1:
        for each in (f"new/{other}" for other in range(1, size)):
            if store.check([each]):
                store.set(f"name/{store.get(each).decode()}", mine)
        time.sleep(0.01)
    return mine
