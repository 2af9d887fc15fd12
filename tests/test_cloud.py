"""The run on Azure's spot VMs, cloud/, as far as it can be tried without Azure."""

import re
import subprocess
import sys
import textwrap

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "cloud"))

import keep  # noqa: E402

TASK = (ROOT / "cloud" / "azure.sky.yaml").read_text(encoding="utf-8")


def read_block(key):
    """The lines of the task's `key: |`, as YAML reads them."""
    block = re.search(rf"^{key}: \|\n((?: .*\n|\n)+)", TASK, re.MULTILINE)
    return textwrap.dedent(block[1])


# What it names is there


@pytest.mark.parametrize("key", ["setup", "run"])
def test_the_tasks_commands_are_bash_and_name_files_of_the_repository(key):
    block = read_block(key)
    subprocess.run(["bash", "-n"], input=block, encoding="utf-8", check=True)
    files = re.findall(r"(?<![\w/])(?:\./)?([\w/-]+\.(?:sh|py|txt))\b", block)
    assert files and all((ROOT / name).is_file() for name in files)


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


def run_keep(folder, *words):
    return subprocess.run(
        [sys.executable, ROOT / "cloud" / "keep.py", *words], cwd=folder, capture_output=True, encoding="utf-8"
    )


def test_the_commands_exit_code_is_kept_and_what_it_made_too(tmp_path):
    assert run_keep(tmp_path, "store", "bash", "-c", "echo 1 > x.params; exit 3").returncode == 3
    assert (tmp_path / "store" / "x.params").read_text() == "1\n"
