"""The recorded learning curve and its figure."""

import csv
import json

import learning_curve
import pytest
from conftest import ROOT, run_forked

from recipes import RECIPES


@pytest.fixture
def folder(world, monkeypatch, small_recipes):
    """The tiny world after a `reproduce.sh --keep` of few passes, without the test files."""
    for stage, epochs in [("pretrain", 3), ("finetune_from_scratch", 2), ("finetune_pretrained", 1)]:
        monkeypatch.setitem(RECIPES["quick"], stage, {**RECIPES["quick"][stage], "max_epochs": epochs})
    pairs = ("--finetune_corpus_path", "birth_places_train.tsv")
    trainings = [("finetune", "model"), ("pretrain", "pretrain"), ("finetune", "finetune")]
    for function, name in trainings:
        reading = ("--reading_params_path", "vanilla.pretrain.params") if name == "finetune" else ()
        words = (*pairs, *reading, "--keep_every", "1", "--writing_params_path", f"vanilla.{name}.params")
        assert run_forked(world, (function, "vanilla", "wiki.txt", "--recipe", "quick", *words)).returncode == 0
    return world


def set_seconds(path, seconds):
    """Lets the card say that the training had taken so long. Returns its losses."""
    card = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**card, "seconds": seconds}), encoding="utf-8")
    return card["losses"]


def test_a_curve_has_a_point_after_each_pass_of_each_training(folder):
    for n in (1, 2, 3):
        losses = set_seconds(folder / f"vanilla.pretrain.params.{n}.json", 60 * n)
    set_seconds(folder / "vanilla.finetune.params.1.json", 30)
    files = ["--folder", str(folder), "--corpus", f"{folder}/wiki.txt", "--dev", f"{folder}/birth_dev.tsv"]
    learning_curve.main([*files, "--variants", "vanilla", "--out", f"{folder}/curve.csv"])
    with open(folder / "curve.csv", encoding="utf-8", newline="") as file:
        curve = list(csv.DictReader(file))
    without = [("without", "finetune", "1"), ("without", "finetune", "2")]
    pretrained = [("with", "pretrain", "1"), ("with", "pretrain", "2"), ("with", "pretrain", "3")]
    points = [(row["pretraining"], row["stage"], row["pass"]) for row in curve]
    assert points == [*without, *pretrained, ("with", "finetune", "1")]
    assert all(0 <= float(row["accuracy"]) <= 100 and float(row["loss"]) > 0 for row in curve)
    assert [row["loss"] for row in curve[2:5]] == [f"{loss:.4f}" for loss in losses]
    assert [row["minutes"] for row in curve[2:]] == ["1.000", "2.000", "3.000", "3.500"]


def test_a_folder_without_kept_parameters_is_refused(tmp_path):
    with pytest.raises(SystemExit, match="vanilla.model.params.N: bash reproduce.sh --keep"):
        learning_curve.main(["--folder", str(tmp_path)])


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
