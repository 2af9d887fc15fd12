"""Talk to the user: results on stdout, and a mistake as one line on stderr."""

import argparse
import os
import sys
from contextlib import suppress
from functools import wraps


class InputError(ValueError):
    """Report a mistake in the user's input by one line: what, where, what to do."""


class Parser(argparse.ArgumentParser):
    """Parse words as argparse does; raise an InputError for a mistake."""

    def error(self, message):
        raise InputError(f"{message}: see --help")


def report_mistakes(main):
    """Return `main` so that an InputError ends it with one line on stderr and exit code 2."""

    @wraps(main)
    def reporting(*words):
        try:
            return main(*words)
        except InputError as error:
            print(f"error: {error}", file=sys.stderr)
            return 2

    return reporting


class Unfailing:
    """Write to a stream whose reader or disk may be gone; drop what can't be written."""

    def __init__(self, stream):
        self.stream = stream

    def __getattr__(self, name):
        return getattr(self.stream, name)

    def write(self, text):
        with suppress(OSError):
            self.stream.write(text)
            self.stream.flush()

    def flush(self):
        with suppress(OSError):
            self.stream.flush()


def note(text):
    """Print a note on stderr."""
    print(f"note: {text}", file=sys.stderr)


def show(text):
    """Print a result at once; return False if the reader has closed the pipe, as `head` does."""
    # A terminal may lack the special characters.
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        print(text.encode(encoding, "backslashreplace").decode(encoding), flush=True)
    except OSError:  # or a full disk
        # Python flushes once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True
