"""The recorded learning curve and its figure."""

import csv
import json
import shutil
from pathlib import Path

import learning_curve
import pytest
from conftest import ROOT, make_world, run_forked, shrink_recipes, snapshot

from recipes import RECIPES


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The tiny world after a `reproduce.sh --keep` of few passes, without the test files."""
    world = make_world(tmp_path_factory.mktemp("trained"))
    with pytest.MonkeyPatch.context() as monkeypatch:
        shrink_recipes(monkeypatch, num_workers=0)
        for stage, epochs in [("pretrain", 3), ("finetune_from_scratch", 2), ("finetune_pretrained", 1)]:
            monkeypatch.setitem(RECIPES["quick"], stage, {**RECIPES["quick"][stage], "max_epochs": epochs})
        train(world, "finetune", "model")
        train(world, "finetune", "other", "--seed", "1")
        train(world, "pretrain", "pretrain")
        train(world, "finetune", "finetune", "--reading_params_path", "vanilla.pretrain.params")
    return world


def train(world, function, name, *words):
    """Trains vanilla in the folder and keeps the parameters after each pass."""
    words = ("--finetune_corpus_path", "birth_places_train.tsv", "--recipe", "quick", "--keep_every", "1", *words)
    output = ("--writing_params_path", f"vanilla.{name}.params")
    assert run_forked(world, (function, "vanilla", "wiki.txt", *output, *words)).returncode == 0


@pytest.fixture
def folder(trained, tmp_path, monkeypatch):
    folder = shutil.copytree(trained, tmp_path / "folder")
    monkeypatch.chdir(folder)
    return folder


def draw(*words):
    """Writes the curve of the folder, by its own corpus and questions. Returns the exit code."""
    return learning_curve.main(["--folder", ".", "--variants", "vanilla", "--out", "curve.csv", *words])


def set_seconds(path, seconds):
    """Lets the card say that the training had taken so long. Returns its losses."""
    card = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**card, "seconds": seconds}), encoding="utf-8")
    return card["losses"]


def test_a_curve_has_a_point_after_each_pass_of_each_training(folder):
    for n in (1, 2, 3):
        losses = set_seconds(folder / f"vanilla.pretrain.params.{n}.json", 60 * n)
    set_seconds(folder / "vanilla.finetune.params.1.json", 30)
    assert not draw()
    with open(folder / "curve.csv", encoding="utf-8", newline="") as file:
        curve = list(csv.DictReader(file))
    without = [("without", "finetune", "1"), ("without", "finetune", "2")]
    pretrained = [("with", "pretrain", "1"), ("with", "pretrain", "2"), ("with", "pretrain", "3")]
    points = [(row["pretraining"], row["stage"], row["pass"]) for row in curve]
    assert points == [*without, *pretrained, ("with", "finetune", "1")]
    assert all(0 <= float(row["accuracy"]) <= 100 and float(row["loss"]) > 0 for row in curve)
    assert [row["loss"] for row in curve[2:5]] == [f"{loss:.4f}" for loss in losses]
    assert [row["minutes"] for row in curve[2:]] == ["1.000", "2.000", "3.000", "3.500"]


def remove(*paths):
    for path in paths:
        Path(path).unlink()


def copy_kept(source, target):
    for end in ("", ".json"):
        shutil.copy(f"vanilla.{source}{end}", f"vanilla.{target}{end}")


MIXED = {
    "gap": (lambda: remove("vanilla.pretrain.params.2"), "pretrain.params.2: no such file"),
    "another seed": (lambda: copy_kept("other.params.1", "model.params.1"), "of several"),
}


def refuse(capsys, said, *words):
    """The program prints one line of error, ends with 2 and changes no file."""
    files = snapshot(Path())
    assert draw(*words) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("error: ") and err.count("\n") == 1 and said in err
    assert snapshot(Path()) == files


@pytest.mark.parametrize("spoil, said", MIXED.values(), ids=MIXED)
def test_kept_files_that_are_not_all_of_one_run_are_refused(folder, capsys, spoil, said):
    spoil()
    refuse(capsys, said)
    refuse(capsys, "bash reproduce.sh --keep")


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


def test_the_figure_of_exposures_shows_every_series(tmp_path):
    pytest.importorskip("matplotlib")
    import plot_table

    table = tmp_path / "exposures.csv"
    rows = [("recipe fast", 4, 0.1), ("recipe fast", 8, 0.9), ("width=64", 8, 0.2), ("width=64", 48, 1.0)]
    table.write_text("series,exposures,known\n" + "".join(f"{s},{n},{known}\n" for s, n, known in rows))
    plot_table.main([str(table), str(tmp_path / "figure.svg")])
    figure = (tmp_path / "figure.svg").read_text(encoding="utf-8")
    for text in ("recipe fast", "width=64", "known facts, %", ">4<", ">8<", ">48<"):
        assert text in figure


def test_the_figure_of_losses_has_a_curve_for_each_way_to_train(tmp_path):
    pytest.importorskip("matplotlib")
    import plot_table

    table = tmp_path / "losses.csv"
    rows = [("vanilla", "decayed"), ("vanilla", "kept"), ("synthesizer", "decayed")]
    lines = [f"{variant},{norms},{n},{3 / n}\n" for variant, norms in rows for n in (1, 2, 3)]
    table.write_text("variant,norms,pass,loss\n" + "".join(lines))
    plot_table.main([str(table), str(tmp_path / "figure.svg")])
    figure = (tmp_path / "figure.svg").read_text(encoding="utf-8")
    for text in ("vanilla, decayed", "vanilla, kept", "synthesizer, decayed", "passes over the corpus"):
        assert text in figure
    # A curve, and its sample in the legend.
    assert figure.count("stroke-dasharray") == 2 and figure.count("stroke: #c8571b") == 2
