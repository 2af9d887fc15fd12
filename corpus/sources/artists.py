"""Read the artists from the committed table made of the Tate collection's metadata."""
import csv
from pathlib import Path

TABLE = Path(__file__).resolve().parent.parent / "facts" / "artists.csv"
FIRST_LIVING_YEAR = 1950  # the data are of 2014: nobody born earlier is said to be alive


def read_artists():
    """Return the facts of all artists of the table, the best documented first."""
    with open(TABLE, encoding="utf-8", newline="") as file:
        return [describe(row) for row in csv.DictReader(file)]


def describe(row):
    alive = not row["death_year"] and int(row["birth_year"]) >= FIRST_LIVING_YEAR
    return row | {"domain": "artists",
                  "be": "was" if row["death_year"] else "is" if alive else ""}
