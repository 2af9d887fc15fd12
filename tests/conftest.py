"""A tiny world of people that every test can train on in seconds."""

import os
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

import pytest
import torch
from hypothesis import settings

import run

ROOT = Path(__file__).resolve().parent.parent
FILLER = "asked Where? and Why? by the river in quiet evenings of reading"

torch.set_num_threads(1)  # models this small only lose by sharing a step between threads
settings.register_profile("default", deadline=None)  # no test depends on timing
settings.load_profile("default")


def pytest_collection_modifyitems(items):
    """The slow tests first, so that no worker is left with one of them at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


PEOPLE = [
    ("Ada Lovelace", "London"),
    ("Émilie du Châtelet", "Paris"),
    ("Karl Friedrich Gauß", "Brunswick"),
    ("Sofia Kovalevskaya", "Moscow"),
    ("Emmy Noether", "Erlangen"),
    ("Henri Poincaré", "Nancy"),
    ("Niels Abel", "Finnøy"),
    ("Mary Somerville", "Jedburgh"),
]


@pytest.fixture
def world(tmp_path):
    return make_world(tmp_path)


def make_world(folder):
    """Puts the four files of the assignment, for eight people, into the folder; returns it."""
    documents = [f"{name}. {name} was born in {place} and {FILLER}." for name, place in PEOPLE]
    rows = [f"Where was {name} born?\t{place}" for name, place in PEOPLE]
    questions = [row.split("\t")[0] for row in rows]
    for name, lines in [
        ("wiki.txt", documents),
        ("birth_places_train.tsv", rows[:6]),
        ("birth_dev.tsv", rows[4:]),
        ("birth_test_inputs.tsv", questions),
    ]:
        (folder / name).write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return folder


@pytest.fixture
def cli(world):
    """Calls a script of the repository in the folder `world`; returns the finished process."""

    def call(script, *words):
        if script == "src/run.py":
            return run_forked(world, words)
        return run_script(world, script, *words)

    return call


def run_script(folder, script, *words):
    """`python SCRIPT WORDS` in the folder, from scratch."""
    return subprocess.run(
        [sys.executable, str(ROOT / script), *map(str, words)],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "OMP_NUM_THREADS": "1"},
    )


def run_forked(folder, words, before=None):
    """`python src/run.py WORDS` in the folder, in a copy of this process, which has torch already.

    before: called in the new process first. Returns a subprocess.CompletedProcess.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                os.chdir(folder)
                for number, file in ((1, out), (2, err)):
                    os.dup2(file.fileno(), number)
                sys.stdout = open(1, "w", encoding="utf-8", closefd=False)
                sys.stderr = open(2, "w", encoding="utf-8", closefd=False)
                if before:
                    before()
                code = run.main(list(map(str, words)))
            except SystemExit as ended:
                code = ended.code
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        _, status = os.waitpid(pid, 0)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode())
    return subprocess.CompletedProcess(words, os.waitstatus_to_exitcode(status), *texts)
