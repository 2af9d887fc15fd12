"""Stopping and continuing a training: its saved state, and signals."""

import os
import signal
import sys
import threading
import time
from contextlib import contextmanager

import torch

from text.files import InputError
from training import distributed
from training.weights import load_tensors, save_tensors


def find_checkpoint(params_path):
    """Return the path where a training is saved until its parameters are written."""
    return f"{params_path}.checkpoint"


class Stopped(Exception):
    """Training ended early by signal `signum`; the message says how to continue."""

    def __init__(self, signum, message):
        super().__init__(message)
        self.signum = signum


class Checkpoint:
    """Save a Trainer to `path` every `minutes`, so that the same run, and no other, can go on.

    identity: a dict of all that makes a run another one. signals: a list that a signal handler
    fills, see catch_signals. An object is Trainer.train's after_step.
    """

    def __init__(self, path, identity, minutes=5.0, signals=()):
        self.path, self.identity, self.minutes, self.signals = path, identity, minutes, signals
        self.saved_at = time.monotonic()

    def __call__(self, trainer):
        """Save if it is due. After a signal to any process, save and raise Stopped."""
        interval = 60 * self.minutes
        # An epoch's end is a good place to continue from, unless epochs are short.
        at_end = trainer.ends_epoch() and trainer.seconds >= interval
        is_due = at_end or time.monotonic() - self.saved_at >= interval
        signum, is_due = distributed.all_reduce_max(self.signals[0] if self.signals else 0, is_due)
        if signum or is_due:
            self.save(trainer)
        if signum:
            raise Stopped(signum, f"stopped at {trainer.place()}, saved in {self.path}")

    def save(self, trainer):
        """Write the file atomically, so that the previous one survives a crash."""
        trainer.check_parameters()
        if distributed.is_main():
            save_tensors({"identity": self.identity, "state": get_state(trainer)}, self.path)
        distributed.all_reduce_max()  # waits until it is saved
        self.saved_at = time.monotonic()

    def load(self, trainer):
        """Continue from the file, if there is one; rank 0 reads it.

        Raises InputError if it isn't a checkpoint, or is another run's.
        """
        state = self.read() if distributed.is_main() and self.exists() else None
        state = distributed.broadcast_object(state)
        if state is None:
            return
        restore(trainer, state)
        print(f"Continuing at {trainer.place()}, from {self.path}", file=sys.stderr)

    def read(self):
        """Return the state that the file holds, a dict. Raises InputError as load does."""
        saved = load_tensors(self.path, "checkpoint", "start over with --fresh")
        if not isinstance(saved, dict) or saved.keys() != {"identity", "state"}:
            raise InputError(f"{self.path}: not a checkpoint: start over with --fresh")
        for name in {**self.identity, **saved["identity"]}:
            found, wanted = (
                each.get(name, "no such setting") for each in (saved["identity"], self.identity)
            )
            if found != wanted:
                before, now = (repr(each)[:80] for each in (found, wanted))
                raise InputError(
                    f"{self.path}: belongs to a run with another {name} ({before} instead of "
                    f"{now}): repeat that run's command to continue it, or start over with --fresh"
                )
        return saved["state"]

    def exists(self):
        return os.path.exists(self.path)

    def remove(self):
        """Remove the file, if there is one."""
        if self.exists():
            os.unlink(self.path)


def get_state(trainer):
    """Return all that a run needs to go on, as tensors and plain Python objects."""
    return {
        "model": trainer.model.state_dict(),
        "optimizers": [optimizer.state_dict() for optimizer in trainer.optimizers],
        "tokens": trainer.tokens,
        "history": trainer.history,
        "best_loss": trainer.best_loss,
        "losses": trainer.losses,
        "seconds": trainer.seconds,
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state(trainer.device) if trainer.device.type == "cuda" else None,
    }


def restore(trainer, state):
    """Restore what get_state returned."""
    trainer.model.load_state_dict(state["model"])
    for optimizer, saved in zip(trainer.optimizers, state["optimizers"], strict=True):
        optimizer.load_state_dict(saved)
    for name in ("tokens", "history", "best_loss", "losses", "seconds"):
        setattr(trainer, name, state[name])
    torch.set_rng_state(state["torch"])
    if trainer.device.type == "cuda" and state["cuda"] is not None:
        torch.cuda.set_rng_state(state["cuda"], trainer.device)


@contextmanager
def catch_signals(for_good=False):
    """Yield a list to which SIGINT and SIGTERM are added, instead of ending the process.

    A second signal raises KeyboardInterrupt, unless they are caught for good: then later signals,
    also those after the block, do nothing. Outside the main thread Python can't catch signals.
    """
    received = []

    def note(signum, frame):
        if received and not for_good:
            raise KeyboardInterrupt
        received.append(signum)

    if threading.current_thread() is not threading.main_thread():
        yield received
        return
    before = {signum: signal.signal(signum, note) for signum in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for signum, handler in before.items():
            if not for_good:
                signal.signal(signum, handler)
