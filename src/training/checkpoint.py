"""Stop and continue a training: its place, its saved state, and signals."""

import signal
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import torch

from text.console import InputError
from training import distributed
from training.weights import load_tensors, save_tensors

# Fields of TrainerConfig that may differ when a run goes on.
HARMLESS = {"ckpt_path", "num_workers", "device", "log_path", "writer"}


def find_checkpoint(params_path):
    """Return the path where a training is saved until its parameters are written."""
    return f"{params_path}.checkpoint"


def describe_place(trainer):
    """Return where the training stands, in words."""
    epochs, steps = len(trainer.history), len(trainer.losses)
    if epochs == trainer.config.max_epochs:
        return "the last step"
    return f"epoch {epochs + 1}, step {steps} of {trainer.steps_per_epoch}"


class Stopped(Exception):
    """End a training early. args: the signal's number, and a message on how to continue."""


class Checkpoint:
    """Save a Trainer to `path` every `minutes`, so that the same run, and no other, can go on.

    identity: a dict of all that makes a run another one. signals: the list of catch_signals. Call
    it after each step.
    """

    def __init__(self, path, identity, minutes=5.0, signals=()):
        self.path, self.identity = Path(path), identity
        self.minutes, self.signals = minutes, signals
        self.saved_at = time.monotonic()

    def __str__(self):
        """Return what is saved of the run, in words."""
        exists = self.path.exists()
        return f"{self.path} keeps the run before it" if exists else "nothing is saved yet"

    def __call__(self, trainer):
        """Save if it is due. After a signal to any process, save and raise Stopped."""
        is_due = time.monotonic() - self.saved_at >= 60 * self.minutes
        signum, is_due = distributed.all_reduce_max(self.signals[0] if self.signals else 0, is_due)
        if signum or is_due:
            self.save(trainer)
        if signum:
            place = f"stopped at {describe_place(trainer)}, saved in {self.path}"
            raise Stopped(signum, f"{place}: repeat the command, without --fresh, to continue")

    def save(self, trainer):
        """Write the file. The previous one survives a crash meanwhile."""
        trainer.check_parameters()
        if distributed.is_main():
            save_tensors({"identity": self.identity, "state": get_state(trainer)}, self.path)
        distributed.all_reduce_max()  # waits until it is saved
        self.saved_at = time.monotonic()

    def load(self, trainer):
        """Continue from the file, if there is one. Raises InputError if it is of another run."""
        # Rank 0 reads it, and compares the runs.
        state = None
        if distributed.is_main() and self.path.exists():
            saved = load_tensors(self.path, "checkpoint", "start over with --fresh")
            for name in {**self.identity, **saved["identity"]}:
                before = saved["identity"].get(name, "no such setting")
                now = self.identity.get(name, "no such setting")
                if before != now:
                    other = f"a run with another {name} ({before!r:.80} instead of {now!r:.80})"
                    advice = "repeat that run's command to continue it, or start over with --fresh"
                    raise InputError(f"{self.path}: belongs to {other}: {advice}")
            state = saved["state"]
        # All go on from its state.
        state = distributed.broadcast_object(state)
        if state is not None:
            restore(trainer, state)
            print(f"Continuing at {describe_place(trainer)}, from {self.path}", file=sys.stderr)


PLACE = ("tokens", "history", "best_loss", "losses", "seconds")  # attributes of a Trainer


def get_state(trainer):
    """Return all that a run needs to go on, as tensors and plain Python objects."""
    on_cpu = trainer.device.type == "cpu"
    return {
        "model": trainer.model.state_dict(),
        "optimizers": [optimizer.state_dict() for optimizer in trainer.optimizers],
        **{name: getattr(trainer, name) for name in PLACE},
        "torch": torch.get_rng_state(),
        "device": None if on_cpu else torch.get_device_module(trainer.device).get_rng_state(),
    }


def restore(trainer, state):
    """Restore what get_state returned."""
    trainer.model.load_state_dict(state["model"])
    for optimizer, saved in zip(trainer.optimizers, state["optimizers"], strict=True):
        optimizer.load_state_dict(saved)
    for name in PLACE:
        setattr(trainer, name, state[name])
    torch.set_rng_state(state["torch"])
    if trainer.device.type != "cpu" and state["device"] is not None:
        torch.get_device_module(trainer.device).set_rng_state(state["device"])


@contextmanager
def catch_signals():
    """Yield a list to which signals are added, instead of ending the process.

    They are SIGINT, SIGTERM, SIGUSR1 and, unless nohup ignores it, SIGHUP. A second signal raises
    KeyboardInterrupt. In one of several processes it does nothing, even after the block, as
    torchrun sends more of them to a process that is about to end.
    """
    received, is_alone = [], distributed.world_size() == 1

    def receive(signum, frame):
        if received and is_alone:
            raise KeyboardInterrupt
        received.append(signum)

    # Find the signals that the system has. Only the main thread may set handlers.
    names = ["SIGINT", "SIGTERM", "SIGUSR1", "SIGHUP"]
    is_main = threading.current_thread() is threading.main_thread()
    signums = [getattr(signal, name) for name in names if is_main and hasattr(signal, name)]
    # Replace their handlers within the block.
    before = {signum: signal.getsignal(signum) for signum in signums}
    for signum, handler in before.items():
        if signum == signal.SIGINT or handler is not signal.SIG_IGN:
            signal.signal(signum, receive)
    try:
        yield received
    finally:
        for signum, handler in before.items() if is_alone else ():
            signal.signal(signum, handler or signal.SIG_DFL)  # None for a handler of C code
