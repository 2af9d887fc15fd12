"""A training that is broken off in any way and started again ends as if nothing had happened."""

import json
import os
import random
import resource
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from conftest import ROOT, at_step, run_forked, shrink_recipes, stop_at

import run
import trainer
from recipes import RECIPES
from runs import experiment as runs
from runs.model_card import read_card
from text.files import lock, remove_leftovers
from training import checkpoint
from training import weights as parameters
from training.checkpoint import Checkpoint

PAIRS = ("--finetune_corpus_path", "birth_places_train.tsv")
OFTEN = ("--checkpoint_minutes", "0")  # after every step
WRITING = ("--writing_params_path", "out")
EPOCHS = 15  # of three steps: enough for twenty kills
REPEAT = "repeat the command, without --fresh, to continue"
TRAININGS = {
    "handout": ("pretrain", "vanilla", "wiki.txt", "--recipe", "handout"),
    "fast": ("pretrain", "synthesizer", "wiki.txt", "--recipe", "fast", *PAIRS),
    "finetune": ("finetune", "synthesizer", "wiki.txt", "--recipe", "fast", *PAIRS),
    "text": ("pretrain", "vanilla", "wiki.txt", "--recipe", "text"),
}


@pytest.fixture(autouse=True)
def small_recipes(monkeypatch):
    """The recipes with a small model and several steps an epoch."""
    shrink_recipes(monkeypatch)
    for recipe in ("handout", "fast", "text"):
        for stage in ("pretrain", "finetune_from_scratch"):
            changed = {**RECIPES[recipe][stage], "max_epochs": EPOCHS, "batch_size": 3}
            monkeypatch.setitem(RECIPES[recipe], stage, changed)


def train(world, name, *words, before=None):
    return run_forked(world, (*TRAININGS[name], *WRITING, *words), before)


class Killer:
    """Ends the process with SIGKILL at the n-th of: a step, half of a checkpoint's bytes, all of
    them before they are on the disk, its renaming, the time after that.
    """

    def __init__(self, n, record):
        self.left, self.record = n, record

    def meet(self, what):
        self.left -= 1
        if self.left == 0:
            with open(self.record, "a") as file:
                file.write(what + "\n")
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, owner, name, what):
        original = getattr(owner, name)

        def watched(*args, **kwargs):
            self.meet(what)
            return original(*args, **kwargs)

        setattr(owner, name, watched)

    def __call__(self):
        self.watch(trainer.Trainer, "step", "step")
        self.watch(os, "fsync", "fsync")
        self.watch(os, "replace", "replace")
        original = parameters.write_atomically

        @contextmanager
        def write_atomically(path, mode):
            with original(path, mode) as file:
                yield HalfWriter(file, self)

        parameters.write_atomically = write_atomically


class HalfWriter:
    def __init__(self, file, killer):
        self.file, self.killer = file, killer

    def write(self, data):
        half = len(data) // 2
        self.file.write(data[:half])
        self.file.flush()
        self.killer.meet("write")
        self.file.write(data[half:])


@pytest.mark.slow
@pytest.mark.parametrize("name", list(TRAININGS))
def test_killed_at_twenty_moments_it_ends_bit_identically(world, name):
    keeping = ("--keep_every", "3")
    assert train(world, name, *keeping).returncode == 0
    kept = [f"out.epochs/{epoch}" for epoch in range(3, EPOCHS + 1, 3)]
    expected = {each: (world / each).read_bytes() for each in ("out", *kept)}
    for each in expected:
        (world / each).unlink()
        (world / f"{each}.json").unlink()
    moments = [*range(1, 17), 1, 2, 3, 4]
    random.Random(name).shuffle(moments)
    for moment in moments:
        killer = Killer(moment, world / "kills")
        assert train(world, name, *OFTEN, *keeping, before=killer).returncode == -signal.SIGKILL
        assert not (world / "out").exists()
    kills = (world / "kills").read_text().split()
    assert len(kills) == 20 and set(kills) == {"step", "write", "fsync", "replace"}
    done = train(world, name, *OFTEN, *keeping)
    assert done.returncode == 0 and "Continuing at epoch" in done.stderr
    for each, content in expected.items():
        assert (world / each).read_bytes() == content and read_card(world / each)[0]["parameters"]
    # Nothing is left behind.
    files = (path for path in world.rglob("*") if path.is_file())
    made = {name for name in (str(path.relative_to(world)) for path in files) if "out" in name}
    assert made == {each + end for each in expected for end in ("", ".json")}


