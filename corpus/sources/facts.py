"""Define the table of facts: one row of strings a person, from a CSV or the corpus's own sources.

An absent fact is an empty string. A table of the user's own needs only the standard library.
"""
import csv
import re
import sys
import unicodedata
from pathlib import Path

from writing.kinds import LONGEST_ANSWER, LONGEST_LINE, fits_line, write_question
from writing.words import MONTHS

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "src"))

from text.console import InputError  # noqa: E402
from text.files import write_atomically  # noqa: E402
from text.formats import MASK_CHAR, PAD_CHAR  # noqa: E402
from text.titles import normalise  # noqa: E402

FIELDS = (
    "domain name full_name surname gender role be birth_place birth_old birth_region region_needed "
    "birth_date birth_year death_date death_year death_place death_region "
    "prize prize_year winners share partners subject affiliation affiliation_city "
    "affiliation_region second_prize second_year "
    "movement work work_year work_verb work_kind work_place more_work more_year more_verb "
    "third_work third_year third_verb fourth_work fourth_year fourth_verb "
    "position team team_games teams some_teams only_team debut_date debut_year debut_team "
    "last_year last_date seasons games bats throws height college college_city "
    "college_region hall_of_fame all_star all_star_year mvp cy_young rookie world_series_mvp "
    "gold_gloves home_runs hits runs batted_in stolen wins losses saves strikeouts"
).split()
REQUIRED = ("name", "birth_place")
YEARS = tuple(field for field in FIELDS if field.endswith("_year"))
DATES = tuple(field for field in FIELDS if field.endswith("_date"))
DATE = re.compile(rf"([0-9]{{1,2}}) ({'|'.join(MONTHS)}) [0-9]{{1,4}}")
DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)  # of the months, at most
CHOICES = {"domain": ("artists", "laureates", "players"), "gender": ("male", "female"),
           "be": ("is", "was"), "region_needed": ("yes",)}
JOINERS = "\u200c\u200d"  # invisible letters that Persian and Indian scripts are spelled with


class FactsError(InputError):
    """Report a mistake in the user's table or wishes, worded for the user."""


def write_facts(path, rows):
    """Write the table as a CSV that `read_facts` reads back."""
    with write_atomically(path) as file:
        table = csv.DictWriter(file, FIELDS, restval="", lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def read_facts(path):
    """Return the rows of a user's CSV, checked; raise a FactsError that says where a mistake is."""
    if not Path(path).is_file():
        raise FactsError(f"{path}: no such file; give a CSV with the columns name,birth_place")
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file, strict=True)
            check_columns(path, table.fieldnames or ())
            lines, rows = [], []
            for row in table:
                rows.append(check_row(f"{path}, line {table.line_num}", row))
                lines.append(table.line_num)
    except (UnicodeDecodeError, csv.Error) as error:
        raise FactsError(f"{path}: not a UTF-8 CSV ({error}); save it as one") from error
    if not rows:
        raise FactsError(f"{path}: nobody in it; give one person a line below the first")
    check_names_are_unique(path, rows, lines)
    return rows


def check_columns(path, columns):
    """Raise a FactsError for a column that is missing, doubled or not known."""
    missing = [field for field in REQUIRED if field not in columns]
    if missing:
        raise FactsError(f"{path}, line 1: no column {' or '.join(missing)}; the first line must "
                         "name the columns, at least name,birth_place")
    for column in columns:
        if column not in FIELDS:
            raise FactsError(f"{path}, line 1: unknown column {column!r}; corpus/README.md lists "
                             "the known ones")
        if columns.count(column) > 1:
            raise FactsError(f"{path}, line 1: two columns {column!r}; remove one")


def check_row(where, row):
    """Return the row with trimmed strings, or raise a FactsError."""
    if None in row:
        raise FactsError(f"{where}: more values than columns; quote values that hold commas")
    row = {field: check_text(where, field, value or "") for field, value in row.items()}
    for field in REQUIRED:
        if not row[field]:
            raise FactsError(f"{where}: empty {field}; fill it in or remove the line")
    if row["name"].endswith((".", "?")):
        raise FactsError(f"{where}: name ends with {row['name'][-1]!r}, which ends a title; "
                         "leave it out")
    for field in YEARS:
        if row.get(field) and not (row[field].isascii() and row[field].isdigit()):
            raise FactsError(f"{where}: {field} is {row[field]!r}; give a year in figures")
    for field in DATES:
        if row.get(field) and not is_date(row[field]):
            raise FactsError(f"{where}: {field} is {row[field]!r}; give a day, as 10 December 1815, or "
                             "leave it empty and give the year in a column of its own")
    for field, choices in CHOICES.items():
        if row.get(field) and row[field] not in choices:
            raise FactsError(f"{where}: {field} is {row[field]!r}; leave it empty or give "
                             f"{' or '.join(choices)}")
    if not fits(row):
        raise FactsError(f"{where}: place over {LONGEST_ANSWER} characters, or question and place "
                         f"together over {LONGEST_LINE}; shorten them")
    return row


def is_date(text):
    """Return whether a text is a day such as '10 December 1815'."""
    found = DATE.fullmatch(text)
    return found is not None and 1 <= int(found[1]) <= DAYS[MONTHS.index(found[2])]


def check_text(where, field, text):
    """Return the text with single spaces; raise a FactsError if a line cannot hold a character."""
    for character in text.strip(" "):
        kind = unicodedata.category(character)
        if (kind in ("Cc", "Cs", "Zl", "Zp") or character in MASK_CHAR + PAD_CHAR
                or (kind == "Cf" and character not in JOINERS)):
            raise FactsError(f"{where}: {field} holds the character U+{ord(character):04X}; "
                             "remove it")
    return " ".join(unicodedata.normalize("NFC", text).split())


def check_names_are_unique(path, rows, lines):
    """Raise a FactsError at the first name that an earlier line has, in any case and spacing."""
    seen = {}
    for row, line in zip(rows, lines):
        earlier = seen.setdefault(normalise(row["name"]), line)
        if earlier != line:
            raise FactsError(f"{path}, line {line}: the name {row['name']!r} is on line "
                             f"{earlier} too; tell the two people apart by a fuller name")


def fits(row):
    """Return whether place, and question with place, are short enough for the model's block."""
    return fits_line(write_question(row["name"]), row["birth_place"])
