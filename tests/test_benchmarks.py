import re

import pytest
from conftest import ROOT
from time_to_accuracy import split_pairs


@pytest.mark.slow
def test_plain_and_fast_answers_are_the_same(cli, world):
    files = ("--corpus", "wiki.txt", "--pairs", "birth_places_train.tsv", "--questions", "birth_dev.tsv")
    done = cli("benchmarks/evaluate.py", *files)
    assert done.returncode == 0, done.stderr
    rows = [line for line in done.stdout.splitlines() if "synthesizer" in line or "vanilla" in line]
    assert len(rows) == 2 and all("| 4 of 4 |" in row for row in rows)


@pytest.mark.slow
def test_step_prints_a_ratio_and_both_memories_for_each_variant(cli, world):
    options = ("--steps", "1", "--threads", "1", "--batch_size", "4")
    done = cli("benchmarks/step.py", "--corpus", "wiki.txt", *options)
    assert done.returncode == 0, done.stderr
    for variant in ("vanilla", "synthesizer"):
        row = re.search(rf"\| {variant} \|(.*)\|", done.stdout)[1].split("|")
        speed, faster, ratio, settled, memory, less = map(float, row)
        assert ratio == pytest.approx(faster / speed, rel=0.05)
        assert settled > 0 and memory > 100 and less > 100


def test_the_checkpoint_benchmark_prints_what_one_costs(cli, world):
    options = ("--turns", "3", "--steps", "1", "--batch_size", "2")
    done = cli("benchmarks/checkpoint.py", "--corpus", "wiki.txt", *options)
    assert done.returncode == 0, done.stderr
    rows = [line.split("|")[2:-1] for line in done.stdout.splitlines() if "%" in line]
    assert len(rows) == 2
    for _, _, cost, megabytes, share in rows:
        assert float(share.rstrip("% ")) == pytest.approx(float(cost) / 3, abs=0.01)  # of 300 s
        assert 20 < float(megabytes) < 60


def test_the_last_400_pairs_are_held_out(tmp_path):
    train, dev = split_pairs(ROOT / "birth_places_train.tsv", tmp_path)
    rows = (ROOT / "birth_places_train.tsv").read_text(encoding="utf-8").splitlines()
    assert open(train, encoding="utf-8").read().splitlines() == rows[:1600]
    assert open(dev, encoding="utf-8").read().splitlines() == rows[1600:]


@pytest.mark.slow
def test_the_ablation_scores_each_row_on_held_out_pairs(cli, world):
    rows = (ROOT / "birth_places_train.tsv").read_text(encoding="utf-8").splitlines()[:8]
    documents = [f"{row.split(' ')[2]}. born in {row.split(chr(9))[1]}." for row in rows]
    (world / "wiki.txt").write_text("\n".join(documents + rows), encoding="utf-8")
    (world / "pairs.tsv").write_text("\n".join(rows * 51), encoding="utf-8")
    done = cli("benchmarks/ablation.py", "--corpus", "wiki.txt", "--pairs", "pairs.tsv", "--minutes", "0.001")
    assert done.returncode == 0, done.stderr
    table = [line.split("|")[1:-1] for line in done.stdout.splitlines()[3:]]
    assert len(table) == 6 and all(len(row) == 6 and int(row[1]) == 1 for row in table)
    assert all(0 <= float(cell.rstrip("% ")) <= 100 for row in table for cell in row[3:])
