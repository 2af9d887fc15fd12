import pytest
from hypothesis import given
from hypothesis import strategies as st

from text.files import InputError
from text.formats import (
    MASK_CHAR,
    PAD_CHAR,
    check_corpus,
    parse_pairs,
    read_answered,
    read_questions,
)

lines = st.text(st.characters(exclude_characters="\t\r\n"), min_size=1)
lines = lines.filter(lambda line: line.strip() == line)


def write(path, text):
    path.write_text(text, encoding="utf-8", newline="")
    return str(path)


@pytest.mark.parametrize("special", [PAD_CHAR, MASK_CHAR])
def test_a_corpus_with_a_special_character_is_refused_by_line(special):
    check_corpus("fine\nalso fine")
    with pytest.raises(
        InputError, match=f"wiki.txt, line 2: holds the special character {special}"
    ):
        check_corpus(f"fine\nnot {special} fine", "wiki.txt")


@given(
    st.lists(st.tuples(lines, st.none() | lines)), st.booleans(), st.sampled_from(["\n", "\r\n"])
)
def test_the_rows_that_were_written_are_read_whatever_the_line_ends(rows, ended, line_end):
    text = line_end.join(
        question if answer is None else f"{question}\t{answer}" for question, answer in rows
    )
    assert parse_pairs(text + (line_end if ended and rows else "")) == rows


def test_white_space_around_an_answer_is_dropped():
    assert parse_pairs("one?\t New York \n") == [("one?", "New York")]


@pytest.mark.parametrize(
    "row, complaint",
    [
        ("one\ttwo\tthree", "2 tabs"),
        ("\tplace", "nothing on one side"),
        (" \tplace", "nothing on one side"),
        ("question?\t ", "nothing on one side"),
    ],
)
def test_bad_rows_are_refused_by_file_and_line(row, complaint):
    with pytest.raises(InputError, match=f"pairs.tsv, line 2: {complaint}"):
        parse_pairs("Where was Bo born?\tOslo\n" + row, "pairs.tsv")


def test_questions_are_read_with_their_answers_if_there_are_any(tmp_path):
    path = write(tmp_path / "dev.tsv", "a?\tOslo\n\nb?\tRome")
    assert read_questions(path) == (["a?", "", "b?"], ["Oslo", None, "Rome"])
    path = write(tmp_path / "test.tsv", "a?\n\nb?\n")
    assert read_questions(path) == (["a?", "", "b?"], None)


def test_rows_with_and_without_answers_are_refused(tmp_path):
    path = write(tmp_path / "dev.tsv", "a?\tOslo\nb?\n")
    with pytest.raises(InputError, match="dev.tsv, line 2: no answer"):
        read_questions(path)


def test_a_file_without_a_line_is_refused(tmp_path):
    with pytest.raises(InputError, match="dev.tsv: no questions"):
        read_questions(write(tmp_path / "dev.tsv", ""))


def test_blank_lines_are_left_out_of_what_is_scored(tmp_path):
    path = write(tmp_path / "dev.tsv", "Where?\tHere\n\nWhen?\tNow\n\n")
    assert read_answered(path) == (["Where?", "When?"], ["Here", "Now"])
