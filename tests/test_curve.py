"""The recorded learning curve and its figure."""

import csv

import learning_curve
import pytest
from conftest import ROOT

from recipes import RECIPES


@pytest.fixture
def curve(world, monkeypatch):
    """The rows that learning_curve.py writes for the tiny world, with few passes of a small model."""
    small = {**RECIPES["quick"]["model"], "n_layer": 1, "n_embd": 32}
    monkeypatch.setitem(RECIPES["quick"], "model", small)
    for stage, epochs in [("pretrain", 3), ("finetune_from_scratch", 2), ("finetune_pretrained", 1)]:
        changed = {**RECIPES["quick"][stage], "max_epochs": epochs}
        monkeypatch.setitem(RECIPES["quick"], stage, changed)
    files = ["--corpus", "wiki.txt", "--pairs", "birth_places_train.tsv", "--dev", "birth_dev.tsv"]
    monkeypatch.chdir(world)
    learning_curve.main([*files, "--recipe", "quick", "--out", "curve.csv"])
    with open("curve.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_curve_has_a_point_after_each_pass_of_each_training(curve):
    for variant in ("vanilla", "synthesizer"):
        stages = [
            (row["pretraining"], row["stage"], int(row["pass"])) for row in curve if row["variant"] == variant
        ]
        without = [("without", "finetune", 1), ("without", "finetune", 2)]
        pretrained = [("with", "pretrain", n) for n in (1, 2, 3)]
        assert stages == [*without, *pretrained, ("with", "finetune", 1)]
    assert all(0 <= float(row["accuracy"]) <= 100 and float(row["loss"]) > 0 for row in curve)
    minutes = [float(row["minutes"]) for row in curve[2:6]]  # the stages follow each other
    assert minutes == sorted(minutes)


def test_the_figure_shows_every_curve_of_the_table(tmp_path):
    pytest.importorskip("matplotlib")
    import plot

    recorded = ROOT / "docs" / "curve.csv"
    for name in ("one.svg", "two.svg"):
        plot.main([str(recorded), str(tmp_path / name)])
    figure = (tmp_path / "one.svg").read_text(encoding="utf-8")
    assert figure == (tmp_path / "two.svg").read_text(encoding="utf-8")
    shipped = (ROOT / "docs" / "accuracy.svg").read_text(encoding="utf-8")
    for variant in ("vanilla", "synthesizer"):
        for pretraining in ("with", "without"):
            assert f"{variant}, {pretraining} pretraining" in figure
            assert f"{variant}, {pretraining} pretraining" in shipped
