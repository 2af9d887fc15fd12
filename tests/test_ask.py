"""ask: a line in, an answer and where it comes from out."""

import io
import json
import os
import select
import signal
import sys
import tempfile
import time

import pytest
from conftest import PEOPLE, make_world, refuse, run_forked, shrink_recipes
from forks import fork

import run
from answering.ask import Reply, describe, find_mentions, phrase
from answering.provenance import Provenance

ASK = ("ask", "vanilla", "wiki.txt", "--reading_params_path", "made")
BORN = "Where was {} born?"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a world's folder with a model in `made`, and in `bare` one that has read no pairs."""
    folder = make_world(tmp_path_factory.mktemp("asked"))
    with pytest.MonkeyPatch.context() as monkeypatch:
        shrink_recipes(monkeypatch)
        words = ("vanilla", "wiki.txt", "--recipe", "quick", "--max_epochs", "1")
        words += ("--writing_params_path",)
        assert run_forked(folder, ("pretrain", *words, "bare")).returncode == 0
        pairs = ("--finetune_corpus_path", "birth_places_train.tsv")
        assert run_forked(folder, ("finetune", *words, "made", *pairs)).returncode == 0
    return folder


def start(folder, files, words=ASK, others=()):
    """Start ask in the folder with these files as standard input, output and error.

    others: the ends of pipes that only this process should have. Returns the process's number.
    """

    def call():
        for file in others:
            file.close()
        return run.main(list(words))

    return fork(folder, call, [file.fileno() for file in files])


def ask(folder, typed, *words, command=ASK):
    """Return (stdout, stderr) of ask, which must end well, for these bytes on its stdin."""
    given, out, err = files = [tempfile.TemporaryFile() for _ in range(3)]
    given.write(typed)
    given.seek(0)
    _, status = os.waitpid(start(folder, files, (*command, *words)), 0)
    texts = []
    for file in (out, err):
        file.seek(0)
        texts.append(file.read().decode())
    assert os.waitstatus_to_exitcode(status) == 0, texts[1]
    return texts


def ask_table(folder, typed):
    out, err = ask(folder, typed)
    assert err == ""
    header, *rows = [line.split("\t") for line in out.split("\n")[:-1]]
    assert header == [*Reply._fields]
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_each_line_that_is_not_blank_has_a_row(made):
    typed = "\ufeffAda Lovelace\r\n\n \t\nwhere was emmy noether born\nEda Lovelace\nÉmilie? Ж"
    rows = ask_table(made, typed.encode())
    lines = ["Ada Lovelace", "where was emmy noether born", "Eda Lovelace", "Émilie? Ж"]
    assert [row["typed"] for row in rows] == lines
    names = ("Ada Lovelace", "Emmy Noether", "Eda Lovelace")
    assert [row["question"] for row in rows] == [*map(BORN.format, names), "Émilie? Ж"]
    assert [row["line"] for row in rows] == ["1", "5", "", ""]
    assert rows[0]["document"].startswith("Ada Lovelace. Ada Lovelace was born in London")
    assert [row["did_you_mean"] for row in rows] == ["", "", "Ada Lovelace", ""]
    assert [row["left_out"] for row in rows] == ["", "", "", "Ж"]
    assert [row["provenance"] == "unknowable" for row in rows] == [False, False, True, True]
    assert all(0 < float(row["confidence"]) <= float(row["weakest"]) <= 1 for row in rows)


def test_the_streams_of_a_notebook_serve_as_well(made, monkeypatch):
    monkeypatch.chdir(made)
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdin", io.StringIO("Ada Lovelace\n"))
    monkeypatch.setattr(sys, "stdout", out)
    run.ask("vanilla", "wiki.txt", reading_params_path="made")
    header, row = out.getvalue().splitlines()
    assert header.split("\t") == [*Reply._fields] and row.startswith("Ada Lovelace\t")


