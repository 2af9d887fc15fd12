"""Define the text files and their special characters.

A corpus is UTF-8 text with one document a line. A pairs file is UTF-8 text with one
`question<TAB>answer` a line; without the tab it is a file of questions. `A|B` gives two right
answers, of which the first is trained. None may hold the two special characters, which the datasets
add. Tables for programs are rows of cells between tabs.
"""

import ast
import re
from contextlib import suppress

from text.console import InputError
from text.files import read_text

PAD_CHAR = "\u25a1"  # □ fills an example up to its length
MASK_CHAR = "\u2047"  # ⁇ stands for a masked span, and around an answer
PAD_ID = 0
MASK_ID = 1
MAX_ANSWER = 32  # characters that a prompt leaves for an answer
CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")  # tabs, line ends and what moves a cursor
SPACE = re.compile(r"\s+")  # white space of any kind
QUOTED = re.compile(r'\s*"((?:[^"]|"")*)"\s*')
JSON = re.compile(r"\s*[\[{].*[\]}]\s*", re.DOTALL)
QUESTION = re.compile(r"[^\t]*\?|\s*\S+([^\S\t]+\S+){3}")  # or four words
OTHER_TAB = re.compile(r'\?"?(\s*[,;|]\s*|\s{2,})\S')


def check_corpus(text, source="corpus", first_line=1):
    """Raise InputError, with the line, if `text` holds one of the two special characters."""
    for special in (PAD_CHAR, MASK_CHAR):
        if special in text:
            line = first_line + text.count("\n", 0, text.index(special))
            where = f"{source}, line {line}"
            raise InputError(f"{where}: holds the special character {special}: remove it")


def tidy(text):
    """Return the text with single spaces for white space of any kind, and none at its ends."""
    return " ".join(text.split())


def parse_pairs(text, source="data"):
    """Parse a pairs file into rows (question, answer), with answer None if there is none.

    Cells are made tidy, and rid of the quotes that programs write around some. `source` names the
    file in errors. Raises InputError for a row with two tabs, an answer alone, a header, a special
    character, JSON, or other marks instead of tabs.
    """
    check_corpus(text, source)
    lines = text.removesuffix("\n").split("\n") if text else []
    # Refuse other formats, by their ends or by what most of the lines have.
    advice = "give lines of question, tab, answer"
    if JSON.fullmatch(text):
        raise InputError(f"{source}: looks like JSON: {advice}")
    if "\t" not in text and 2 * sum(map(bool, map(OTHER_TAB.search, lines))) > len(lines):
        raise InputError(f"{source}: has no tab between question and answer: {advice}")
    # Read the rows.
    are_questions = 2 * sum(map(bool, map(QUESTION.match, lines))) > sum(map(bool, lines))
    rows = []
    for number, line in enumerate(lines, 1):
        question, *answers = (tidy(unquote(cell)) for cell in line.rstrip("\r").split("\t"))
        if len(answers) > 1:
            raise InputError(f"{source}, line {number}: {len(answers)} tabs: a row has one tab")
        is_first = question and not any(each for each, _ in rows)
        if is_first and are_questions and "?" not in question and question.count(" ") < 2:
            message = f"{question!r} looks like a header: remove it"
            raise InputError(f"{source}, line {number}: {message}")
        answer = answers[0] if answers else None
        if answer and not question:
            raise InputError(f"{source}, line {number}: no question before the tab: fill it in")
        rows.append((question, answer or None))
    return rows


def unquote(cell):
    """Return a cell without the quotes around it, if its inner quotes are all doubled."""
    quoted = QUOTED.fullmatch(cell)
    return quoted[1].replace('""', '"') if quoted else cell


def split_answers(answer):
    """Return the right answers that a cell gives, a list: `Oslo|Kristiania`, or a list."""
    if answer.startswith("["):
        with suppress(ValueError, SyntaxError, TypeError):
            found = ast.literal_eval(answer)
            return [tidy(each) for each in found if isinstance(each, str) and each.strip()]
    return [tidy(each) for each in answer.split("|") if each.strip()]


def read_questions(path):
    """Read (questions, answers) of a pairs file, line by line; answers is None without any.

    Blank lines count as questions without an answer. Raises InputError if the file is empty, or if
    only some questions have an answer.
    """
    rows = parse_pairs(read_text(path), path)
    if not rows:
        raise InputError(f"{path}: no questions in it: give a file of one question a line")
    questions, answers = map(list, zip(*rows))
    if not any(answers):
        return questions, None
    for number, (question, answer) in enumerate(rows, 1):
        if question and not answer:
            raise InputError(f"{path}, line {number}: no answer, though other rows have one")
    return questions, answers


def read_answered(path):
    """Read (questions, answers) to score by, without blank lines; without answers: InputError."""
    questions, answers = read_questions(path)
    if answers is None:
        raise InputError(f"{path}: no answers to score by: give a file of questions and answers")
    rows = [row for row in zip(questions, answers) if row[1] is not None]
    return [question for question, _ in rows], [answer for _, answer in rows]


def clean(text):
    """Replace control characters, tabs and line ends too, by spaces."""
    return CONTROLS.sub(" ", text)


def format_row(cells):
    """Format a row of a table, without the line end; nothing is quoted."""
    return "\t".join(map(format_cell, cells))


def format_cell(value):
    """Format a value: None as "", a bool as yes or no, a float in 7 digits, a list with commas."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(format_cell, value))
    return clean(f"{value:.7g}" if isinstance(value, float) else str(value))
