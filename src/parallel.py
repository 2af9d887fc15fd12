"""Several processes that train one model, each with its share of every batch. torchrun starts them:

    torchrun --nproc_per_node=2 src/run.py pretrain vanilla wiki.txt ...

Each process holds the whole model and takes the same steps as the others. What they tell each other
goes through their group. The group of a process alone has nothing to do.
"""

import os
import sys
from contextlib import contextmanager, nullcontext, redirect_stderr, redirect_stdout, suppress
from functools import cache

import torch
import torch.distributed as dist

from files import InputError


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
        """function(batch), of whose rows each process computes its part."""
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
        most = -(-len(batch) // self.size)  # rows of a process; the last ones may have fewer or none
        rows = batch[self.rank * most : (self.rank + 1) * most]
        mine = batch.new_zeros(most, *batch.shape[1:])
        if len(rows):
            mine[: len(rows)] = function(rows)
        parts = [torch.empty_like(mine) for _ in range(self.size)]
        call(dist.all_gather, parts, mine)
        return torch.cat(parts)[: len(batch)]

    @contextmanager
    def hush(self):
        with open(os.devnull, "w") as nowhere:
            stdout, stderr = (sys.stdout, sys.stderr) if self.is_first else (nowhere, nowhere)
            with redirect_stdout(stdout), redirect_stderr(stderr):
                yield

    def end(self, code, message):
        with suppress(RuntimeError):  # the store may be what is lost
            if self.store.add("ended", 1) > 1:
                return int(self.store.get("code"))
            self.store.set("code", str(code))
        return super().end(code, message)


def call(collective, *arguments):
    """Has all processes of the group take part in a function of torch.distributed."""
    try:
        return collective(*arguments)
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[0]
        raise Lost(f"another process of the run has ended ({reason})") from None


@cache
def join():
    """The group of this process: with those that torchrun has started, or alone."""
    if "RANK" not in os.environ or os.environ.get("WORLD_SIZE", "1") == "1":
        return ALONE
    try:
        return Group(*next(dist.rendezvous("env://")))
    except (ValueError, RuntimeError) as error:
        reason = str(error).strip().splitlines()[0]
        raise InputError(f"can't join the other processes ({reason}): start them by torchrun") from None
