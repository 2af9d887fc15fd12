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


def edit_card(name, **facts):
    path = Path(f"vanilla.{name}.json")
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **facts}), encoding="utf-8")


def exchange_runs():
    for number in (1, 2):
        copy_kept(f"other.params.{number}", f"model.params.{number}")


MIXED = {
    "gap": (lambda: remove("vanilla.pretrain.params.2"), "pretrain.params.2: no such file"),
    "no first": (lambda: remove("vanilla.pretrain.params.1"), "pretrain.params.1: no such file"),
    "no last": (lambda: remove("vanilla.model.params.2"), "model.params.2: no such file"),
    "one too many": (lambda: copy_kept("model.params.2", "model.params.3"), "model.params.[0-9]*: of several"),
    "twice": (lambda: copy_kept("model.params.1", "model.params.2"), "model.params.[0-9]*: of several"),
    "another seed": (lambda: copy_kept("other.params.1", "model.params.1"), "model.params.[0-9]*: of several"),
    "other options": (lambda: edit_card("model.params.1", options={}), "model.params.[0-9]*: of several"),
    "another pretraining": (
        lambda: edit_card("finetune.params.1", options={"reading_params": "that of another"}),
        "finetune.params.[0-9]*: of several",
    ),
    "another run": (exchange_runs, ".: trainings of several recipes, seeds or corpora"),
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


DAMAGED = {
    "missing": lambda: remove("vanilla.pretrain.params.2.json"),
    "cut short": lambda: Path("vanilla.pretrain.params.2.json").write_text("{"),
    "of another file": lambda: edit_card("pretrain.params.2", parameters="that of another"),
    "without losses": lambda: edit_card("pretrain.params.2", losses=[]),
    "without time": lambda: edit_card("pretrain.params.2", seconds=None),
    "without options": lambda: edit_card("pretrain.params.2", options=None),
    "without settings": lambda: edit_card("pretrain.params.2", settings=None),
}


@pytest.mark.parametrize("spoil", DAMAGED.values(), ids=DAMAGED)
def test_a_kept_file_without_a_card_that_tells_of_its_training_is_refused(folder, capsys, spoil):
    spoil()
    refuse(capsys, "vanilla.pretrain.params.2.json: ")


@pytest.mark.parametrize(
    "words, said",
    [
        (["--folder", "nowhere"], "nowhere/vanilla.model.params.1: no such file: bash reproduce.sh --keep"),
        (["--dev", "birth_test_inputs.tsv"], "birth_test_inputs.tsv: no answers to score by"),
        (["--dev", "nowhere.tsv"], "nowhere.tsv: No such file"),
        (["--corpus", "birth_dev.tsv"], "birth_dev.tsv: has different characters from the corpus of vanilla.model"),
        (["--corpus", "nowhere.txt"], "nowhere.txt: No such file"),
        (["--out", "nowhere/curve.csv"], "nowhere/curve.csv: folder"),
        (["--out", "birth_dev.tsv"], "birth_dev.tsv: is also another file of this run"),
        (["--out", "vanilla.model.params.1"], "vanilla.model.params.1: is also another file of this run"),
    ],
)
def test_a_mistake_on_the_command_line_is_told_in_one_line(folder, capsys, words, said):
    refuse(capsys, said, *words)


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


def test_the_figure_of_exposures_shows_every_series(tmp_path):
    pytest.importorskip("matplotlib")
    import plot

    table = tmp_path / "exposures.csv"
    rows = [("recipe fast", 4, 0.1), ("recipe fast", 8, 0.9), ("width=64", 8, 0.2), ("width=64", 48, 1.0)]
    table.write_text("series,exposures,known\n" + "".join(f"{s},{n},{known}\n" for s, n, known in rows))
    plot.main([str(table), str(tmp_path / "figure.svg")])
    figure = (tmp_path / "figure.svg").read_text(encoding="utf-8")
    for text in ("recipe fast", "width=64", "known facts, %", ">4<", ">8<", ">48<"):
        assert text in figure


def test_the_figure_of_losses_has_a_curve_for_each_way_to_train(tmp_path):
    pytest.importorskip("matplotlib")
    import plot

    table = tmp_path / "losses.csv"
    rows = [("vanilla", "decayed"), ("vanilla", "kept"), ("synthesizer", "decayed")]
    lines = [f"{variant},{norms},{n},{3 / n}\n" for variant, norms in rows for n in (1, 2, 3)]
    table.write_text("variant,norms,pass,loss\n" + "".join(lines))
    plot.main([str(table), str(tmp_path / "figure.svg")])
    figure = (tmp_path / "figure.svg").read_text(encoding="utf-8")
    for text in ("vanilla, decayed", "vanilla, kept", "synthesizer, decayed", "passes over the corpus"):
        assert text in figure
    # A curve, and its sample in the legend.
    assert figure.count("stroke-dasharray") == 2 and figure.count("stroke: #c8571b") == 2


def test_a_table_of_another_program_is_refused(tmp_path, capsys):
    pytest.importorskip("matplotlib")
    import plot

    table = tmp_path / "curve.csv"
    table.write_text("variant,pass,loss,finetuned\nvanilla,50,2.1,0.0\n")
    assert plot.main([str(table), str(tmp_path / "figure.svg")]) == 2
    assert "no figure for a table with the columns variant, pass, loss, finetuned:" in capsys.readouterr().err
    assert not (tmp_path / "figure.svg").exists()