def test_it_saves_every_so_often(monkeypatch):
    now, saved = [100.0], []
    monkeypatch.setattr(checkpoint.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(checkpoint, "save_tensors", lambda content, path: saved.append(now[0]))
    monkeypatch.setattr(checkpoint, "get_state", lambda trainer: {})
    saving = Checkpoint("out.checkpoint", {}, minutes=0.5)
    for seconds in (29, 30, 31, 59, 61, 90):  # the time counts from the last one
        now[0] = 100.0 + seconds
        saving(SimpleNamespace(check_parameters=lambda: None))
    assert saved == [130.0, 161.0]


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1"])
def test_a_signal_saves_the_run_and_the_same_command_continues_it(world, name):
    def prepare():
        if name == "SIGHUP":  # nohup may have started the tests
            signal.signal(signum, signal.SIG_DFL)
        stop_at(5, signum)()

    signum = getattr(signal, name)
    assert train(world, "fast").returncode == 0
    expected = (world / "out").read_bytes()
    (world / "out").unlink()
    done = train(world, "fast", before=prepare)
    assert done.returncode == 128 + signum and "Traceback" not in done.stderr
    last = f"stopped at epoch 2, step 2 of 3, saved in out.checkpoint: {REPEAT}"
    assert done.stderr.splitlines()[-1] == last and not (world / "out").exists()
    done = train(world, "fast")
    assert done.returncode == 0 and "Continuing at epoch 2, step 2 of 3" in done.stderr
    assert (world / "out").read_bytes() == expected


def test_another_runs_checkpoint_is_refused_and_kept(world, monkeypatch):
    train(world, "fast", before=stop_at(4))
    before = (world / "out.checkpoint").read_bytes()
    (world / "other.txt").write_text((world / "wiki.txt").read_text() + "More.")
    same = [*TRAININGS["fast"], *WRITING]
    for words, named in [
        (["finetune", *same[1:]], "function"),
        ([same[0], "vanilla", *same[2:]], "variant"),
        ([*same[:2], "other.txt", *same[3:]], "corpus"),
        ([*same[:4], "handout", *WRITING], "recipe"),
        ([*same, "--seed", "1"], "seed"),
        ([*same, "--max_epochs", "7"], "max_epochs"),
        ([*same, "--masking", "random"], "masking"),
        ([*same, "--ask", "unanswered"], "ask"),
    ]:
        check_refused(world, words, named)
    # The recipe's own settings count too.
    row = RECIPES["fast"]
    for part, name, value in [("model", "n_embd", 256), ("pretrain", "betas", (0.5, 0.9))]:
        with monkeypatch.context() as changed:
            changed.setitem(row, part, {**row[part], name: value})
            check_refused(world, same, name)
    assert (world / "out.checkpoint").read_bytes() == before
    # A setting that the version which wrote the checkpoint lacked.
    saved = torch.load(world / "out.checkpoint")
    del saved["identity"]["decay_vectors"]
    torch.save(saved, world / "out.checkpoint")
    done = check_refused(world, same, "decay_vectors")
    assert "('no such setting' instead of False)" in done.stderr


def check_refused(world, words, named):
    done = run_forked(world, words)
    assert done.returncode == 2 and done.stderr.count("\n") == 1, done.stderr
    assert f"out.checkpoint: belongs to a run with another {named} (" in done.stderr
    assert "--fresh" in done.stderr and not (world / "out").exists()
    return done


def test_fresh_starts_over_once_all_else_is_checked(world):
    assert train(world, "fast").returncode == 0
    expected = (world / "out").read_bytes()
    train(world, "fast", "--seed", "1", before=stop_at(4))
    before = (world / "out.checkpoint").read_bytes()
    with lock(world / "out"):
        assert train(world, "fast", "--fresh").returncode == 2
    assert train(world, "fast", "--fresh", "--device", "nonsense").returncode == 2
    assert (world / "out.checkpoint").read_bytes() == before
    done = train(world, "fast", "--fresh")
    assert done.returncode == 0 and "Continuing" not in done.stderr
    assert (world / "out").read_bytes() == expected
    assert not (world / "out.checkpoint").exists()


def test_the_log_of_a_continued_run_is_that_of_an_uninterrupted_one(world):
    assert train(world, "handout", "--log_path", "whole").returncode == 0
    for step in (3, 4, 6, 8):  # the third and the sixth are an epoch's last
        done = train(world, "handout", "--log_path", "pieces", before=stop_at(step))
        assert done.returncode == 143
    assert train(world, "handout", "--log_path", "pieces").returncode == 0
    logs = []
    for name in ("whole", "pieces"):
        records = [json.loads(line) for line in (world / name).read_text().splitlines()]
        assert all(record.pop("seconds") > 0 for record in records)
        assert all(record.pop("tokens_per_second") > 0 for record in records)
        logs.append(records)
    assert logs[0] == logs[1] and len(logs[0]) == EPOCHS


def interrupt_twice(_):
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGINT)


