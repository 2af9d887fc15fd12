"""evaluate --report_path: the table, its summary, and that it harms nothing."""

import shutil

import pytest
from conftest import PEOPLE, make_world, refuse, run_forked, shrink_recipes

from answering.answers import Answer
from answering.provenance import Origin
from answering.report import COLUMNS, summarise, write_report

PAIRS = ("--finetune_corpus_path", "birth_places_train.tsv")
TRAIN = ("finetune", "vanilla", "wiki.txt", *PAIRS, "--recipe", "quick", "--max_epochs", "1")
EVALUATE = ("evaluate", "vanilla", "wiki.txt", "--reading_params_path", "made")
EVALUATE += ("--eval_corpus_path", "birth_dev.tsv", "--outputs_path", "out")
REPORT = (*EVALUATE, "--report_path", "report")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Return the folder of the world with a model in `made`, finetuned without pretraining."""
    folder = make_world(tmp_path_factory.mktemp("trained"))
    with pytest.MonkeyPatch.context() as monkeypatch:
        shrink_recipes(monkeypatch)
        assert run_forked(folder, (*TRAIN, "--writing_params_path", "made")).returncode == 0
    return folder


@pytest.fixture
def made(trained, tmp_path):
    return shutil.copytree(trained, tmp_path / "folder")


def read_table(path):
    header, *rows = path.read_text(encoding="utf-8").split("\n")[:-1]
    assert header.split("\t") == COLUMNS
    return [dict(zip(COLUMNS, row.split("\t"), strict=True)) for row in rows]


def report(folder, *words, questions="birth_dev.tsv"):
    words = [questions if word == "birth_dev.tsv" else word for word in (*REPORT, *words)]
    done = run_forked(folder, words)
    assert done.returncode == 0, done.stderr
    return done, read_table(folder / "report" / "predictions.tsv")


def test_a_row_tells_of_each_question_what_is_known(made):
    done, rows = report(made)
    predictions = (made / "out").read_text(encoding="utf-8").splitlines()
    asked = [f"Where was {name} born?" for name, _ in PEOPLE[4:]]
    assert [row["question"] for row in rows] == asked
    assert [row["answer"] for row in rows] == predictions
    assert [row["gold"] for row in rows] == [place for _, place in PEOPLE[4:]]
    assert [row["line"] for row in rows] == ["5", "6", "7", "8"]
    assert [row["name_taught"] for row in rows] == ["yes", "yes", "no", "no"]  # of the card's pairs
    # Without pretraining nothing is read.
    assert {row["gold_in_document"] for row in rows} == {"beyond"}
    assert all(0 < float(row["confidence"]) <= float(row["weakest"]) <= 1 for row in rows)
    assert all(row["correct"] == ("yes" if row["answer"] == row["gold"] else "no") for row in rows)
    assert "note: the report" not in done.stderr and not list(made.rglob(".*"))
    first, second, third = done.stdout.splitlines()
    assert first.startswith("Correct: ") and second.startswith("Wrote report/predictions.tsv: ")
    assert third == "no --min_confidence makes 95 % of the answers right"


def test_a_pretrained_model_has_read_the_documents_also_after_finetuning(world, small_recipes):
    words = ("--recipe", "quick", "--max_epochs", "1", "--writing_params_path", "made")
    assert run_forked(world, ("pretrain", "vanilla", "wiki.txt", *words)).returncode == 0
    done, rows = report(world)
    assert {row["gold_in_document"] for row in rows} == {"read"}
    assert {row["name_taught"] for row in rows} == {""}
    assert "note: the report lacks the finetuning pairs" in done.stderr
    words = ("--reading_params_path", "made", "--writing_params_path", "tuned")
    assert run_forked(world, (*TRAIN, *words)).returncode == 0
    _, rows = report(world, "--reading_params_path", "tuned")
    assert {row["gold_in_document"] for row in rows} == {"read"}
    assert [row["name_taught"] for row in rows] == ["yes", "yes", "no", "no"]


@pytest.mark.parametrize("recipe, told", [("handout", "beyond"), ("text", "read")])
def test_the_handout_shows_a_model_only_the_beginning_of_a_document_whatever_finetunes_it(
    world, monkeypatch, recipe, told
):
    shrink_recipes(monkeypatch)
    documents = (world / "wiki.txt").read_text(encoding="utf-8").splitlines()
    name, place = PEOPLE[4]
    body = f"{name} was known for much, and " + "is remembered for more, " * 5
    documents[4] = f"{name}. {body}and was born in {place}."
    (world / "wiki.txt").write_text("\n".join(documents) + "\n", encoding="utf-8")
    words = ("--recipe", recipe, "--max_epochs", "1", "--writing_params_path", "made")
    assert run_forked(world, ("pretrain", "vanilla", "wiki.txt", *words)).returncode == 0
    assert [row["gold_in_document"] for row in report(world)[1]] == [told, "read", "read", "read"]
    for source, tuned, by in [("made", "tuned", "quick"), ("tuned", "again", "handout")]:
        words = ("--reading_params_path", source, "--writing_params_path", tuned, "--recipe", by)
        assert run_forked(world, (*TRAIN, *words)).returncode == 0
        _, rows = report(world, "--reading_params_path", tuned)
        assert [row["gold_in_document"] for row in rows] == [told, "read", "read", "read"]


def test_questions_without_answers_have_a_report_without_gold(made):
    done, rows = report(made, questions="birth_test_inputs.tsv")
    assert len(rows) == 8 and {(row["gold"], row["correct"]) for row in rows} == {("", "")}
    assert {row["gold_in_document"] for row in rows} == {""}
    assert rows[0]["provenance"] != "unknowable"
    assert "min_confidence" not in done.stdout and "no answers to score" in done.stdout


def test_below_the_threshold_only_the_reports_answer_is_withheld(made):
    _, usual = report(made)
    done, rows = report(made, "--min_confidence", "1")
    assert {row["answer"] for row in rows} == {"unknown"}
    assert [{**row, "answer": None} for row in rows] == [{**row, "answer": None} for row in usual]
    assert "--min_confidence 1 keeps 0 of 4 answers\n" in done.stdout
    assert report(made, "--min_confidence", "0")[1] == usual


def test_pairs_that_are_gone_or_changed_are_missed_and_others_can_be_named(made):
    pairs = made / "birth_places_train.tsv"
    pairs.write_text(pairs.read_text(encoding="utf-8") + "Where?\tLondon\n", encoding="utf-8")
    done, rows = report(made)
    assert done.stderr.count("give them by --finetune_corpus_path") == 1
    assert {row["name_taught"] for row in rows} == {""}
    done, rows = report(made, *PAIRS)
    assert "note: the report" not in done.stderr and [row["name_taught"] for row in rows][1:3] == ["yes", "no"]


@pytest.mark.parametrize(
    "words, parts",
    [
        ((*REPORT, "--min_confidence", "1.5"), ["from 0 to 1"]),
        ((*EVALUATE, "--report_path", "wiki.txt"), ["wiki.txt: not a folder"]),
        ((*EVALUATE, "--report_path", "out"), ["out: is also another file"]),
        ((*EVALUATE, "--report_path", "."), ["predictions.tsv: is also another file"]),
        ((*REPORT, "--finetune_corpus_path", "birth_test_inputs.tsv"), ["line 1: no answer"]),
        ((*REPORT, "--finetune_corpus_path", "missing"), ["missing", "readable file"]),
    ],
)
def test_mistakes_are_found_before_anything_is_written(made, words, parts):
    if words[-1] == ".":
        (made / "birth_dev.tsv").rename(made / "predictions.tsv")
        words = ["predictions.tsv" if word == "birth_dev.tsv" else word for word in words]
    refuse(made, words, *parts)


def test_hostile_text_breaks_no_row(tmp_path):
    hostile = 'a\tb\r\nc"d\x1b[2J<script>\u2028'
    origin = Origin(1, None, "no", "read", 3, "retrieved", 0.25)
    write_report(tmp_path / "new", [hostile], [Answer(hostile, 0.5, 0.75)], [hostile], [origin])
    (row,) = read_table(tmp_path / "new" / "predictions.tsv")
    shown = 'a b  c"d [2J<script> '
    cells = [shown, shown, "0.5", "0.75", shown, "yes", "1", "", "no", "read", "3", "retrieved"]
    assert list(row.values()) == [*cells, "0.25"]


def test_the_summary_names_the_threshold_that_keeps_most_at_95_percent():
    answers = [Answer("Rome", confidence, 1.0) for confidence in (0.9, 0.84, 0.5, 0.99)]
    origins = [
        Origin(1, None, "no", "no", 0, kind, None)
        for kind in ("retrieved", "unknowable", "made up: other", "retrieved")
    ]
    golds = ["Rome", "Rome", "Oslo", None]
    counts = "1 unknowable, 2 retrieved, 0 made up: plausible favourite, 1 made up: other"
    best = "for 95 %: --min_confidence 0.8 keeps 3 of 4 answers, 100.0 % of them right"
    assert summarise(answers, golds, origins) == [counts, best]
    given = "--min_confidence 0.5 keeps 4 of 4 answers, 66.7 % of them right"
    assert summarise(answers, golds, origins, 0.5) == [counts, given, best]
    assert summarise(answers, [None] * 4, origins) == [counts]
