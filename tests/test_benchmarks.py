import multiprocessing
import re
from dataclasses import replace
from pathlib import Path

import attentions
import ladder
import pytest
from ablation import ROWS, MovedTitle, Row, SpanCorruption
from common import split_pairs
from conftest import ROOT
from forks import run_fork, start
from ideas import IDEAS, Replay, TailAverage

from recipes import model_config, trainer_config
from text.console import InputError


@pytest.mark.slow
def test_plain_and_fast_answers_are_the_same(cli, world):
    files = ("--corpus", "wiki.txt", "--pairs", "birth_places_train.tsv")
    done = cli("benchmarks/speed/evaluate.py", *files, "--questions", "birth_dev.tsv")
    assert done.returncode == 0, done.stderr
    rows = [line for line in done.stdout.splitlines() if "synthesizer" in line or "vanilla" in line]
    assert len(rows) == 2 and all("| 4 of 4 |" in row for row in rows)


def test_a_mistake_is_one_line_of_error(cli, world):
    for words in (["--nothing"], ["--corpus", "nowhere"]):
        done = cli("benchmarks/accuracy/ablation.py", *words)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1


def test_the_last_400_rows_are_held_out_whatever_is_in_them(tmp_path):
    # \x85 ends a line for str.splitlines, and in no file.
    rows = [f"Where was Ada\x85{n} born?\tOslo" for n in range(403)]
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text("\n\n".join(rows) + "\n \n", encoding="utf-8")
    train, dev = (Path(path).read_text(encoding="utf-8") for path in split_pairs(pairs, tmp_path))
    assert train == "\n".join(rows[:3]) + "\n" and dev == "\n".join(rows[3:]) + "\n"
    pairs.write_text("\n".join(rows[3:]), encoding="utf-8")
    with pytest.raises(InputError, match="pairs.tsv: has 400 pairs: give more than the 400"):
        split_pairs(pairs, tmp_path)


def fork_instead_of_spawning():
    """Processes that don't import torch again; the test of the profile has those that do."""
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
    files = ("--corpus", "wiki.txt", "--pairs", "birth_places_train.tsv")
    done = cli("benchmarks/speed/parallel.py", *files, *options)
    assert done.returncode == 0, done.stderr
    rows = [line.split("|")[1:-1] for line in done.stdout.splitlines()[3:]]
    variants = ("vanilla", "synthesizer")
    names = [f"{recipe}, {variant}" for recipe in ("handout", "fast") for variant in variants]
    assert [name.strip() for name, *_ in rows] == names
    for _, *figures in rows:
        one, two, threads, ratio, other = map(float, figures)
        rounding = 0.05  # of the printed speeds
        assert (two - rounding) / (one + rounding) < ratio + 0.01
        assert ratio - 0.01 < (two + rounding) / max(0.01, one - rounding)
        assert other - 0.01 < (two + rounding) / max(0.01, threads - rounding)


@pytest.fixture
def tiny_pairs(world):
    """Options of the ablation: a corpus and pairs of which 8 are left when 400 are held out."""
    rows = (ROOT / "birth_places_train.tsv").read_text(encoding="utf-8").splitlines()[:8]
    documents = [f"{row.split(' ')[2]}. born in {row.split(chr(9))[1]}." for row in rows]
    (world / "wiki.txt").write_text("\n".join(documents + rows), encoding="utf-8")
    (world / "pairs.tsv").write_text("\n".join(rows * 51), encoding="utf-8")
    return ("--corpus", "wiki.txt", "--pairs", "pairs.tsv")


PROGRAMS = sorted((ROOT / "benchmarks").glob("*/*.py"))


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_each_program_finds_what_it_imports(cli, path):
    needed = {"confidence": "sklearn", "scaling": "scipy"}.get(path.stem)
    if needed:
        pytest.importorskip(needed)
    done = cli(path, "--help")
    assert done.returncode == 0 and "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "program, time, rows",
    [
        ("ablation", ("--minutes", "0.00001"), [Row, SpanCorruption, MovedTitle]),
        ("ideas", ("--epochs", "1"), [TailAverage, Replay]),
        ("ladder", ("--epochs", "1"), [ladder.Handout, ladder.Title]),
        ("attentions", ("--epochs", "1"), [attentions.Fast, attentions.BriefInPlace]),
    ],
)
def test_ablation_and_ideas_score_each_row_on_held_out_pairs(
    world, small_recipes, tiny_pairs, program, time, rows
):
    names = [row.name for row in rows]
    words = (*tiny_pairs, *time, "--rows", *names)
    # With this process's modules, whose recipes are small.
    done = run_fork(world, lambda: start(ROOT / "benchmarks" / "accuracy" / f"{program}.py", words))
    assert done.returncode == 0, done.stderr
    table = [line.split("|")[1:-1] for line in done.stdout.splitlines()[3:]]
    assert [row[0].strip() for row in table] == names
    columns = 4 + len(rows[0].finetunings)
    assert all(len(row) == columns and int(row[1]) == 1 for row in table)
    assert all(0 <= float(cell.rstrip("% ")) <= 100 for row in table for cell in row[3:])


def test_every_row_can_be_named_and_makes_a_config_that_exists():
    """The tests run only some of them."""
    rows = [*ROWS, *IDEAS, *ladder.ROWS, *attentions.ROWS]
    assert len({row.name for row in rows}) == len(rows)
    for row in rows:
        trainer_config(row.recipe, "pretrain", 10, 10, **row.training)
        replace(model_config(row.recipe, "vanilla", 10), **row.shape)
        assert row.masking in ("learned", "salient", "random")
