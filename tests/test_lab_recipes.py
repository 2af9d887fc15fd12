"""The programs that measure the recipes on the course's files."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import ablation
import handout
import phrasings
import pytest
from conftest import ROOT, run_forked
from time_to_accuracy import split_pairs

from recipes import RECIPES, model_config, trainer_config
from text.console import InputError


def test_the_last_400_rows_are_held_out_whatever_is_in_them(tmp_path):
    # \x85 ends a line for str.splitlines, and in no file.
    rows = [f"Where was Ada\x85{n} born?\tOslo" for n in range(403)]
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text("\n\n".join(rows) + "\n \n", encoding="utf-8")
    train, dev = (Path(path).read_text(encoding="utf-8") for path in split_pairs(pairs, tmp_path))
    assert train == "\n".join(rows[:3]) + "\n" and dev == "\n".join(rows[3:]) + "\n"
    pairs.write_text("\n".join(rows[3:]), encoding="utf-8")
    with pytest.raises(InputError, match="pairs.tsv: has 400 pairs: give more than 400"):
        split_pairs(pairs, tmp_path)


def test_every_row_makes_a_config_that_exists():
    for row in ablation.ROWS.values():
        trainer_config(row.recipe, "pretrain", 10, 10, **row.training)
        replace(model_config(row.recipe, "vanilla", 10), **row.shape)


@pytest.mark.slow
def test_the_ablation_scores_each_row_on_held_out_pairs(
    world, small_recipes, monkeypatch, capsys
):
    rows = (ROOT / "birth_places_train.tsv").read_text(encoding="utf-8").splitlines()[:8]
    documents = [f"{row.split(' ')[2]}. born in {row.split(chr(9))[1]}." for row in rows]
    (world / "wiki.txt").write_text("\n".join(documents + rows), encoding="utf-8")
    (world / "pairs.tsv").write_text("\n".join(rows * 51), encoding="utf-8")
    monkeypatch.chdir(world)
    trained, original = [], ablation.Trainer

    def record(model, dataset, *rest):
        trained.append(dataset)
        return original(model, dataset, *rest)

    monkeypatch.setattr(ablation, "Trainer", record)
    names = ["fast, span corruption", "brief, no replay", "brief, nothing before the title"]
    words = ["--corpus", "wiki.txt", "--pairs", "pairs.tsv", "--longer", "--rows", *names]
    assert not ablation.main([*words, "--minutes", "0.00001"])
    table = [line.split("|")[1:-1] for line in capsys.readouterr().out.splitlines()[2:]]
    assert [row[0].strip() for row in table] == names
    assert all(len(row) == 6 and int(row[1]) == 1 for row in table)
    assert all(0 <= float(cell.rstrip("% ")) <= 100 for row in table for cell in row[3:])
    replayed = trained[-1].other  # in the last row's finetuning
    assert replayed.prefix_chars == 0 and replayed is trained[-3]


def test_questions_are_rephrased_and_damaged():
    questions = [f"Where was P{n} born?" for n in range(40)]
    assert [ask(questions[3]) for ask in phrasings.ASKED.values()] == [
        "Where was P3 born?", "Where was P3 born", "In which place was P3 born?",
        "What is the birthplace of P3?", "P3 was born in", "Which town is P3 from?",
        "where was p3 born?",
    ]  # fmt: skip
    assert phrasings.keep_known("bo i\u0307. orr", set("bo i.r")) == "bo i. orr"
    assert phrasings.rephrase(questions)[:2] == ["In which place was P0 born?", questions[1]]
    damaged = phrasings.damage(questions)
    assert sum(a != b for a, b in zip(questions, damaged)) == 2


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
        assert handout.main([*outputs, *files]) is None
        tables.append(list(csv.DictReader(io.StringIO(capsys.readouterr().out))))
    rows = tables[0]
    assert rows == tables[1]
    assert [(row["variant"], row["epoch"]) for row in rows] == [("vanilla", "2"), ("vanilla", "4")]
    for row in rows:
        card = handout.read_kept_card(f"out.epochs/{row['epoch']}")
        assert row["loss"] == f"{card['losses'][-1]:.4f}"
        assert all(0 <= float(row[column]) <= 100 for column in handout.COLUMNS[3:])
    assert handout.main(["nowhere", *files]) == 2
    assert "nowhere: no such file" in capsys.readouterr().err
