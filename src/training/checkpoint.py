"""Stopping and continuing a training: its saved state, and signals."""

import os
import random
import signal
import sys
import threading
import time
from contextlib import contextmanager

import numpy as np
import torch

from text.files import InputError
from training.weights import load_tensors, save_tensors


def find_checkpoint(params_path):
    """Where a training is saved until its parameters are."""
    return f"{params_path}.checkpoint"


class Stopped(Exception):
    """Training ended early by signal `signum`; the message says how to continue."""

    def __init__(self, signum, message):
        super().__init__(message)
        self.signum = signum


class Checkpoint:
    """Saves a Trainer to `path` every `minutes`, so that the same run, and no other, can go on.

    identity: a dict that tells one run from another. signals: a list that a signal handler fills,
    see catch_signals. An object is Trainer.train's after_step.
    """

    def __init__(self, path, identity, minutes=5.0, signals=()):
        self.path, self.identity, self.minutes, self.signals = path, identity, minutes, signals
        self.saved_at = time.monotonic()

    def __call__(self, trainer):
        """Saves if it is due. After a signal, to whichever process, it saves and raises Stopped."""
        interval = 60 * self.minutes
        # An epoch's end is a good place to continue from, unless epochs are short.
        at_end = trainer.ends_epoch() and trainer.seconds >= interval
        is_due = at_end or time.monotonic() - self.saved_at >= interval
        signum, is_due = trainer.processes.agree(self.signals[0] if self.signals else 0, is_due)
        if signum or is_due:
            self.save(trainer)
        if signum:
            raise Stopped(signum, f"stopped at {trainer.place()}, saved in {self.path}")

    def save(self, trainer):
        """Writes the file, so that the previous one survives a crash."""
        trainer.check_parameters()
        if trainer.processes.is_first:
            save_tensors({"identity": self.identity, "state": get_state(trainer)}, self.path)
        trainer.processes.agree()  # that it is saved
        self.saved_at = time.monotonic()

    def load(self, trainer):
        """Continues from the file, if there is one. Raises InputError if it is no checkpoint or
        another run's. Of several processes the first one reads it.
        """
        is_here = trainer.processes.is_first and self.exists()
        state = trainer.processes.tell(self.read(trainer) if is_here else None)
        if state is None:
            return
        try:
            restore(trainer, state)
        except Exception:  # the file says it is this run's, but may hold anything
            raise InputError(f"{self.path}: damaged: start over with --fresh") from None
        print(f"Continuing at {trainer.place()}, from {self.path}", file=sys.stderr)

    def read(self, trainer):
        """The state that the file holds, a dict. Raises InputError as load does."""
        saved = load_tensors(self.path, "checkpoint", "start over with --fresh")
        try:
            found, state = dict(saved["identity"]), dict(saved["state"])
        except (TypeError, ValueError, KeyError):
            raise InputError(f"{self.path}: not a checkpoint: start over with --fresh") from None
        for name, wanted in self.identity.items():
            if name not in found:
                continue
            # As texts: the file may hold anything, and what is shown must stay one line.
            before, now = (" ".join(repr(each).split()) for each in (found[name], wanted))
            if before != now:
                raise InputError(
                    f"{self.path}: belongs to a run with another {name} ({before[:80]} instead of {now[:80]}): "
                    "repeat that run's command to continue it, or start over with --fresh"
                )
        for name in self.identity:
            if name not in found:
                raise InputError(
                    f"{self.path}: of another version, without the setting {name}: continue it with that version, "
                    "or start over with --fresh"
                )
        return state

    def exists(self):
        return os.path.exists(self.path)

    def remove(self):
        """Removes the file, if there is one."""
        if self.exists():
            os.unlink(self.path)


def get_state(trainer):
    """All that a run needs to go on, as tensors and plain Python objects."""
    _, keys, place, has_gauss, gauss = np.random.get_state()
    return {
        "model": trainer.model.state_dict(),
        "optimizers": [optimizer.state_dict() for optimizer in trainer.optimizers],
        "tokens": trainer.tokens,
        "history": trainer.history,
        "best_loss": trainer.best_loss,
        "losses": trainer.losses,
        "seconds": trainer.seconds,
        "random": random.getstate(),
        "numpy": (keys.tolist(), place, has_gauss, gauss),
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state(trainer.device) if trainer.device.type == "cuda" else None,
    }


def restore(trainer, state):
    """Takes up a state of get_state. Raises an exception of any kind if it doesn't fit."""
    trainer.model.load_state_dict(state["model"])
    for optimizer, saved in zip(trainer.optimizers, state["optimizers"], strict=True):
        optimizer.load_state_dict(saved)
        for parameter, moments in optimizer.state.items():
            for name, moment in moments.items():
                # torch's fused AdamW would write beyond the end of a smaller one.
                if name != "step" and moment.shape != parameter.shape:
                    raise ValueError(f"{name} is {moment.shape}")
    for name in ("tokens", "history", "best_loss", "losses", "seconds"):
        if type(state[name]) is not type(getattr(trainer, name)):
            raise TypeError(name)
        setattr(trainer, name, state[name])
    random.setstate(state["random"])
    np.random.set_state(("MT19937", *state["numpy"]))
    torch.set_rng_state(state["torch"])
    if trainer.device.type == "cuda" and state["cuda"] is not None:
        torch.cuda.set_rng_state(state["cuda"], trainer.device)


@contextmanager
def catch_signals(for_good=False):
    """Yields a list to which SIGINT and SIGTERM are added, instead of ending the process.

    A second signal raises KeyboardInterrupt, unless they are caught for good: then neither it nor one
    after the block does anything. Outside the main thread signals stay as they are, since Python can't
    catch them there.
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
