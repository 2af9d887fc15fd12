"""The run on Azure's spot VMs, cloud/, as far as it can be tried without Azure."""

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import time
import zipfile
from contextlib import contextmanager, suppress

import pytest
from conftest import ROOT, make_clone, make_world

sys.path.insert(0, str(ROOT / "cloud"))

import keep  # noqa: E402

TASK = (ROOT / "cloud" / "azure.sky.yaml").read_text(encoding="utf-8")


def read_block(key):
    """The lines of the task's `key: |`, as YAML reads them."""
    block = re.search(rf"^{key}: \|\n((?: .*\n|\n)+)", TASK, re.MULTILINE)
    return textwrap.dedent(block[1])


def read_defaults():
    """The task's `envs`."""
    block = re.search(r"^envs:.*\n((?: .*\n)+)", TASK, re.MULTILINE)
    return {name: value for name, value in re.findall(r"^  (\w+): (.*?)(?:  #.*)?$", block[1], re.MULTILINE)}


# What it names is there


@pytest.mark.parametrize("key", ["setup", "run"])
def test_the_tasks_commands_are_bash_and_name_files_of_the_repository(key):
    block = read_block(key)
    subprocess.run(["bash", "-n"], input=block, encoding="utf-8", check=True)
    files = re.findall(r"(?<![\w/])(?:\./)?([\w/-]+\.(?:sh|py|txt))\b", block)
    assert files and all((ROOT / name).is_file() for name in files)


def test_the_tasks_options_are_those_of_the_scripts():
    known = (ROOT / "reproduce.sh").read_text() + (ROOT / "cloud" / "keep.py").read_text()
    options = re.findall(r"--\w+", read_block("run") + read_defaults()["OPTIONS"])
    assert {"--every", "--recipe", "--device"} == set(options)
    assert all(re.search(rf"{option}\b", known) for option in options)


def test_the_recipe_is_one_and_the_bucket_has_one_name():
    from recipes import RECIPES

    assert read_defaults()["RECIPE"] in RECIPES
    bucket = re.search(r"^    name: (\S+)$", TASK, re.MULTILINE)[1]
    assert re.fullmatch(r"[a-z0-9](-?[a-z0-9]){2,62}", bucket)  # as Azure wants it
    assert f"bucket={bucket} " in (ROOT / "cloud" / "fetch.sh").read_text()


# SkyPilot's own judgement

VALIDATE = """
import sys

import sky
import yaml
from sky.jobs import recovery_strategy
from sky.utils.registry import JOBS_RECOVERY_STRATEGY_REGISTRY as STRATEGIES

def describe(text):
    task = sky.Task.from_yaml_config(yaml.safe_load(text))
    words = [task.envs["RECIPE"], task.workdir]
    for each in task.resources:
        STRATEGIES.from_str(each.job_recovery["strategy"])  # looks at it only when it launches
        words += [each.cloud, *each.accelerators, "spot" if each.use_spot else "on demand"]
    for path, storage in task.storage_mounts.items():
        words += [path, storage.mode.value, *(kind.value for kind in storage.stores)]
    return words

for text in sys.stdin.read().split("=====\\n"):
    try:
        print(*describe(text))
    except ValueError as error:
        print("refused:", *str(error).split())
"""


@pytest.mark.skipif(
    importlib.util.find_spec("sky") is None,
    reason="SkyPilot is not installed: pip install -r requirements-cloud.txt",
)
def test_skypilot_takes_the_task_and_refuses_a_damaged_one(tmp_path):
    damages = [
        ("use_spot:", "use_spots:"),  # no such field
        ("use_spot: true", "use_spot: perhaps"),  # another type
        ("disk_size: 100 ", "disk_size: [100] "),
        ("store: azure", "store: azur"),
        ("mode: MOUNT", "mode: MOUNTED"),
        ("max_restarts_on_errors: 0", "max_restarts_on_errors: -1"),
        ("strategy: EAGER_NEXT_REGION", "strategy: EAGER"),
        ("\nsetup: |", "\nset_up: |"),
    ]
    assert all(TASK.count(before) == 1 for before, _ in damages)
    texts = [TASK, *(TASK.replace(before, after) for before, after in damages)]
    done = subprocess.run(
        [sys.executable, "-c", VALIDATE],
        input="=====\n".join(texts),
        capture_output=True,
        encoding="utf-8",
        cwd=ROOT,
        env={**os.environ, "HOME": str(tmp_path), "SKYPILOT_DISABLE_USAGE_COLLECTION": "1"},
    )
    assert done.returncode == 0, done.stderr
    taken, *others = done.stdout.splitlines()
    assert taken == "handout . Azure T4 spot Azure A100-80GB spot Azure H100 spot ~/results MOUNT AZURE"
    assert len(others) == len(damages) and all(line.startswith("refused:") for line in others), others


