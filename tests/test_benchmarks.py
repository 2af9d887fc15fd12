import multiprocessing
import re

import pytest
from conftest import ROOT


@pytest.mark.slow
def test_plain_and_fast_answers_are_the_same(cli, world):
    # Answers are long after one epoch: two questions and one variant are enough.
    (world / "two.tsv").write_text("Where was Emmy Noether born?\nWhere was Niels Abel born?\n")
    words = ("--pairs", "birth_places_train.tsv", "--questions", "two.tsv")
    words += ("--variants", "synthesizer")
    done = cli("benchmarks/speed/evaluate.py", "--corpus", "wiki.txt", *words)
    assert done.returncode == 0, done.stderr
    row = done.stdout.splitlines()[-1]
    assert row.startswith("| synthesizer |") and row.endswith("| 2 of 2 |")


def fork_instead_of_spawning():
    """Fork processes that would be spawned, so that they don't import torch again."""
    original = multiprocessing.get_context
    multiprocessing.get_context = lambda method: original({"spawn": "fork"}[method])


@pytest.mark.slow
def test_step_prints_a_ratio_and_both_memories_for_each_variant(cli, world):
    options = ("--steps", "1", "--threads", "1", "--batch_size", "4")
    words = ("benchmarks/speed/step.py", "--corpus", "wiki.txt", *options)
    done = cli(*words, before=fork_instead_of_spawning)
    assert done.returncode == 0, done.stderr
    for variant in ("vanilla", "synthesizer"):
        row = re.search(rf"\| {variant} \|(.*)\|", done.stdout)[1].split("|")
        speed, faster, ratio, settled, memory, less = map(float, row)
        rounding = 0.06  # of the printed speeds
        assert (faster - rounding) / (speed + rounding) < ratio + 0.01
        assert ratio - 0.01 < (faster + rounding) / max(0.01, speed - rounding)
        assert settled > 0 and memory > 100 and less > 100


def test_the_benchmark_of_several_processes_prints_speeds_and_their_ratios(cli, world):
    options = ("--turns", "1", "--steps", "1", "--batch_size", "2", "--threads", "1")
    options += ("--recipes", "fast")
    files = ("--corpus", "wiki.txt", "--pairs", "birth_places_train.tsv")
    done = cli("benchmarks/speed/parallel.py", *files, *options)
    assert done.returncode == 0, done.stderr
    rows = [line.split("|")[1:-1] for line in done.stdout.splitlines()[3:]]
    assert [name.strip() for name, *_ in rows] == ["fast, vanilla", "fast, synthesizer"]
    for _, *figures in rows:
        one, two, threads, ratio, other = map(float, figures)
        rounding = 0.05  # of the printed speeds
        assert (two - rounding) / (one + rounding) < ratio + 0.01
        assert ratio - 0.01 < (two + rounding) / max(0.01, one - rounding)
        assert other - 0.01 < (two + rounding) / max(0.01, threads - rounding)


PROGRAMS = sorted([*ROOT.glob("benchmarks/*/*.py"), *ROOT.glob("lab/recipes/*.py")])


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_each_program_finds_what_it_imports(cli, path):
    if path.stem == "scaling":
        pytest.importorskip("scipy")
    done = cli(path, "--help")
    assert done.returncode == 0 and "Traceback" not in done.stderr
