"""Read the Nobel laureates from the committed table made of the Nobel Prize's own data."""
import csv
from pathlib import Path

TABLE = Path(__file__).resolve().parent.parent / "facts" / "laureates.csv"
FIRST_LIVING_YEAR = 1950  # the data are of 2021: nobody born earlier is said to be alive
FIELD = {"Nobel Prize in Physics": "physics", "Nobel Prize in Chemistry": "chemistry",
         "Nobel Prize in Physiology or Medicine": "medicine", "Nobel Peace Prize": "peace",
         "Nobel Prize in Literature": "literature",
         "Nobel Memorial Prize in Economic Sciences": "economics"}


def read_laureates():
    """Return the facts of all laureates of the table."""
    with open(TABLE, encoding="utf-8", newline="") as file:
        return [describe(row) for row in csv.DictReader(file)]


def describe(row):
    birth_year = row["birth_date"].split()[-1]
    alive = not row["death_date"] and int(birth_year) >= FIRST_LIVING_YEAR
    return row | {
        "domain": "laureates", "be": "was" if row["death_date"] else "is" if alive else "",
        "birth_year": birth_year,
        "death_year": row["death_date"].split()[-1] if row["death_date"] else "",
        "role": f"Nobel laureate in {FIELD[row['prize']]}" if FIELD[row["prize"]] != "peace"
                else "Nobel peace laureate"}
