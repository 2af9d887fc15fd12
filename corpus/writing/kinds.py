"""List what can be asked of a person: the questions, and the answers as the document words them."""
import re
from collections.abc import Callable
from typing import NamedTuple

from writing.patterns import describe_prize
from writing.words import reword_date

LONGEST_ANSWER = 30
LONGEST_LINE = 110  # question and answer together must fit the model's block


class Kind(NamedTuple):
    """Hold a question, and a function of a person's row that lists the true wordings of its answer.

    The first wording is the default; empty wordings mean that the fact isn't known.
    """
    question: str
    word: Callable


def list_dates(event):
    def word(row):
        date = row.get(f"{event}_date") or ""
        year = row.get(f"{event}_year") or date.split(" ")[-1]
        wordings = [reword_date(date, month_first, short)
                    for short in (False, True) for month_first in (False, True)]
        return [*wordings, year if year.isdigit() else ""]
    return word


def list_prizes(row):
    slots = describe_prize(row)
    words = slots.get("prize", [])
    bare = slots["nobel"] if (row.get("prize") or "").startswith("Nobel") else ""
    return [*([words] if isinstance(words, str) else words), bare]


def list_teams(row):
    """Return all teams that the table names, the one with most games first."""
    lists = [row.get(teams) or "" for teams in ("teams", "some_teams")]
    names = [name.removeprefix("the ") for names in lists for name in re.split(", | and ", names)]
    return [row.get("only_team"), row.get("team"), row.get("debut_team"), *names]


KINDS = {
    "birth_place": Kind("Where was {} born?", lambda row: [row["birth_place"]]),
    "birth_date": Kind("When was {} born?", list_dates("birth")),
    "death_place": Kind("Where did {} die?", lambda row: [row.get("death_place")]),
    "death_date": Kind("When did {} die?", list_dates("death")),
    "prize": Kind("What did {} win?", list_prizes),
    "team": Kind("For whom did {} play?", list_teams),
}


def write_question(name, kind="birth_place"):
    return KINDS[kind].question.format(name)


def fits_line(question, answer):
    """Return whether question and answer are short enough for the model's block."""
    return len(answer) <= LONGEST_ANSWER and len(question) + len(answer) <= LONGEST_LINE


def ask(kind, row, body):
    """Return (question, answer), or None if the answer isn't known or too long.

    The answer is the true wording that the body of the person's document has first, the longest if
    several begin there; it is the default if the body has none.
    """
    question = write_question(row["name"], kind)
    wordings = [words for words in KINDS[kind].word(row) if words and fits_line(question, words)]
    found = [(match.start(), -len(words), words) for words in wordings
             for match in re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", body)]
    return (question, min(found)[-1] if found else wordings[0]) if wordings else None
