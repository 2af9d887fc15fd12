"""setup.sh, which makes .venv for the scripts."""

import os
import shutil
import subprocess
import sys

import pytest
from conftest import ROOT


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "a folder"
    folder.mkdir()
    shutil.copy(ROOT / "setup.sh", folder)
    (folder / "requirements.txt").write_text("")
    return folder


def install(folder, **environment):
    return subprocess.run(
        ["bash", "-c", ". ./setup.sh; install requirements.txt"],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHON": sys.executable, **environment},
    )


def test_it_makes_the_environment_once(folder):
    done = install(folder)
    assert done.returncode == 0 and done.stdout == ""
    assert [line.split()[0] for line in done.stderr.splitlines()[:2]] == ["Making", "Installing"]
    pip = subprocess.run([folder / ".venv" / "bin" / "pip", "--version"], capture_output=True, encoding="utf-8")
    assert str(folder / ".venv") in pip.stdout
    again = install(folder, PYTHON="/no/such/python")  # which is not looked for any more
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


def test_an_environment_whose_python_does_not_work_is_refused_and_kept(folder):
    done_before = folder / ".venv" / "bin"
    done_before.mkdir(parents=True)
    (done_before / "python").symlink_to("/no/such/python")
    done = install(folder)
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert f"{folder}/.venv has no Python 3.10 or newer that works: remove it" in done.stderr
    assert os.path.lexists(done_before / "python")


def test_no_other_python_is_taken_than_was_asked_for(folder):
    done = install(folder, PYTHON="/no/such/python")
    assert done.returncode == 2
    assert done.stderr == (
        "error: no Python 3.10 or newer found at /no/such/python: install one, or set PYTHON to its path\n"
    )
    assert not (folder / ".venv").exists()


def test_what_cant_be_installed_is_named_last_and_tried_again(folder):
    (folder / "requirements.txt").write_text("./no_such_package.whl\n")
    for _ in range(2):
        done = install(folder)
        assert done.returncode == 2
        last = done.stderr.splitlines()[-1]
        assert last == f"error: requirements.txt was not installed into {folder}/.venv, for the reason above"
