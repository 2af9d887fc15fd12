"""Run a command in this folder, and keep what it makes in another one, such as a mounted bucket.

    python3 cloud/keep.py [--every SECONDS] STORE PROGRAM [WORD...]

First it copies here what STORE has and this folder lacks. So the same command, repeated on another
machine, continues where the store left off. It needs only Python.

The command does not run in the bucket itself, for a mounted bucket is not a disk. Azure's blobfuse2
can't remove a file that is still open, which run.py does to see whether it can write. SkyPilot's
other way, rclone, uploads some seconds after a file is closed but removes at once: a machine that
is lost between the end of a training and its upload would lose the parameters, and their checkpoint
too. So the store gets each file whole, by the plainest calls there are (write, close, rename), and
a file is removed from it only once what came after it is there.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

# What reproduce.sh and collect_submission.sh make. The last are reproduce.sh's records of what is
# done: they must not be in the store before the files that they are about.
MADE = (
    *("*.params", "*.params.json", "*.params.epochs/*", "*.checkpoint", "*.predictions"),
    *("report.html", "assignment5.zip"),
    *(".reproduce/*.jsonl", ".reproduce/*.out", ".reproduce/*.made"),
)
TRIES = 5  # of the last save, if it fails


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--every", type=float, default=60, metavar="SECONDS", help="default: 60")
    parser.add_argument("store", type=Path)
    parser.add_argument("program")
    parser.add_argument("words", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    here, kept = Path(), {}
    try:
        options.store.mkdir(parents=True, exist_ok=True)
        restore(options.store, here)
        command = subprocess.Popen([options.program, *options.words])
    except OSError as error:
        print(f"error: {error.filename}: {error.strerror}: give a folder and a command", file=sys.stderr)
        return 2
    try:
        while command.returncode is None:
            with suppress(subprocess.TimeoutExpired):
                command.wait(options.every)
            if command.returncode is None:
                try_to_save(here, options.store, kept)
    finally:  # after Ctrl-C too, which the command gets as well
        command.wait()
        is_saved = try_hard_to_save(here, options.store, kept, options.every)
    if is_saved:
        return command.returncode
    print(f"error: {options.store} lacks the newest files: make room there, and repeat the command", file=sys.stderr)
    return command.returncode or 1


def try_to_save(folder, store, kept):
    """Return whether save(folder, store, kept) has succeeded; print why it has not."""
    try:
        save(folder, store, kept)
    except OSError as error:
        print(f"note: {store}: {error}", file=sys.stderr)
        return False
    return True


def try_hard_to_save(folder, store, kept, seconds):
    """Return whether save has succeeded; try again a few times within `seconds`."""
    for _ in range(TRIES - 1):
        if try_to_save(folder, store, kept):
            return True
        time.sleep(seconds / TRIES)
    return try_to_save(folder, store, kept)


def list_made(folder):
    """Return the names of the folder's files that the assignment's scripts make, records last."""
    return [str(path.relative_to(folder)) for pattern in MADE for path in sorted(folder.glob(pattern))]


def restore(store, folder):
    """Copy what only the store has into the folder."""
    for name in list_made(store):
        if not (folder / name).exists():
            with open(store / name, "rb") as source:
                copy(source, folder / name)


def save(folder, store, kept):
    """Make the store's files those of the folder. kept: {name: state} of the files last copied."""
    gone = [name for name in list_made(store) if not (folder / name).exists()]
    for name in list_made(folder):
        with suppress(FileNotFoundError), open(folder / name, "rb") as source:  # a checkpoint may be gone by now
            stat = os.fstat(source.fileno())
            state = stat.st_ino, stat.st_mtime_ns, stat.st_size
            if kept.get(name) != state:
                copy(source, store / name)
                kept[name] = state
    for name in gone:
        (store / name).unlink(missing_ok=True)


def copy(source, target):
    """Copy an open file so that a part of it never stands under the target's name."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.tmp")
    with open(temporary, "wb") as file:
        shutil.copyfileobj(source, file, 2**20)
    os.replace(temporary, target)


if __name__ == "__main__":
    sys.exit(main())
