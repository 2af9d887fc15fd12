"""Make a tiny world of people that every test can train on in seconds."""

import os

# The tests run on the CPU wherever they are, and test_cuda.py on these GPUs. A GPU that this process
# had begun to use would be of no use to its forks. Set before torch is there; xdist's workers have it
# from their parent.
os.environ.setdefault("GPUS_FOR_TESTS", os.environ.get("CUDA_VISIBLE_DEVICES", "all"))
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import shutil
import signal
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from forks import ROOT, find_modules, run_fork, run_program, stand_in
from hypothesis import settings
from tqdm import tqdm

import run
from recipes import RECIPES
from trainer import Trainer

FILLER = "asked Where? and Why? by the river in quiet evenings of reading"

torch.set_num_threads(1)  # models this small only lose by sharing a step between threads

# Tests fork this process. A lock that its forks share would stay locked for all of them once one is
# killed while it holds it, and a thread may hold a lock while another forks.
tqdm.set_lock(threading.RLock())
tqdm.monitor_interval = 0

# Property tests repeat the same examples, so that no one's run of the tests fails by luck; with
# `bash test.sh --explore` they look for new ones. No test depends on timing.
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "default")
settings.register_profile("default", derandomize=True, deadline=None)
settings.register_profile("explore", max_examples=1000, deadline=None)
settings.load_profile(PROFILE)


def few_examples(number):
    """Return settings of a property whose examples take long; ten times `number` to explore."""
    return settings(max_examples=10 * number if PROFILE == "explore" else number)


SECONDS = 300 if PROFILE == "default" else 3600  # the longest that a test may take


def limit_time(item):
    """Let a test, or what it needs beforehand, fail when its time is over."""

    def fail(signum, frame):
        pytest.fail(f"{item.nodeid} takes more than {SECONDS} s")

    signal.signal(signal.SIGALRM, fail)
    signal.alarm(SECONDS)
    try:
        return (yield)
    finally:
        signal.alarm(0)


pytest_runtest_setup = pytest_runtest_call = pytest.hookimpl(wrapper=True)(limit_time)


def pytest_collection_modifyitems(items):
    """Put the slow tests first, so that no worker is left with one of them at the end."""
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


SMALL = dict(block_size=128, n_layer=1, n_head=2, n_embd=32)


def shrink_recipes(monkeypatch, **every_stage):
    """Give every recipe a model that a test trains in a second, with dropout where it had dropout.
    every_stage: settings of the trainer for all recipes.
    """
    for recipe in RECIPES.values():
        monkeypatch.setitem(recipe, "model", {**recipe["model"], **SMALL})
        monkeypatch.setitem(recipe, "every_stage", {**recipe["every_stage"], **every_stage})


@pytest.fixture
def small_recipes(monkeypatch):
    shrink_recipes(monkeypatch)


@pytest.fixture
def world(tmp_path):
    return make_world(tmp_path)


def make_world(folder):
    """Write the four files of the assignment, for eight people, into the folder; return it."""
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


@contextmanager
def make_clone(folder):
    """Copy what reproduce.sh and its like need to the folder; share this environment meanwhile."""
    names = ["src", "corpus", "page", "cloud", "london_baseline.py", "collect_submission.sh", "reproduce.sh"]
    for path in [*(ROOT / name for name in names), ROOT / "setup.sh", *ROOT.glob("requirements*.txt")]:
        copy = shutil.copytree if path.is_dir() else shutil.copy
        copy(path, folder / path.name)
    environment = folder / ".venv"
    (environment / "bin").mkdir(parents=True)
    for stamp in Path(sys.prefix).glob("installed-*"):
        for included in ("-test", "-report", ""):
            (environment / stamp.name.replace("-test", included)).touch()
    with stand_in(environment / "bin" / "python"):
        yield


@pytest.fixture
def cli(world):
    """Return a function that calls a script in the folder `world` and returns its process."""

    def call(script, *words, before=lambda: None):
        if script == "src/run.py":
            return run_forked(world, words, before)
        return run_script(world, script, *words, before=before)

    return call


def run_script(folder, script, *words, before=lambda: None):
    """Run `python SCRIPT WORDS` in the folder. before: called in the new process first."""
    modules = find_modules()

    def call():
        before()
        run_program(modules, ROOT / script, *words)

    return run_fork(folder, call)


def run_forked(folder, words, before=None):
    """Run `python src/run.py WORDS` in the folder, with what this process has made of its modules.

    before: called in the new process first. Returns a subprocess.CompletedProcess.
    """

    def call():
        if before:
            before()
        return run.main(list(map(str, words)))

    return run_fork(folder, call)


def snapshot(folder):
    """Return {path: content} of all files in a folder."""
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refuse(folder, words, *parts, before=None):
    """Assert one line of error with these parts of `run.py WORDS`, exit code 2, no changed file."""
    files = snapshot(folder)
    done = run_forked(folder, words, before)
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stdout == "" and done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith("error: ")
    for part in parts:
        assert part in done.stderr
    assert snapshot(folder) == files


# For run_forked's `before`:


def at_step(step, before=lambda trainer: None, after=lambda trainer: None):
    """Return a `before` that calls the functions around that step of the training."""

    def prepare():
        original = Trainer.step

        def watched(self, x, y):
            now = self.steps_taken + 1 == step
            if now:
                before(self)
            loss = original(self, x, y)
            if now:
                after(self)
            return loss

        Trainer.step = watched

    return prepare


def stop_at(step, signum=signal.SIGTERM):
    """Return a `before` that sends the signal during that step."""
    return at_step(step, lambda _: os.kill(os.getpid(), signum))
