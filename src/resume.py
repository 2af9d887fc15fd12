"""Stopping and continuing a training: checkpoints, the lock on an output, signals."""

import hashlib
import os
import re
import signal
import sys
import threading
from contextlib import contextmanager, suppress
from pathlib import Path

from dataset import InputError
from utils import load_tensors, save_tensors

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None


class Stopped(Exception):
    """Training ended early by signal `signum`; the message says how to continue."""

    def __init__(self, signum, message):
        super().__init__(message)
        self.signum = signum


def fingerprint(path):
    """A short string that differs for files of different content; None for None."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:16] if path else None


def save_checkpoint(path, identity, state):
    """Writes `state`, of tensors and plain Python objects, so that the last file survives a crash."""
    save_tensors({"identity": identity, "state": state}, path)


def load_checkpoint(path, identity, limit):
    """The state saved at `path`, of `limit` bytes at most.

    Raises InputError if the file is no checkpoint, or one of a run with another identity, a dict.
    """
    saved = load_tensors(path, limit, "checkpoint", "start over with --fresh")
    try:
        found, state = dict(saved["identity"]), dict(saved["state"])
    except (TypeError, ValueError, KeyError):
        raise InputError(f"{path}: not a checkpoint: start over with --fresh") from None
    for name, wanted in identity.items():
        # As texts: the file may hold anything, and what is shown must stay one line.
        before, now = (" ".join(repr(each).split()) for each in (found.get(name), wanted))
        if before != now:
            raise InputError(
                f"{path}: is of a run with another {name} ({before[:80]}, not {now[:80]}): "
                "repeat that run's command to continue it, or start over with --fresh"
            )
    return state


@contextmanager
def lock(path):
    """Within the block no other process can lock `path`, a file that may not exist yet.

    Raises InputError if another one holds the lock. It ends with its process, however that ends.
    Where files can't be locked (Windows, some network disks) nothing is.
    """
    path = Path(os.path.realpath(path))
    name = path.with_name(f".{path.name}.lock")
    file = None
    try:
        while True:
            file = open(name, "ab")
            if fcntl is not None:
                # Not flock, which the processes that make batches would hold on to for seconds.
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The holder before may have removed the file between our opening and locking it.
            if name.exists() and os.path.samestat(os.fstat(file.fileno()), name.stat()):
                break
            file.close()
    except OSError as error:
        if file is not None and isinstance(error, (BlockingIOError, PermissionError)):
            raise InputError(
                f"{path}: another run is writing it: wait for that, or give another path"
            ) from None
        print(f"note: {path}: can't be locked ({error.strerror}): start no second run", file=sys.stderr)
    try:
        leftover = re.compile(rf"\.{re.escape(path.name)}(\.checkpoint)?\.\d+\.tmp")
        for each in path.parent.iterdir():
            if leftover.fullmatch(each.name):  # of a killed process
                each.unlink()
        yield
    finally:
        if file is not None:
            with suppress(OSError):
                name.unlink(missing_ok=True)
            file.close()


@contextmanager
def catch_signals():
    """Yields a list to which SIGINT and SIGTERM are added, instead of ending the process.

    A second one raises KeyboardInterrupt. Signals stay as they are outside the main thread, where
    Python can't catch them.
    """
    received = []

    def note(signum, frame):
        if received:
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
            signal.signal(signum, handler)


def ignore_signals(worker_id):
    """For processes that make batches: a Ctrl-C reaches them too, but the trainer ends them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
