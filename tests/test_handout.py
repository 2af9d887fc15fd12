"""What the parameters that a pretraining kept are worth."""

import csv
import io

import handout
import pytest
from conftest import run_forked

from recipes import RECIPES


def test_a_completion_is_right_if_its_first_words_are_the_answer():
    for text in ("London", " London, England", "London. He"):
        assert handout.begins_with(text, "London")
    for text in ("Londonderry", "in London", "", "london"):
        assert not handout.begins_with(text, "London")


def test_completions_are_asked_as_in_pretraining_and_counted_of_all_answers(monkeypatch):
    prompts = []
    monkeypatch.setattr(handout, "predict", lambda model, _, asked: prompts.extend(asked) or ["Rome, Italy"] * 3)
    names, answers = ["Ada", "Cy", None, "Di"], ["Rome", "Oslo", "Rome", "Rom"]
    assert handout.find_completed(None, None, names, answers, "{name} was born in ") == ["Rome"]
    # predict puts the second mark after it: a document that is masked from here to its end.
    assert prompts == [f"{name} was born in ⁇" for name in ("Ada", "Cy", "Di")]


def test_what_is_right_beside_the_commonest_answer_is_told(monkeypatch):
    answers = ["Rome", "Oslo", "Rome", "Bonn"]
    monkeypatch.setattr(handout, "predict", lambda *_: ["Rome", "Oslo", "rome", "Rome"])
    right = handout.find_answered(None, None, [""] * 4, answers)
    assert right == ["Rome", "Oslo"]
    assert handout.score("finetuned", right, answers) == {"finetuned": "50.0", "finetuned, not the commonest": "25.0"}


@pytest.mark.slow
def test_each_kept_file_is_a_row(world, monkeypatch, capsys, small_recipes):
    monkeypatch.setitem(RECIPES["handout"], "pretrain", {**RECIPES["handout"]["pretrain"], "max_epochs": 4})
    words = ("pretrain", "vanilla", "wiki.txt", "--keep_every", "2", "--writing_params_path", "out")
    assert run_forked(world, words).returncode == 0
    monkeypatch.chdir(world)
    files = ["--corpus", "wiki.txt", "--pairs", "birth_places_train.tsv", "--dev", "birth_dev.tsv"]
    tables = []
    for outputs in (["out"], ["out.epochs/2", "out.epochs/4"]):
        assert handout.main([*outputs, *files, "--losses_path", "losses.csv"]) is None
        with open("losses.csv", newline="") as file:
            losses = list(csv.DictReader(file))
        assert [(row["variant"], row["epoch"]) for row in losses] == [("vanilla", str(n)) for n in (1, 2, 3, 4)]
        tables.append(list(csv.DictReader(io.StringIO(capsys.readouterr().out))))
    rows = tables[0]
    assert rows == tables[1]
    assert [(row["variant"], row["epoch"]) for row in rows] == [("vanilla", "2"), ("vanilla", "4")]
    for row in rows:
        assert row["loss"] == losses[int(row["epoch"]) - 1]["loss"]
        assert all(0 <= float(row[column]) <= 100 for column in handout.COLUMNS[3:])
    assert handout.main(["nowhere", *files]) == 2
    assert "nowhere: no such file" in capsys.readouterr().err
