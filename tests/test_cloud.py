"""The run on Azure's spot VMs, cloud/, as far as it can be tried without Azure."""

import re
import subprocess
import sys
import textwrap

import pytest
from conftest import ROOT

TASK = (ROOT / "cloud" / "azure.sky.yaml").read_text(encoding="utf-8")


def read_block(key):
    """Return the lines of the task's `key: |`, as YAML reads them."""
    block = re.search(rf"^{key}: \|\n((?: .*\n|\n)+)", TASK, re.MULTILINE)
    return textwrap.dedent(block[1])


@pytest.mark.parametrize("key", ["setup", "run"])
def test_the_tasks_commands_are_bash_and_name_files_of_the_repository(key):
    block = read_block(key)
    subprocess.run(["bash", "-n"], input=block, encoding="utf-8", check=True)
    files = re.findall(r"(?<![\w/])(?:\./)?([\w/-]+\.(?:sh|py|txt))\b", block)
    assert files and all((ROOT / name).is_file() for name in files)


def run_keep(folder, *words):
    return subprocess.run(
        [sys.executable, ROOT / "cloud" / "keep.py", *words], cwd=folder, capture_output=True, encoding="utf-8"
    )


def test_the_commands_exit_code_is_kept_and_what_it_made_too(tmp_path):
    assert run_keep(tmp_path, "store", "bash", "-c", "echo 1 > x.params; exit 3").returncode == 3
    assert (tmp_path / "store" / "x.params").read_text() == "1\n"
