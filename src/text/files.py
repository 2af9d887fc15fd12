"""Reading and writing files so that a mistake is one line and a crash never harms a file."""

import argparse
import codecs
import hashlib
import os
import re
import sys
from contextlib import contextmanager, suppress
from functools import wraps
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None


NUL = "\0"


class InputError(ValueError):
    """A mistake in the user's input. Its message is one line: what, where, what to do."""

    def __str__(self):
        # Of an error in its worker a DataLoader makes one that tells the traceback first.
        return super().__str__().split("InputError: ")[-1].rstrip("\n")


class WriteError(InputError):
    """A file can't be written."""


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose complaints are one line, like all others."""

    def error(self, message):
        self.exit(2, f"error: {message}: see --help\n")


def report_mistakes(main):
    """The program `main`, for which an InputError is one line on stderr and exit code 2."""

    @wraps(main)
    def reporting(*words):
        try:
            return main(*words)
        except InputError as error:
            print(f"error: {error}", file=sys.stderr)
            return 2

    return reporting


def show(text):
    """Prints a result at once; returns whether anybody still reads the standard output.

    Raises WriteError if it can't be written otherwise.
    """
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        print(text.encode(encoding, "backslashreplace").decode(encoding), flush=True)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for Python's flush at its end
        if isinstance(error, BrokenPipeError):
            return False
        raise WriteError(f"standard output: {error.strerror}: make room, or write elsewhere") from None
    return True


def read_text(path):
    """The text of the UTF-8 file at `path`, with line ends as \\n and without a byte-order mark.

    Raises InputError if the file can't be read, isn't UTF-8, or holds a NUL byte.
    """
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}: give the path of a readable file") from None
    return decode_text(data.removeprefix(codecs.BOM_UTF8), path)


def decode_text(data, path, first_line=1):
    """Return UTF-8 bytes as text, with line ends as \\n.

    first_line: the number of their first line in the file `path`, for errors. Raises InputError for bytes
    that aren't UTF-8, or a NUL byte.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = first_line + count_line_ends(data[: error.start])
        byte = data[error.start]
        raise InputError(
            f"{path}, line {line}: byte 0x{byte:02x} is not UTF-8: save the file as UTF-8"
        ) from None
    if NUL in text:
        line = first_line + count_line_ends(data[: data.index(b"\0")])
        raise InputError(f"{path}, line {line}: a NUL byte: is this a text file? Remove it")
    return normalise_line_ends(text)


def normalise_line_ends(text):
    return text.replace("\r\n", "\n").replace("\r", "\n")


def count_line_ends(data):
    """How many \\n, \\r\\n and \\r the bytes hold."""
    return data.count(b"\n") + data.count(b"\r") - data.count(b"\r\n")


def fingerprint(path):
    """A short string that differs for files of different content; None for None.

    Raises InputError for a pipe, of which nothing is left once it has been read.
    """
    if path is None:
        return None
    if not os.path.isfile(path):
        raise InputError(f"{path}: no regular file, and is read more than once: give the path of a file")
    hashed = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(2**18):
            hashed.update(block)
    return hashed.hexdigest()[:16]


@contextmanager
def write_atomically(path, mode="w"):
    """Opens a temporary file beside `path`, which replaces `path` when the block ends well.

    If the block fails, the file at `path` stays as it was. Raises InputError if nothing can be
    written there.
    """
    path = Path(os.path.realpath(path))
    temporary = name_temporary(path)
    text = {} if "b" in mode else {"encoding": "utf-8", "newline": "\n"}
    try:
        with open(temporary, mode, **text) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise WriteError(f"{path}: {error.strerror}: make room, or give another path") from None
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    with suppress(OSError):  # makes the renaming survive a power cut, where the disk supports it
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def name_temporary(path):
    """The Path that write_atomically writes to first."""
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


def check_output_path(path, inputs=(), appends=False):
    """Raises InputError unless a file can be written at `path` without harm to the `inputs`. appends: whether
    a file that is there is written to, and not replaced.
    """
    target = Path(os.path.realpath(path))
    try:
        if not target.parent.is_dir():
            raise InputError(f"{path}: folder {target.parent} does not exist: create it first")
        if target.exists() and not target.is_file():
            raise InputError(f"{path}: not a regular file: give the path of a file")
        for each in map(os.path.realpath, filter(None, inputs)):
            if target == Path(each) or (
                target.exists() and os.path.exists(each) and target.samefile(each)
            ):
                raise InputError(f"{path}: is also another file of this run: give the output another path")
        # Permissions don't tell of read-only disks, so the only sure test is to write.
        temporary = name_temporary(target)
        temporary.touch()
        temporary.unlink()
        if appends and target.exists():
            with open(target, "ab"):
                pass
    except OSError as error:
        raise InputError(f"{path}: can't be written ({error.strerror}): give another path") from None


def check_output_folder(folder, name, inputs=()):
    """Raises InputError unless the file `name` can be written in the folder, which need not exist, without
    harm to the `inputs`.
    """
    if os.path.isdir(folder):
        check_output_path(os.path.join(folder, name), inputs)
    elif os.path.exists(folder):
        raise InputError(f"{folder}: not a folder: give the path of a folder")
    else:
        check_output_path(folder, inputs)


def remove_leftovers(folder, names):
    """Removes from the folder the temporary files of killed processes that were writing files of these
    names.
    """
    for path in Path(folder).iterdir():
        found = re.fullmatch(r"\.(.*)\.\d+\.tmp", path.name)
        if found and found[1] in names:
            path.unlink()


@contextmanager
def lock(path):
    """Within the block no other process can lock `path`, a file that need not exist yet.

    Raises InputError if another process holds the lock. The lock ends with its process, however
    that ends. Where files can't be locked (Windows, some network disks) nothing is locked.
    """
    path = Path(os.path.realpath(path))
    name = path.with_name(f".{path.name}.lock")
    file = None
    try:
        while True:
            file = open(name, "ab")
            if fcntl is not None:
                # Worker processes would inherit a flock and hold it for seconds after a kill.
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The previous holder may have removed the file after we opened it.
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
        remove_leftovers(path.parent, {path.name, f"{path.name}.checkpoint", f"{path.name}.json"})
        yield
    finally:
        if file is not None:
            with suppress(OSError):
                name.unlink(missing_ok=True)
            file.close()
