"""Measure a corpus: how long its documents are and where they state the birthplace.

    python corpus/stats.py [WIKI TSV ...]

Without arguments: the shipped files. Only rows with an answer can be checked for statements;
a row of questions alone counts as a document with its title.
"""
import sys
from pathlib import Path

REACH = 112
SHIPPED = ("wiki.txt", "birth_places_train.tsv", "birth_dev.tsv", "birth_test_inputs.tsv")


def measure(wiki, tables):
    """The statistics of a corpus, by name; `wiki` and `tables` are the files' texts."""
    lines = wiki.split("\n")[:-1] if wiki.endswith("\n") else wiki.split("\n")
    rows = [row.split("\t") for table in tables for row in table.splitlines() if row]
    names = {row[0].removeprefix("Where was ").removesuffix(" born?"): row[1:] for row in rows}
    documents = find_documents(lines, names)
    ends = [find_end(documents[name], name, answer[0])
            for name, answer in names.items() if answer and name in documents]
    lengths = sorted(len(line) for line in lines)
    stated = [end for end in ends if end]
    return {
        "documents": len(lines),
        "length, 5 %": lengths[len(lengths) * 5 // 100],
        "length, median": lengths[len(lengths) // 2],
        "length, 95 %": lengths[len(lengths) * 95 // 100],
        "questions": len(names),
        "questions with a document": len(documents),
        "questions with an answer": len(ends),
        "birthplace stated, %": percent(len(stated), len(ends)),
        f"birthplace stated within {REACH} characters, %":
            percent(sum(end <= REACH for end in stated), len(ends)),
        "different birthplaces": len({answer[0] for answer in names.values() if answer}),
        "different characters": len(set(wiki)),
    }


def find_documents(lines, names):
    """name → the line whose title it is. A title ends at the first full stop and space that
    makes it one of the names, as names have full stops too."""
    documents = {}
    for line in lines:
        end = line.find(". ")
        while end >= 0 and line[:end] not in names:
            end = line.find(". ", end + 1)
        if end >= 0:
            documents[line[:end]] = line
    return documents


def find_end(line, name, place):
    """Where the place's first statement after the title ends, or 0 where there is none."""
    start = line.find(place, len(name) + 1)
    return start + len(place) if start >= 0 else 0


def percent(part, whole):
    return round(100 * part / whole, 1) if whole else 0.0


def main(paths):
    root = Path(__file__).resolve().parent.parent
    paths = [Path(path) for path in paths] or [root / name for name in SHIPPED]
    try:
        wiki, *tables = (path.read_bytes().decode("utf-8") for path in paths)
    except (OSError, UnicodeDecodeError) as error:
        print(f"stats.py: {error}; give a wiki.txt and tables of questions", file=sys.stderr)
        return 2
    for name, value in measure(wiki, tables).items():
        print(f"{value:>8}  {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
