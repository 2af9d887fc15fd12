"""How sharp attention is."""

import csv
import io
import math

import pytest
import scores
import torch
from conftest import run_forked
from small import VARIANTS, make_gpt

from recipes import RECIPES
from text.formats import PAD_ID


def make_batch():
    x = torch.randint(1, 11, (2, 9), generator=torch.Generator().manual_seed(0))
    y = x.roll(-1, dims=1)
    y[0, 6:] = PAD_ID
    return x, y


def test_equal_scores_give_all_positions_the_same_weight():
    model = make_gpt().eval()
    for block in model.blocks:
        torch.nn.init.zeros_(block.attn.key.weight)
    for row in scores.measure(model, *make_batch(), visible=4):
        seen = [4, 5, 6, 4, 5, 6, 7, 8, 9]  # by the positions that are counted
        entropy = sum(map(math.log, seen)) / len(seen)
        assert row["score_std"] == 0 and row["entropy"] == pytest.approx(entropy)
        assert row["uniform"] == pytest.approx(entropy)
        assert row["largest_weight"] == pytest.approx(sum(1 / n for n in seen) / len(seen))


@pytest.mark.slow
def test_each_layer_of_each_file_is_a_row(world, monkeypatch, capsys, small_recipes):
    for variant in VARIANTS:
        words = ("pretrain", variant, "wiki.txt", "--max_epochs", "2")
        words += ("--writing_params_path", variant)
        assert run_forked(world, words).returncode == 0
    monkeypatch.chdir(world)
    assert scores.main([*VARIANTS, "--corpus", "wiki.txt", "--visible", "2"]) is None
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    layers = range(RECIPES["handout"]["model"]["n_layer"])
    expected = [(variant, str(n)) for variant in VARIANTS for n in layers]
    assert [(row["file"], row["layer"]) for row in rows] == expected
    assert all(float(row["entropy"]) <= float(row["uniform"]) + 0.01 for row in rows)
    (world / f"{VARIANTS[0]}.json").unlink()
    assert scores.main([VARIANTS[0], "--corpus", "wiki.txt"]) == 2
    assert f"{VARIANTS[0]}: no such file, or no card" in capsys.readouterr().err