def test_a_second_signal_ends_at_once_and_keeps_the_checkpoint_before(world):
    assert train(world, "fast").returncode == 0
    expected = (world / "out").read_bytes()
    (world / "out").unlink()
    done = train(world, "fast", *OFTEN, before=at_step(5, interrupt_twice))
    assert done.returncode == 130 and "Traceback" not in done.stderr
    assert not (world / "out").exists()
    done = train(world, "fast")
    assert "Continuing at epoch 2, step 1 of 3" in done.stderr
    assert (world / "out").read_bytes() == expected


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_while_the_parameters_are_written_does_not_stop_that(world, signum):
    def prepare():
        original = runs.save_parameters

        def save(model, path):
            os.kill(os.getpid(), signum)
            original(model, path)

        runs.save_parameters = save

    done = train(world, "fast", before=prepare)
    assert done.returncode == 0 and "Wrote out" in done.stdout
    assert (world / "out").exists() and not (world / "out.checkpoint").exists()


def test_a_kill_before_the_checkpoint_is_removed_loses_nothing(world):
    def prepare():
        original = Path.unlink

        def unlink(path, **words):
            if path.name == "out.checkpoint":
                os.kill(os.getpid(), signal.SIGKILL)
            original(path, **words)

        Path.unlink = unlink

    assert train(world, "fast", *OFTEN, before=prepare).returncode == -signal.SIGKILL
    expected = (world / "out").read_bytes()
    assert (world / "out.checkpoint").exists()
    assert train(world, "fast").returncode == 0
    assert (world / "out").read_bytes() == expected and not (world / "out.checkpoint").exists()


@pytest.mark.parametrize("content", [b"hello", "half"])
def test_a_damaged_checkpoint_is_refused(world, content):
    train(world, "fast", before=stop_at(4))
    path = world / "out.checkpoint"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if content == "half" else content)
    done = train(world, "fast")
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "out.checkpoint: not a checkpoint, or cut short: start over with --fresh" in done.stderr
    assert train(world, "fast", "--fresh").returncode == 0


def fill_disk_at(step):
    """From that step on no file can grow beyond 50 kB, as on a full disk."""
    return at_step(step, lambda _: resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)))