# An eviction

# A run.py that never ends its first pretraining on the first machine, and goes on from a checkpoint.
STUB = """import sys
import time
from pathlib import Path

path = Path(next(b for a, b in zip(sys.argv, sys.argv[1:]) if a in ("--writing_params_path", "--outputs_path")))
checkpoint = Path(f"{path}.checkpoint")
text = "made at once"
if checkpoint.exists():
    text = f"continued at {checkpoint.read_text()}"
    checkpoint.unlink()
elif path.name == "vanilla.pretrain.params" and Path.cwd().name == "first":
    checkpoint.write_text("step 7")
    while Path(__file__).exists():  # as long as its machine
        time.sleep(0.05)
    sys.exit(1)
path.write_text(text)
"""


@contextmanager
def machine(folder):
    """A new machine with the repository, as SkyPilot and `setup` leave it."""
    folder.mkdir()
    with make_clone(folder):
        make_world(folder)
        (folder / "src" / "run.py").write_text(STUB)
        (folder / "page" / "make_report.py").write_text("")
        yield


def start(folder, home):
    """The task's `run` on a machine, whose bucket is home/results."""
    variables = {**read_defaults(), "HOME": str(home), "OPTIONS": "--device cpu", "SAVE_SECONDS": "0.1"}
    return subprocess.Popen(
        ["bash", "-c", read_block("run")],
        cwd=folder,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        start_new_session=True,
    )


def evict(running, folder):
    """The machine is gone, with its processes and its disk. Returns the exit code."""
    with suppress(ProcessLookupError):
        os.killpg(running.pid, signal.SIGKILL)
    shutil.rmtree(folder)
    running.communicate()
    return running.returncode


def list_files(folder):
    """What is in the folder, without Python's caches and environments."""
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    return {name for name in files if "__pycache__" not in name and not name.startswith(".venv")}


@pytest.mark.slow
def test_after_an_eviction_a_new_machine_continues_from_the_bucket_and_the_zip_arrives(tmp_path):
    first, second, home = (tmp_path / name for name in ("first", "second", "home"))
    bucket = home / "results" / "handout"
    with machine(first):
        running = start(first, home)
        given_up = time.monotonic() + 120
        # A save copies the checkpoint before the records of what came before it.
        awaited = "vanilla.pretrain.params.checkpoint", ".reproduce/vanilla.nopretrain.test.predictions.made"
        while not all((bucket / name).exists() for name in awaited):
            if running.poll() is not None or time.monotonic() > given_up:
                break
            time.sleep(0.02)
        assert evict(running, first) == -signal.SIGKILL
    with machine(second):
        before = list_files(second)
        running = start(second, home)
        said = running.communicate()[0]
    assert running.returncode == 0, said
    assert said.count("done before") == 3  # the trainings and answers before that
    with zipfile.ZipFile(bucket / "assignment5.zip") as archive:
        assert archive.read("vanilla.model.params") == b"made at once"
    assert (bucket / "vanilla.pretrain.params").read_text() == "continued at step 7"
    assert list_files(bucket) == list_files(second) - before


# keep.py


@pytest.fixture
def folders(tmp_path):
    """A folder in which a training has just ended, and the store as it was before that."""
    folder, store = tmp_path / "folder", tmp_path / "store"
    for path in (folder / ".reproduce", store):
        path.mkdir(parents=True)
    for name in ("x.params", "x.params.json", ".reproduce/x.params.made", "notes.txt"):
        (folder / name).write_text(name)
    (store / "x.params.checkpoint").write_text("state")
    return folder, store


def test_the_store_becomes_like_the_folder(folders):
    folder, store = folders
    kept = {}
    keep.save(folder, store, kept)
    assert keep.list_made(store) == ["x.params", "x.params.json", ".reproduce/x.params.made"]
    (folder / "x.params.json").write_text("new")
    keep.save(folder, store, kept)
    assert (store / "x.params.json").read_text() == "new"
    assert not (store / "notes.txt").exists()


