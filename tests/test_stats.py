"""Each row of the table against counts by hand, on corpora of a few invented lines."""


import pytest
import stats
from conftest import ROOT

TABLES = ("birth_places_train.tsv", "birth_dev.tsv", "birth_test_inputs.tsv")


def measure_people(*people):
    """Measure a corpus of (name, the body of the document, answer), one pair each."""
    text = "".join(f"{name}. {body}\n" for name, body, _ in people)
    return stats.measure(text, [(f"Where was {name} born?", answer) for name, _, answer in people])


def test_an_answer_is_stated_by_the_body_not_by_the_title_and_early_up_to_its_last_character():
    early = "Ada Bo. " + "x" * 99 + " "  # 108 characters before the answer
    people = [
        ("Ada Bo", early[8:] + "Rome.", "Rome"),
        ("Cy Orr", early[8:] + " Oslo.", "Oslo"),
        ("Di Bonn", "Di was a painter.", "Bonn"),
        ("Ed Rao", "Rao left Lima for Lima.", "Lima"),
    ]
    measured = measure_people(*people)
    assert measured["answer stated, %"] == 75
    assert measured["answer stated within 112 characters, %"] == 50
    assert measured["answer's wording not in the body, %"] == 25


def test_corpora_stand_beside_one_another_in_a_markdown_table():
    one = {"documents": 2937, "stated, %": 95.15, "entropy, bits": 6.379, "commonest": "London"}
    other = {"documents": 1, "stated, %": 100.0, "entropy, bits": None, "commonest": "New York"}
    assert stats.write_table([("ours", one), ("theirs", other)]).splitlines() == [
        "|  | ours | theirs |",
        "| --- | ---: | ---: |",
        "| documents | 2,937 | 1 |",
        "| stated, % | 95.2 | 100.0 |",
        "| entropy, bits | 6.38 | – |",
        "| commonest | London | New York |",
    ]


def read_columns(output):
    """Return {name of a row: its values} of a printed table."""
    rows = [line.strip("|").split("|") for line in output.splitlines()]
    return {name.strip(): [value.strip() for value in values] for name, *values in rows}


@pytest.mark.slow
def test_without_a_corpus_the_shipped_one_is_measured(cli):
    done = cli("corpus/stats.py", "--beside", "wiki.txt", "birth_places_train.tsv")
    assert (done.returncode, done.stderr) == (0, "")
    columns = read_columns(done.stdout)
    assert columns[""] == ["shipped", "wiki.txt"]
    documents = (ROOT / "wiki.txt").read_bytes().count(b"\n")
    questions = sum((ROOT / name).read_bytes().count(b"\n") for name in TABLES)
    assert columns["documents"] == [f"{documents:,}", "8"]
    assert columns["questions"] == [f"{questions:,}", "6"]
    assert columns["questions with a document"] == columns["questions"]
    assert columns["title not at the start of the body, %"][1] == "0.0"
    assert columns["answer stated, %"][1] == "100.0"
    assert all(len(values) == 2 and "–" not in values for values in columns.values())