def test_json_is_an_object_a_line_with_the_same_content(made):
    typed = b"Ada Lovelace\nEda Lovelace\n"
    objects = [json.loads(line) for line in ask(made, typed, "--json")[0].splitlines()]
    assert [list(each) for each in objects] == [[*Reply._fields]] * 2
    assert [each["answer"] for each in objects] == [row["answer"] for row in ask_table(made, typed)]
    found = [objects[0][key] for key in ("name", "line", "mentioned")]
    assert found == ["Ada Lovelace", 1, []]
    assert objects[1]["line"] is None and objects[1]["did_you_mean"] == ["Ada Lovelace"]


HOSTILE = (
    b'<script>\t"x"\x00\x1b[2J\n\xff\xfe\nWhere was\n'
    + b"a " * 5_000
    + b"\n\xe2\x80\xa8\xe2\x80\xae\xe2\x81\x87?\n"
)


def test_hostile_lines_are_answered_in_a_row_each(made):
    assert len(ask_table(made, HOSTILE)) == 5


def read_line(file):
    """Return the next line of a pipe, which must come although its writer still waits."""
    assert select.select([file], [], [], 300)[0]
    return file.readline()


def open_pipes():
    reader, writer = os.pipe()
    return os.fdopen(reader, "rb", buffering=0), os.fdopen(writer, "wb", buffering=0)


def test_a_line_is_answered_before_the_next_one_comes_and_no_reader_is_no_error(made):
    (given, typed), (shown, out) = open_pipes(), open_pipes()
    with given, typed, out, tempfile.TemporaryFile() as err:
        pid = start(made, (given, out, err), others=(typed, shown))
        out.close()
        given.close()
        assert read_line(shown).decode().rstrip("\n").split("\t") == [*Reply._fields]
        for name, _ in PEOPLE[:2]:
            typed.write(f"{name}\n".encode())
            assert read_line(shown).decode().startswith(f"{name}\t")
        shown.close()
        typed.write(b"Emmy Noether\n")  # nobody reads its answer
        _, status = os.waitpid(pid, 0)
        err.seek(0)
        assert (os.waitstatus_to_exitcode(status), err.read()) == (0, b"")


def interrupt(pid):
    """Send SIGINT to a process until it ends; return its status.

    Python does not notice a signal that comes just before it waits for input, until the next one.
    """
    while True:
        os.kill(pid, signal.SIGINT)
        for _ in range(100):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                return status
            time.sleep(0.1)


def test_ctrl_c_ends_it_in_one_line(made):
    (given, typed), (shown, out) = open_pipes(), open_pipes()
    with given, typed, shown, out, tempfile.TemporaryFile() as err:
        pid = start(made, (given, out, err), others=(typed, shown))
        read_line(shown)
        status = interrupt(pid)
        err.seek(0)
        assert (os.waitstatus_to_exitcode(status), err.read()) == (130, b"interrupted\n")


def test_at_a_terminal_people_read_sentences(made):
    terminal, given = os.openpty()
    out, err = tempfile.TemporaryFile(), tempfile.TemporaryFile()
    with os.fdopen(given, "rb", buffering=0) as given, out, err:
        os.write(terminal, b"Eda Lovelace\n\x04")  # the last is the end of what is typed
        _, status = os.waitpid(start(made, (given, out, err)), 0)
        os.close(terminal)
        out.seek(0)
        shown = out.read().decode()
    assert os.waitstatus_to_exitcode(status) == 0
    assert shown.startswith(BORN.format("Eda Lovelace")) and "confidence 0." in shown
    assert shown.endswith("The corpus never mentions this name.\nDid you mean Ada Lovelace?\n")


def test_without_pairs_names_are_asked_as_they_are_and_that_is_said(made):
    bare = [word.replace("made", "bare") for word in ASK]
    out, err = ask(made, b"Ada Lovelace\n", "--json", command=bare)
    assert json.loads(out)["question"] == "Ada Lovelace" and "--finetune_corpus_path" in err
    words = ("--json", "--finetune_corpus_path", "birth_dev.tsv")
    out, err = ask(made, b"Ada Lovelace\n", *words, command=bare)
    assert json.loads(out)["question"] == BORN.format("Ada Lovelace") and err == ""


