import csv
import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from text.console import InputError
from text.formats import parse_pairs, read_answered, read_questions, split_answers, tidy

lines = st.text(st.characters(categories=["L", "N", "Zs"], include_characters="?.,-'()"), min_size=1)
lines = lines.map(tidy).filter(bool)


def write(path, text):
    path.write_text(text, encoding="utf-8", newline="")
    return str(path)


@given(
    st.lists(st.tuples(lines, st.none() | lines)), st.booleans(), st.sampled_from(["\n", "\r\n"])
)
def test_the_rows_that_were_written_are_read_whatever_the_line_ends(rows, ended, line_end):
    text = line_end.join(
        question if answer is None else f"{question}\t{answer}" for question, answer in rows
    )
    assert parse_pairs(text + (line_end if ended and rows else "")) == rows


def test_white_space_of_any_kind_is_trimmed_and_collapsed():
    row = " Where  was\u3000Ada born? \t New\xa0York \n"
    assert parse_pairs(row) == [("Where was Ada born?", "New York")]


def test_the_quotes_of_programs_that_write_tables_are_removed():
    rows = [["Where was Al \"Bo\" Lum born?", "Oslo"], ["Where was Cy born?", "Rome, \"NY\""]]
    file = io.StringIO()
    csv.writer(file, delimiter="\t", lineterminator="\n").writerows(rows)
    assert '""Bo""' in file.getvalue()
    assert parse_pairs(file.getvalue()) == [tuple(row) for row in rows]
    odd = '"Weird Al" Yankovic was born where?\t"Oslo" or "Rome"'
    assert parse_pairs(odd) == [tuple(odd.split("\t"))]


def test_an_empty_second_column_is_no_answer(tmp_path):
    path = write(tmp_path / "dev.tsv", "a?\t\nb?\t \n")
    assert read_questions(path) == (["a?", "b?"], None)


@pytest.mark.parametrize(
    "text, complaint",
    [
        ("Question\tAnswer\nWhere?\tOslo\nWhen?\t1900\n", "'Question' looks like a header"),
        ("\nquestion\tanswer\nWhere was Bo born\tOslo\nWhere was Cy born\tRome", "line 2: 'question' looks"),
        ("Where?;Oslo\nWhen?; 1900\n", "no tab between"),
        ('[{"question": "Where?"}]', "looks like JSON: give lines"),
        (json.dumps([{"question": "Where?", "answers": ["Oslo"]}] * 9, indent=2), "looks like JSON"),
        ('{"question": "Where?"}\n{"question": "When?"}\n', "looks like JSON: give lines"),
        (json.dumps({"data": ["Where was Ada Moe born?"] * 9}, indent=1), "looks like JSON"),
        ("Where?,Oslo\nWhen?, 1900\n", "no tab between question and answer: give lines"),
        ("Where?\nWhen ⁇?\n", "line 2: holds the special character ⁇"),
    ],
)
def test_other_kinds_of_files_are_refused(text, complaint):
    with pytest.raises(InputError, match=f"^dev.tsv[:,] .*{re.escape(complaint)}"):
        parse_pairs(text, "dev.tsv")


def test_a_cell_may_give_several_right_answers():
    assert split_answers("Oslo") == ["Oslo"]
    assert split_answers("Oslo | Kristiania") == ["Oslo", "Kristiania"]
    assert split_answers('["Oslo", "New  York"]') == ["Oslo", "New York"]
    assert split_answers("['X', 'Oslo']") == ["X", "Oslo"]
    assert split_answers("[]") == split_answers('[""]') == split_answers("|") == []
    assert split_answers("[sic]") == ["[sic]"]


def test_names_and_blank_lines_before_questions_are_no_header(tmp_path):
    path = write(tmp_path / "dev.tsv", "\n \nWhere was Bo Lum born?\nWhere was Cy Orr born?\n")
    assert read_questions(path)[0][:3] == ["", "", "Where was Bo Lum born?"]
    assert len(parse_pairs("Bo Lum\tRio de Janeiro\nIda Ann Orr\tNew York City\n")) == 2


def test_questions_are_read_with_their_answers_if_there_are_any(tmp_path):
    path = write(tmp_path / "dev.tsv", "a?\tOslo\n\nb?\tRome")
    assert read_questions(path) == (["a?", "", "b?"], ["Oslo", None, "Rome"])
    path = write(tmp_path / "test.tsv", "a?\n\nb?\n")
    assert read_questions(path) == (["a?", "", "b?"], None)


def test_rows_with_and_without_answers_are_refused(tmp_path):
    path = write(tmp_path / "dev.tsv", "a?\tOslo\nb?\n")
    with pytest.raises(InputError, match="dev.tsv, line 2: no answer"):
        read_questions(path)


def test_blank_lines_are_left_out_of_what_is_scored(tmp_path):
    path = write(tmp_path / "dev.tsv", "Where?\tHere\n\nWhen?\tNow\n\n")
    assert read_answered(path) == (["Where?", "When?"], ["Here", "Now"])