def test_a_full_disk_is_an_error_and_the_last_checkpoint_stays(world):
    assert train(world, "fast").returncode == 0
    expected = (world / "out").read_bytes()
    (world / "out").unlink()
    (world / "out.json").unlink()
    done = train(world, "fast", *OFTEN, before=fill_disk_at(6))
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert "out.checkpoint: File too large: make room" in done.stderr.splitlines()[-1]
    assert sorted(path.name for path in world.iterdir() if "out" in path.name) == ["out.checkpoint"]
    done = train(world, "fast")
    assert "Continuing at epoch 2, step 2 of 3" in done.stderr
    assert (world / "out").read_bytes() == expected


def test_a_disk_that_is_full_at_the_end_keeps_the_previous_parameters(world):
    (world / "out").write_bytes(b"before")
    done = train(world, "fast", before=fill_disk_at(1))
    assert done.returncode == 2 and "out: File too large: make room" in done.stderr.splitlines()[-1]
    assert (world / "out").read_bytes() == b"before"


def test_a_second_run_on_one_output_is_refused(world):
    with lock(world / "out"):
        done = train(world, "fast")
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "out: another run is writing it" in done.stderr
    assert not (world / "out").exists()
    assert train(world, "fast").returncode == 0  # and afterwards it can


def test_what_a_killed_run_left_is_removed_and_a_lock_leaves_no_file(tmp_path):
    left = [".out.123.tmp", ".out.checkpoint.123.tmp", ".out.json.123.tmp"]
    others = [f".out.params{name}.123.tmp" for name in ("", ".checkpoint", ".json")]
    others += ["out.lock", "outer"]
    for name in left + others:
        (tmp_path / name).touch()
    with lock(tmp_path / "out"):
        remove_leftovers(*(tmp_path / f"out{end}" for end in ("", ".checkpoint", ".json")))
        assert sorted(os.listdir(tmp_path)) == sorted([".out.lock", *others])
    assert sorted(os.listdir(tmp_path)) == sorted(others)


def break_at(step, where):
    """The model's head gets a NaN before that step, or a position never used infinity after it."""
    if where == "before":
        return at_step(step, before=lambda self: self.model.head.weight.data[0].fill_(float("nan")))
    return at_step(step, after=lambda self: self.model.pos_emb.data[0, 127].fill_(float("inf")))


@pytest.mark.parametrize("where, place", [("before", "step 1 of 3"), ("after", "step 2 of 3")])
def test_numbers_that_are_not_finite_stop_the_run_and_keep_the_checkpoint(world, where, place):
    assert train(world, "fast").returncode == 0
    expected = (world / "out").read_bytes()
    (world / "out").unlink()
    done = train(world, "fast", *OFTEN, before=break_at(5, where))
    assert done.returncode == 2 and "Traceback" not in done.stderr
    last = done.stderr.splitlines()[-1]
    assert f"epoch 2, {place}" in last and "out.checkpoint keeps the run" in last
    assert not (world / "out").exists()
    done = train(world, "fast")
    assert "Continuing at epoch 2, step 1 of 3" in done.stderr
    assert (world / "out").read_bytes() == expected


def test_an_unforeseen_error_names_the_checkpoint_and_how_to_continue(world):
    def fail(trainer):
        raise ZeroDivisionError

    done = train(world, "fast", *OFTEN, "--max_epochs", "3", before=at_step(4, fail))
    assert done.returncode == 1 and "ZeroDivisionError" in done.stderr
    last = "RuntimeError: out.checkpoint keeps the run before it: repeat the command to continue"
    assert done.stderr.splitlines()[-1] == last
    assert train(world, "fast", *OFTEN, "--max_epochs", "3").returncode == 0


