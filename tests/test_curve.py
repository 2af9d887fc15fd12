"""The recorded learning curve and its figure."""

import csv
import json

import learning_curve
import pytest
from conftest import ROOT, run_forked

from recipes import RECIPES


@pytest.fixture
def folder(world, monkeypatch, small_recipes):
    """The tiny world after a `reproduce.sh --keep` of few epochs, without the test files."""
    stages = {"pretrain": 3, "finetune_from_scratch": 2, "finetune_pretrained": 1}
    for stage, epochs in stages.items():
        changed = {**RECIPES["quick"][stage], "max_epochs": epochs}
        monkeypatch.setitem(RECIPES["quick"], stage, changed)
    train(world, "finetune", "model")
    train(world, "pretrain", "pretrain")
    train(world, "finetune", "finetune", "--reading_params_path", "vanilla.pretrain.params")
    monkeypatch.chdir(world)
    return world


def train(world, function, name, *words):
    """Train vanilla in the folder and keep the parameters after each epoch."""
    pairs = ("--finetune_corpus_path", "birth_places_train.tsv")
    words = (*pairs, "--recipe", "quick", "--keep_every", "1", *words)
    output = ("--writing_params_path", f"vanilla.{name}.params")
    assert run_forked(world, (function, "vanilla", "wiki.txt", *output, *words)).returncode == 0


def set_seconds(path, seconds):
    """Let the card say that the training took so long; return its losses."""
    card = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**card, "seconds": seconds}), encoding="utf-8")
    return card["losses"]


def test_a_curve_has_a_point_after_each_epoch_of_each_training(folder):
    for n in (1, 2, 3):
        losses = set_seconds(folder / f"vanilla.pretrain.params.epochs/{n}.json", 60 * n)
    set_seconds(folder / "vanilla.finetune.params.epochs/1.json", 30)
    assert not learning_curve.main("--folder . --variants vanilla --out curve.csv".split())
    with open(folder / "curve.csv", encoding="utf-8", newline="") as file:
        curve = list(csv.DictReader(file))
    without = [("without", "finetune", "1"), ("without", "finetune", "2")]
    pretrained = [("with", "pretrain", "1"), ("with", "pretrain", "2"), ("with", "pretrain", "3")]
    points = [(row["pretraining"], row["stage"], row["epoch"]) for row in curve]
    assert points == [*without, *pretrained, ("with", "finetune", "1")]
    assert all(0 <= float(row["accuracy"]) <= 100 and float(row["loss"]) > 0 for row in curve)
    assert [row["loss"] for row in curve[2:5]] == [f"{loss:.4f}" for loss in losses]
    assert [row["minutes"] for row in curve[2:]] == ["1.000", "2.000", "3.000", "3.500"]


def test_the_figure_shows_every_curve_of_the_table(tmp_path):
    pytest.importorskip("matplotlib")
    import plot_table

    recorded = ROOT / "docs" / "curve.csv"
    for name in ("one.svg", "two.svg"):
        plot_table.main([str(recorded), str(tmp_path / name)])
    figure = (tmp_path / "one.svg").read_text(encoding="utf-8")
    assert figure == (tmp_path / "two.svg").read_text(encoding="utf-8")
    shipped = (ROOT / "docs" / "accuracy.svg").read_text(encoding="utf-8")
    for variant in ("vanilla", "synthesizer"):
        for pretraining in ("with", "without"):
            assert f"{variant}, {pretraining} pretraining" in figure
            assert f"{variant}, {pretraining} pretraining" in shipped