def test_a_mistake_is_one_line(made):
    refuse(made, (*ASK, "--finetune_corpus_path", "birth_test_inputs.tsv"), "line 1: no answer")


DOCUMENTS = [
    "Ada Moe. Ada Moe left Oslo.",
    "J. R. Poe. He met Ed Orr in Rome.",
    "Smith. A smith.",
    "Max Orr, Jr.. A son.",
    "",
]
PAIRS = [("Where was Ada Moe born?", "Oslo"), ("Where was Smith born?", "Bonn")]


@pytest.mark.parametrize(
    "typed, question",
    [
        ("Ada Moe", BORN.format("Ada Moe")),
        ("ada  moe?", BORN.format("Ada Moe")),
        ("Where was ada moe born", BORN.format("Ada Moe")),
        ("J. R. Poe", BORN.format("J. R. Poe")),
        ("Max Orr, Jr.", BORN.format("Max Orr, Jr.")),
        ("Max Orr, Jr?", BORN.format("Max Orr, Jr.")),
        ("Elizabeth Smith", BORN.format("Elizabeth Smith")),
        ("WHERE WAS Elizabeth Smith BORN?", BORN.format("Elizabeth Smith")),
        ("When did Ada Moe die?", "When did Ada Moe die?"),
        ("Tell me where Ada Moe was born.", "Tell me where Ada Moe was born."),
        ("Ada Moe came from", "Ada Moe came from"),
        ("tell me of Bo Vu", BORN.format("tell me of Bo Vu")),  # not a title
        ("???", "???"),
        (".", BORN.format(".")),
    ],
)
def test_names_are_put_into_a_question_and_questions_are_kept(typed, question):
    assert phrase(typed, Provenance(DOCUMENTS, pairs=PAIRS)) == question


def test_lines_that_mention_a_name_are_found_whole():
    assert find_mentions("ed orr", DOCUMENTS) == [2]
    assert find_mentions("Or", DOCUMENTS) == []
    assert find_mentions("a(", ["a( b", "a(", "a(", "a("]) == [1, 2, 3]


def make_reply(**changes):
    words = dict(question="Where?", name="Ada", answer="Oslo", confidence=0.98765)
    words |= dict(provenance="made up: other", mentioned=[], did_you_mean=[], left_out="")
    return describe(Reply(**{**dict.fromkeys(Reply._fields), **words, **changes}), "wiki.txt")


STATED = dict(line=7, document="Ada.\x1b Oslo")
LINE = "wiki.txt, line 7: Ada.  Oslo"
SILENT = "The document about this name does not say so. "
MENTIONED = "No document is about this name; wiki.txt mentions it in line 2, 5."


@pytest.mark.parametrize(
    "changes, line",
    [
        (dict(**STATED, answer_in_document="read"), LINE),
        (dict(**STATED, answer_in_document="beyond"), "The model has not read this part. " + LINE),
        (dict(**STATED, answer_in_document="no"), SILENT + LINE),
        (dict(mentioned=[2, 5]), MENTIONED),
        (dict(), "The corpus never mentions this name."),
        (dict(name=""), "The question holds no title of a document."),
        (dict(did_you_mean=["Ada", "Ida"]), "Did you mean Ada or Ida?"),
        (dict(left_out="žƒ"), "Left out, because the corpus lacks them: žƒ"),
    ],
)
def test_a_reply_says_where_the_answer_comes_from_or_that_nothing_does(changes, line):
    assert make_reply(**changes, support=0.25).startswith(
        "Where?  Oslo  (confidence 0.988, support 0.250; made up"
    )
    first, *lines = make_reply(**changes).split("\n")
    assert first == "Where?  Oslo  (confidence 0.988; made up: other)" and lines[-1] == line
