"""Use torch.distributed for one process or several: all functions also work without a group.

    torchrun --nproc_per_node=2 src/run.py pretrain vanilla wiki.txt ...

Each process holds the whole model, makes the whole batch, computes the gradients of its share of
the rows and takes the same step as the others. Rank 0 prints and writes.
"""

import os
import signal
import sys
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress

import numpy as np
import torch
import torch.distributed as dist

STORE = []  # the process group's, which torchrun's agent holds


class Lost(Exception):
    """Report that another process of the group has ended in the middle of the work."""


def init_process_group():
    """Join the processes that torchrun has started, if it has started several."""
    if "RANK" not in os.environ or os.environ.get("WORLD_SIZE", "1") == "1":
        return
    has_nccl = torch.cuda.is_available() and dist.is_nccl_available()
    backend = "cpu:gloo,cuda:nccl" if has_nccl else "gloo"
    store, rank, size = next(dist.rendezvous("env://"))
    # torchrun keeps one store for all starts, with old addresses (torch 2.13).
    store = dist.PrefixStore(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0"), store)
    dist.init_process_group(backend, store=store, rank=rank, world_size=size)
    STORE[:] = [store]


def world_size():
    """Return the number of processes."""
    return dist.get_world_size() if dist.is_initialized() else 1


def rank():
    """Return this process's number, from 0."""
    return dist.get_rank() if dist.is_initialized() else 0


def is_main():
    """Return whether this is the process that prints and writes."""
    return rank() == 0


def call(collective, *arguments):
    """Take part in a collective of torch.distributed. Raises Lost if another process has ended."""
    try:
        collective(*arguments)
    except RuntimeError:
        raise Lost("another process of the run has ended") from None


def all_reduce_sum(number, parameters=()):
    """Return the sum of the processes' numbers; sum the gradients of `parameters` too."""
    if world_size() == 1:
        return number
    gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
    last = [*(float(p.grad is not None) for p in parameters), number]
    last = torch.tensor(last, device=gradients[0].device if gradients else None)
    flat = torch.cat([*(gradient.flatten() for gradient in gradients), last])
    call(dist.all_reduce, flat)
    *totals, last = flat.split([*map(torch.numel, gradients), len(last)])
    for parameter, total, holders in zip(parameters, totals, last.tolist()):
        # An optimizer skips a parameter that has a gradient in no process.
        parameter.grad = total.view_as(parameter) if holders else None
    return flat[-1].item()


def all_reduce_max(*numbers):
    """Return the largest of the processes' numbers, one by one. Without numbers it is a barrier."""
    if world_size() == 1:
        return numbers
    largest = torch.tensor([*numbers, 0])
    call(dist.all_reduce, largest, dist.ReduceOp.MAX)
    return largest[:-1].tolist()


def broadcast_object(thing):
    """Broadcast rank 0's value, any Python object, to all processes; return it."""
    things = [thing]
    if world_size() > 1:
        call(dist.broadcast_object_list, things)
    return things[0]


def all_gather_object(thing):
    """Return the values of all processes, a list by rank."""
    things = [thing] * world_size()
    if world_size() > 1:
        call(dist.all_gather_object, things, thing)
    return things


def all_gather_rows(function, batch):
    """Return function(batch), of which each process computes every world_size-th row.

    batch: a tensor. The result has its shape.
    """
    if world_size() == 1:
        return function(batch)
    rows = torch.zeros_like(batch)
    mine = slice(rank(), None, world_size())
    rows[mine] = function(batch[mine])
    call(dist.all_reduce, rows)
    return rows


def synchronise(model, *place):
    """Give all processes rank 0's parameters, and each its own dropout.

    place: the seed, and the numbers of epochs and steps taken before.
    """
    if world_size() > 1:
        for tensor in model.state_dict().values():
            call(dist.broadcast, tensor, 0)
    if not is_main():
        seed, *taken = place
        torch.manual_seed(int(np.random.default_rng((seed, rank(), *taken)).integers(2**63)))


@contextmanager
def silence_others():
    """Let only rank 0 print within the block."""
    if is_main():
        yield
        return
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        yield


def report_end(message):
    """Print why the run ends, unless another process has printed why."""
    if STORE:
        for signum in (signal.SIGINT, signal.SIGTERM):  # torchrun's, as soon as one has ended
            signal.signal(signum, signal.SIG_IGN)
        with suppress(RuntimeError):  # the store may be what is lost
            if STORE[0].add("ended", 1) > 1:
                return
    # Rank 0's progress bar may stand in the last line.
    print(message if is_main() else f"\n{message}", file=sys.stderr)