@pytest.mark.parametrize("last", range(3))
def test_a_checkpoint_stays_until_all_that_followed_it_is_in_the_store(folders, monkeypatch, last):
    folder, store = folders
    copied = []

    def evicted(source, target):
        if len(copied) == last:
            raise OSError(5, "Input/output error")
        copied.append(target.name)

    monkeypatch.setattr(keep, "copy", evicted)
    with pytest.raises(OSError):
        keep.save(folder, store, {})
    assert (store / "x.params.checkpoint").exists()


def test_what_is_here_is_not_replaced_from_the_store(folders):
    folder, store = folders
    (store / "x.params").write_text("older")
    keep.restore(store, folder)
    assert (folder / "x.params").read_text() == "x.params"
    assert (folder / "x.params.checkpoint").read_text() == "state"


def run_keep(folder, *words):
    return subprocess.run(
        [sys.executable, ROOT / "cloud" / "keep.py", *words], cwd=folder, capture_output=True, encoding="utf-8"
    )


def test_the_commands_exit_code_is_kept_and_what_it_made_too(tmp_path):
    assert run_keep(tmp_path, "store", "bash", "-c", "echo 1 > x.params; exit 3").returncode == 3
    assert (tmp_path / "store" / "x.params").read_text() == "1\n"


@pytest.mark.parametrize(
    "words, said",
    [(["store"], "program"), (["store", "no-such"], "error: no-such: No such"), (["file", "true"], "error: file: File")],
)
def test_a_mistake_in_keeps_command_is_told_without_a_traceback(tmp_path, words, said):
    (tmp_path / "file").write_text("")
    done = run_keep(tmp_path, *words)
    assert done.returncode == 2 and "error: " in done.stderr and said in done.stderr
    assert "Traceback" not in done.stderr


def test_the_last_save_is_tried_again(tmp_path, monkeypatch, capsys):
    saving, failures = keep.save, [OSError(5, "Input/output error")] * 3

    def save(*words):
        if failures:
            raise failures.pop()
        saving(*words)

    monkeypatch.setattr(keep, "save", save)
    monkeypatch.setattr(sys, "argv", ["keep.py", "--every", "1", "store", "bash", "-c", "echo 1 > x.params; exit 3"])
    monkeypatch.chdir(tmp_path)
    assert keep.main() == 3
    assert capsys.readouterr().err.count("Input/output error") == 3
    assert (tmp_path / "store" / "x.params").read_text() == "1\n"


@pytest.mark.parametrize("code", [0, 3])
def test_a_last_save_that_fails_is_told(tmp_path, code):
    # Until the store is gone there is nothing to save.
    program = f"rmdir store; touch store; echo 1 > x.params; exit {code}"
    (tmp_path / "store").mkdir()
    done = run_keep(tmp_path, "--every", "0.1", "store", "bash", "-c", program)
    assert done.returncode == (code or 1)
    assert done.stderr.endswith("error: store lacks the newest files: make room there, and repeat the command\n")


# fetch.sh

AZ = r"""#!/usr/bin/env bash
echo "$*" >> "$LOG"
case "$*" in
    "storage account list"*) [ "$EXISTS" != expired ] && printf 'skyeast\nskywest\n' ;;
    *"container exists"*skyeast*) echo false ;;
    *"container exists"*skywest*) echo "$EXISTS" ;;
    *download-batch*) mkdir results/text && touch results/text/assignment5.zip ;;
    *) exit 1 ;;
esac
"""


@pytest.mark.parametrize("exists", ["true", "false", "expired"])
def test_fetch_finds_the_account_that_has_the_bucket(tmp_path, exists):
    (tmp_path / "cloud").mkdir()
    shutil.copy(ROOT / "cloud" / "fetch.sh", tmp_path / "cloud")
    az = tmp_path / "bin" / "az"
    az.parent.mkdir()
    az.write_text(AZ)
    az.chmod(0o755)
    variables = {"PATH": f"{az.parent}:{os.environ['PATH']}", "LOG": str(tmp_path / "log"), "EXISTS": exists}
    done = subprocess.run(
        ["bash", tmp_path / "cloud" / "fetch.sh", "text"],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, **variables},
    )
    if exists == "true":
        assert done.returncode == 0 and "assignment5.zip" in done.stdout, done.stderr
        assert "--account-name skywest --source birth-places --pattern text/*" in (tmp_path / "log").read_text()
    elif exists == "false":
        assert done.returncode == 1 and done.stderr.startswith("error: no bucket birth-places")
    else:
        assert done.returncode == 2 and done.stderr.startswith("error: Azure lists no storage accounts")
