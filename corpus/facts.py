"""The table of facts: one row of strings per person, read from a CSV or from two packages.

An absent fact is an empty string. A table of the user's own needs nothing but the standard library.
"""
import csv
from pathlib import Path

FIELDS = (
    "name surname full_name birth_place birth_region birth_date birth_year death_date death_year "
    "death_place be occupation "
    "position team teams debut_date debut_year debut_team last_year seasons games bats throws "
    "height weight college hall_of_fame all_star all_star_year mvp cy_young rookie "
    "world_series_mvp gold_gloves home_runs hits wins saves strikeouts "
    "managed_team managed_seasons managed_wins "
    "prize prize_year shared_prize sole_prize second_prize second_prize_year motivation "
    "affiliation field language"
).split()
REQUIRED = ("name", "birth_place")
FORBIDDEN = "\t\n\r\u2047\u25a1"  # the last two mark masks and padding in the span corruption
LONGEST_PLACE = 30
LONGEST_LINE = 110  # question and answer together must fit the model's block


class FactsError(ValueError):
    """A mistake in the user's table, worded for the user."""


def write_facts(path, rows):
    """Write the table as a CSV that `read_facts` reads back."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, FIELDS, restval="", lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def read_facts(path):
    """The rows of a user's CSV, each checked; FactsError says where a mistake is."""
    if not Path(path).is_file():
        raise FactsError(f"{path}: no such file; give a CSV with the columns name,birth_place")
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            table = csv.DictReader(file)
            missing = [field for field in REQUIRED if field not in (table.fieldnames or ())]
            if missing:
                raise FactsError(f"{path}, line 1: no column {' or '.join(missing)}; the first "
                                 "line must name the columns, at least name,birth_place")
            rows = [check_row(path, table.line_num, row) for row in table]
    except (UnicodeDecodeError, csv.Error) as error:
        raise FactsError(f"{path}: not a UTF-8 CSV ({error}); save it as one") from error
    check_names_are_unique(path, rows)
    for row in rows:
        del row["line"]
    return rows


def check_row(path, line, row):
    """The row with trimmed strings and its line number, or a FactsError."""
    where = f"{path}, line {line}"
    if None in row:
        raise FactsError(f"{where}: more values than columns; quote values that hold commas")
    row = {field: (value or "").strip() for field, value in row.items()}
    for field in REQUIRED:
        if not row[field]:
            raise FactsError(f"{where}: empty {field}; fill it in or remove the line")
    for field, value in row.items():
        if any(character in value for character in FORBIDDEN):
            raise FactsError(f"{where}: {field} holds a tab, a line break, \u2047 or \u25a1; "
                             "remove it")
    if not fits(row):
        raise FactsError(f"{where}: place over {LONGEST_PLACE} characters, or question and place "
                         f"together over {LONGEST_LINE}; shorten them")
    return row | {"line": str(line)}


def check_names_are_unique(path, rows):
    """Raise a FactsError at the first name that an earlier line already has."""
    seen = {}
    for row in rows:
        earlier = seen.setdefault(row["name"], row["line"])
        if earlier != row["line"]:
            raise FactsError(f"{path}, line {row['line']}: the name {row['name']!r} is on line "
                             f"{earlier} too; tell the two people apart by a fuller name")


def write_question(name):
    return f"Where was {name} born?"


def fits(row):
    """Whether place, and question with place, are short enough for the model's block."""
    place = row["birth_place"]
    return (len(place) <= LONGEST_PLACE
            and len(write_question(row["name"])) + len(place) <= LONGEST_LINE)


def join_words(words):
    """'A', 'A and B', 'A, B and C'."""
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]])) if words else ""


def write_date(year, month, day):
    """'5 February 1934'. The months are spelled here because strftime follows the locale."""
    months = ("January February March April May June July August September October November "
              "December").split()
    return f"{day} {months[month - 1]} {year}"


def name_state(code):
    """'Alabama' from 'AL', 'Ontario' from 'ON'; other text comes back unchanged."""
    return _STATES.get(code, code)


_STATES = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California",
    "CF": "California", "CO": "Colorado", "CT": "Connecticut", "DE": "Delaware",
    "DC": "District of Columbia", "FL": "Florida", "GA": "Georgia", "HI": "Hawaii",
    "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas",
    "KY": "Kentucky", "LA": "Louisiana", "ME": "Maine", "MD": "Maryland",
    "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota", "MS": "Mississippi",
    "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada",
    "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York",
    "NC": "North Carolina", "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma",
    "OR": "Oregon", "PA": "Pennsylvania", "RI": "Rhode Island", "SC": "South Carolina",
    "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VT": "Vermont",
    "VA": "Virginia", "WA": "Washington", "WV": "West Virginia", "WI": "Wisconsin",
    "WY": "Wyoming", "AB": "Alberta", "BC": "British Columbia", "MB": "Manitoba",
    "NB": "New Brunswick", "NS": "Nova Scotia", "ON": "Ontario", "PE": "Prince Edward Island",
    "QC": "Quebec", "SK": "Saskatchewan",
}
