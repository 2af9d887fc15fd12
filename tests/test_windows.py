"""run.py as Windows runs it, as far as Linux can imitate that."""

import io
import locale
import os
import signal
import sys

import pytest
from conftest import PEOPLE, at_step, run_forked, run_script

import text.documents
import text.files

FORBIDDEN = set('<>:"|?*')  # in the name of a file


def list_open_files():
    """Return the paths that this process has open."""
    folder = "/proc/self/fd"
    paths = (os.path.join(folder, number) for number in os.listdir(folder))
    return {os.readlink(path) for path in paths if os.path.lexists(path)}


def refuse_as_windows(event, arguments):
    """Refuse, as an audit hook, to remove or replace an open file, and to open forbidden names."""
    if event in ("os.remove", "os.rename"):
        paths = [path for path in arguments if isinstance(path, (str, os.PathLike))]
        for path in map(os.path.abspath, paths):
            if path in list_open_files():
                raise PermissionError(13, "The file is used by another process", path)
    if event == "open" and isinstance(arguments[0], str):
        folder, name = os.path.split(os.path.abspath(arguments[0]))
        if folder.startswith(os.getcwd()) and FORBIDDEN & set(name):
            raise OSError(22, "Invalid argument", arguments[0])


def imitate_windows():
    """Make this process, a copy that a test has made, like one on Windows."""
    sys.modules["fcntl"] = text.files.fcntl = None
    for module, names in [(signal, "SIGHUP SIGUSR1 SIGALRM"), (os, "fork kill mkfifo pread")]:
        for name in names.split():
            delattr(module, name)
    # A file is not UTF-8 by default, and a stream lacks most characters.
    locale.setlocale(locale.LC_CTYPE, "C")
    sys.stdout = open(1, "w", encoding="ascii", closefd=False)
    sys.stderr = open(2, "w", encoding="ascii", errors="backslashreplace", closefd=False)
    typed = f"Where was {PEOPLE[1][0]} born?\r\n".encode()
    sys.stdin = io.TextIOWrapper(io.BytesIO(typed), encoding="ascii")
    sys.addaudithook(refuse_as_windows)


@pytest.mark.slow
def test_the_four_functions_run_and_ctrl_c_costs_nothing(world):
    for path in world.iterdir():  # as git writes them there
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    pairs = ("--finetune_corpus_path", "birth_places_train.tsv")
    epochs = ("--max_epochs", "2", "--checkpoint_minutes", "0", "--keep_every", "1")
    log = ("--log_path", "log.jsonl")
    pretrain = ("pretrain", "vanilla", "wiki.txt", "--writing_params_path", "pretrained")
    pretrain += ("--recipe", "quick", *pairs, *epochs, *log)

    def index_corpus():
        text.documents.SMALL = 0
        imitate_windows()

    def press_ctrl_c():
        at_step(1, lambda _: signal.raise_signal(signal.SIGINT))()
        index_corpus()

    done = run_forked(world, pretrain, press_ctrl_c)
    assert done.returncode == 130 and "stopped at epoch 1, step 1" in done.stderr, done.stderr
    done = run_forked(world, pretrain, index_corpus)
    assert done.returncode == 0 and "Continuing at epoch 1, step 1" in done.stderr, done.stderr

    # The others import all modules anew.
    reading = ("vanilla", "wiki.txt", "--reading_params_path")
    dev = ("--eval_corpus_path", "birth_dev.tsv", "--outputs_path", "predictions")
    for words in (
        ("finetune", *reading, "pretrained", "--writing_params_path", "tuned", *pairs, *epochs),
        ("evaluate", *reading, "tuned", *dev, "--report_path", "report"),
        ("ask", *reading, "tuned"),
    ):
        done = run_script(world, "src/run.py", *words, before=imitate_windows)
        assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[1].startswith(f"Where was {PEOPLE[1][0]} born?\t")
    assert (world / "predictions").read_bytes().count(b"\n") == 4
    made = {path.name for path in world.iterdir()}
    assert not [name for name in made if name.endswith((".lock", ".tmp", ".checkpoint"))]