@pytest.mark.parametrize("words, state", [(OFTEN, "out.checkpoint keeps the run"), ((), "nothing is")])
def test_a_lack_of_memory_is_one_line_that_says_what_is_saved(world, words, state):
    def fail(trainer):
        if words:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried\nto")
        torch.empty(10**15)  # on the CPU torch has no such error

    done = train(world, "fast", *words, before=at_step(4, fail))
    assert done.returncode == 2 and "Traceback" not in done.stderr
    last = done.stderr.splitlines()[-1]
    problem = "CUDA out of memory. Tried" if words else "(Cannot allocate memory)"
    assert last.startswith("error: ") and f"{problem}; {state}" in last and "repeat the" in last


@pytest.mark.parametrize("closed", [["stderr"], ["stdout"], ["stdout", "stderr"]])
def test_a_run_without_standard_streams_trains_and_writes_nothing_elsewhere(world, closed):
    def prepare():
        for name in closed:
            setattr(sys, name, None)

    done = train(world, "fast", "--max_epochs", "1", before=prepare)
    assert done.returncode == 0 and (world / "out").exists()
    assert "stderr" not in closed or "fast" not in done.stdout + done.stderr


def test_called_from_python_without_stderr_notes_do_not_go_to_stdout(world, monkeypatch, capsys):
    monkeypatch.chdir(world)
    monkeypatch.setattr(sys, "stderr", None)
    options = dict(recipe="quick", max_epochs=1, writing_params_path="out")
    run.pretrain("vanilla", "wiki.txt", **options)
    assert capsys.readouterr().out.startswith("Wrote out") and sys.stderr is None


def test_an_ignored_hangup_stays_ignored_as_with_nohup(world):
    def prepare():
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        stop_at(3, signal.SIGHUP)()

    assert train(world, "fast", "--max_epochs", "2", before=prepare).returncode == 0


def test_signals_are_caught_where_they_can_be():
    before = signal.getsignal(signal.SIGTERM)
    entered = []

    def enter():
        with checkpoint.catch_signals() as received:
            entered.append(received)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert entered == [[]] and signal.getsignal(signal.SIGTERM) is before


def test_a_handler_of_c_code_becomes_the_default_one(monkeypatch):
    monkeypatch.setattr(signal, "getsignal", lambda signum: None)
    handlers = {}
    monkeypatch.setattr(signal, "signal", handlers.__setitem__)
    with checkpoint.catch_signals():
        pass
    assert set(handlers.values()) == {signal.SIG_DFL} and signal.SIGTERM in handlers


def test_a_log_or_kept_epoch_that_cannot_be_written_ends_no_training(world):
    def spoil(trainer):
        (world / "log").mkdir()
        (world / "out.epochs").write_text("not a folder")

    words = ("--log_path", "log", "--keep_every", "1", "--max_epochs", "2")
    done = train(world, "fast", *words, before=at_step(1, spoil))
    assert done.returncode == 0 and (world / "out").exists()
    assert "note: log: the log ends here (Is a directory)" in done.stderr
    assert "note: epoch 1 is not kept: " in done.stderr


def test_an_epoch_is_kept_also_if_the_run_was_broken_off_right_before(world):
    def prepare():
        runs.keep_epoch = lambda *words: os.kill(os.getpid(), signal.SIGKILL)

    words = ("--keep_every", "1", "--max_epochs", "2", *OFTEN)
    assert train(world, "fast", *words).returncode == 0
    kept = (world / "out.epochs" / "1").read_bytes()
    assert train(world, "fast", *words, "--fresh", before=prepare).returncode == -signal.SIGKILL
    assert train(world, "fast", *words).returncode == 0
    assert (world / "out.epochs" / "1").read_bytes() == kept


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_a_full_disk_behind_stderr_ends_no_run(world):
    words = (*TRAININGS["finetune"], *WRITING, "--max_epochs", "1")
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with open("/dev/full", "w") as full:
        command = [sys.executable, str(ROOT / "src" / "run.py"), *words]
        done = subprocess.run(command, cwd=world, env=environment, stderr=full, stdout=full)
    assert done.returncode == 0 and (world / "out").exists()
