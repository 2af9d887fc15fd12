"""Read and write files so that a crash never harms one."""

import codecs
import hashlib
import os
import shutil
import threading
import unicodedata
from contextlib import contextmanager
from pathlib import Path

from text.console import InputError, note

try:
    import fcntl
except ImportError:  # Windows, where nothing is locked
    fcntl = None


def read_text(path):
    """Read a UTF-8 file, with line ends as \\n and without a byte-order mark.

    Raises InputError if the file can't be read, isn't UTF-8, or holds a NUL byte.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}: give the path of a readable file") from None
    return decode_text(data.removeprefix(codecs.BOM_UTF8), path)


def decode_text(data, path, first_line=1):
    """Decode UTF-8 bytes to NFC, Unicode's composed form, with line ends as \\n.

    first_line: the number of their first line in the file `path`, for errors. Raises InputError for
    bytes that aren't UTF-8, or a NUL byte.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line, byte = first_line + data.count(b"\n", 0, error.start), data[error.start]
        raise InputError(
            f"{path}, line {line}: byte 0x{byte:02x} is not UTF-8: save the file as UTF-8"
        ) from None
    if "\0" in text:
        line = first_line + data.count(b"\n", 0, data.index(b"\0"))
        raise InputError(f"{path}, line {line}: a NUL byte: is this a text file? Remove it")
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n"))


def fingerprint(path):
    """Return a short hash of a file's content.

    Raises InputError for a pipe, of which nothing is left once it has been read.
    """
    if not os.path.isfile(path):
        raise InputError(f"{path}: not a regular file, and is read more than once: give a file")
    hashed = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(2**18):
            hashed.update(block)
    return hashed.hexdigest()[:16]


@contextmanager
def write_atomically(path, mode="w"):
    """Open a temporary file beside `path`, which replaces `path` when the block ends well.

    If the block fails, the file at `path` stays as it was. Raises InputError if nothing can be
    written there.
    """
    path = Path(path).resolve()
    temporary = name_temporary(path)
    text = {} if "b" in mode else {"encoding": "utf-8", "newline": "\n"}
    try:
        with open(temporary, mode, **text) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, temporary)
        os.replace(temporary, path)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}: make room, or give another path") from None
    finally:
        temporary.unlink(missing_ok=True)


def name_temporary(path):
    """Return the Path that write_atomically writes to first."""
    return path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")


def check_output_path(path, inputs=()):
    """Raise InputError unless a file can be written at `path` and isn't one of the `inputs`."""
    try:
        target = Path(path).resolve()
        if not target.parent.is_dir():
            raise InputError(f"{path}: folder {target.parent} does not exist: create it first")
        if target.exists() and not target.is_file():
            raise InputError(f"{path}: not a regular file: give the path of a file")
        if target in [Path(each).resolve() for each in inputs if each]:
            raise InputError(f"{path}: is also another file of this run: give another path")
        # A disk may be read-only whatever its permissions are, so the only sure test is to write.
        name_temporary(target).touch()
        name_temporary(target).unlink()
    except OSError as error:
        message = f"{path}: can't be written ({error.strerror}): give another path"
        raise InputError(message) from None


def check_output_folder(folder, name, inputs=()):
    """Raise InputError unless the file `name` can be written in the folder, which may be new."""
    if os.path.exists(folder) and not os.path.isdir(folder):
        raise InputError(f"{folder}: not a folder: give the path of a folder")
    check_output_path(os.path.join(folder, name) if os.path.isdir(folder) else folder, inputs)


@contextmanager
def lock(path):
    """Lock `path`, an output of a run, against other runs during the block.

    Raises InputError if another run holds the lock, which ends with its process.
    """
    if not fcntl:
        yield
        return
    path = Path(path).resolve()
    name = path.with_name(f".{path.name}.lock")
    with open(name, "ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            message = f"{path}: another run is writing it: wait for it, or give another path"
            raise InputError(message) from None
        except OSError as error:  # some network disks
            note(f"{path}: can't be locked ({error.strerror}): start no second run")
        try:
            yield
        finally:
            name.unlink(missing_ok=True)


def remove_leftovers(*paths):
    """Remove the temporary files of killed processes that were writing these files."""
    for path in (Path(each).resolve() for each in paths):
        for left in path.parent.glob(".*.tmp"):
            if left.name.rsplit(".", 2)[0] == f".{path.name}":
                left.unlink()
