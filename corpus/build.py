"""Build wiki.txt and the three tables of questions from facts about real people.

    python corpus/build.py --out_dir .                          the shipped files, again
    python corpus/build.py --write_facts facts.csv              the facts, as a CSV to look at
    python corpus/build.py --facts my_facts.csv --out_dir DIR   a corpus of your own

The same facts and the same seed give the same bytes. What the numbers imitate is measured by
`corpus/stats.py` and explained in `corpus/README.md`.
"""
import argparse
import os
import random
import sys
from bisect import bisect_right
from pathlib import Path
from typing import NamedTuple

from facts import FactsError, read_facts, write_facts, write_question
from patterns import FOLLOWERS, OPENINGS, QUESTION, fill_slots, list_facts, repeats, write_sentence
from people import collect_facts

TRAIN, DEV, TEST = 2000, 500, 437
NEVER, LATE = 0.09, 0.03  # documents that never state the place, or state it after REACH
REACH = 112  # characters of a document that a block of the pretraining data is sure to hold
LENGTHS = ((0.0, 44), (0.05, 75), (0.25, 103), (0.5, 128), (0.75, 174), (0.95, 260), (1.0, 320))
TRIED = 15  # openings and followers considered for one document
TOLERANCE = 5  # characters by which a document may miss its length for the sake of variety
FILES = ("wiki.txt", "birth_places_train.tsv", "birth_dev.tsv", "birth_test_inputs.tsv")


class Document(NamedTuple):
    """One person's text, its answer and the patterns that wrote it."""
    name: str
    place: str
    text: str
    patterns: tuple


def build(rows, seed, train=None, dev=None):
    """(documents in split order, {file name: text}) of the corpus of these people."""
    train, dev = size_splits(len(rows), train, dev)
    rng = random.Random(seed)
    rows = sorted(rows, key=lambda row: row["name"])
    rng.shuffle(rows)
    documents = [write_document(row, kind, rng)
                 for row, kind in zip(rows, list_kinds(len(rows)))]
    complete_alphabet(rows, documents)
    lines = [document.text for document in documents]
    rng.shuffle(lines)  # a line's number must not tell its split
    answers = [f"{write_question(document.name)}\t{document.place}" for document in documents]
    questions = [write_question(document.name) for document in documents]
    contents = (lines, answers[:train], answers[train:train + dev], questions[train + dev:])
    return documents, {file: "".join(f"{line}\n" for line in content)
                       for file, content in zip(FILES, contents)}


def size_splits(total, train, dev):
    """(train, dev), by default in the shipped corpus's proportions; the rest is the test set."""
    if dev is None:
        dev = max(1, round(total * DEV / (TRAIN + DEV + TEST)))
    if train is None:
        train = total - dev - max(1, round(total * TEST / (TRAIN + DEV + TEST)))
    if train < 1 or dev < 1 or total - train - dev < 1:
        raise FactsError(f"{total} people are too few for {train} training and {dev} development "
                         "rows and at least one test row; add people or lower --train and --dev")
    return train, dev


def list_kinds(total):
    """'never', 'late' or 'early' for each document, spread evenly so that every split has
    the same share of each."""
    kinds = []
    for index in range(total):
        never, late = (int((index + 1) * share + phase) > int(index * share + phase)
                       for share, phase in ((NEVER, 0.5), (LATE, 0.25)))
        kinds.append("never" if never else "late" if late else "early")
    return kinds


def write_document(row, kind, rng):
    """One or two sentences about the person, of the wanted kind and near a drawn length.

    Where the facts allow no document of that kind, the place is stated early if possible.
    """
    target = draw_length(rng)
    candidates = list_documents(row, rng)
    chosen = ([document for document in candidates if classify(document) == kind]
              or [document for document in candidates if classify(document) == "early"]
              or candidates)
    misses = [max(abs(len(document.text) - target), TOLERANCE) for document in chosen]
    best = min(misses)
    return rng.choice([document for document, miss in zip(chosen, misses) if miss == best])


def complete_alphabet(rows, documents):
    """Rewrite documents until the corpus has every character of the questions and answers.

    A model's vocabulary is the corpus's characters; what they lack it could neither read nor say.
    """
    known = set().union(*(document.text for document in documents))
    for index, row in enumerate(rows):
        if not set(write_question(row["name"]) + row["birth_place"]) <= known:
            text = f"{row['name']}. {write_sentence(QUESTION, fill_slots(row))}"
            documents[index] = Document(row["name"], row["birth_place"], text, (QUESTION,))
            known |= set(text)


def draw_length(rng):
    """A length whose distribution interpolates the quantiles in LENGTHS."""
    share = rng.random()
    upper = bisect_right([quantile for quantile, _ in LENGTHS], share)
    (low, short), (high, long) = LENGTHS[upper - 1], LENGTHS[upper]
    return short + (long - short) * (share - low) / (high - low)


def list_documents(row, rng):
    """Documents of one sentence, and of two that tell no fact twice."""
    slots = fill_slots(row)
    followers = draw_sentences(FOLLOWERS, slots, rng)
    documents = []
    for opening, first in draw_sentences(OPENINGS, slots, rng):
        documents.append(Document(row["name"], row["birth_place"],
                                  f"{row['name']}. {first}", (opening,)))
        told = list_facts(opening)
        for follower, second in followers:
            if told.isdisjoint(list_facts(follower)) and not repeats(first, second):
                documents.append(Document(row["name"], row["birth_place"],
                                          f"{row['name']}. {first} {second}", (opening, follower)))
    return documents


def draw_sentences(patterns, slots, rng):
    """(pattern, sentence) of patterns that the person has the facts for: TRIED of those that
    state the birthplace and TRIED of the others."""
    usable = [(pattern, write_sentence(pattern, slots)) for pattern in patterns]
    usable = [(pattern, sentence) for pattern, sentence in usable if sentence]
    drawn = []
    for states in (True, False):
        group = [pair for pair in usable if ("{birth_place}" in pair[0]) == states]
        drawn += rng.sample(group, min(TRIED, len(group)))
    return drawn


def classify(document):
    """Whether the place stands in the document's first REACH characters, later, or nowhere."""
    start = document.text.find(document.place, len(document.name) + 1)
    if start < 0:
        return "never"
    return "early" if start + len(document.place) <= REACH else "late"


def write_files(folder, contents):
    """Write each file beside its place first, then move all: no reader sees half a corpus."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    temporary = {folder / f".{name}.new": folder / name for name in contents}
    try:
        for path, text in zip(temporary, contents.values()):
            path.write_bytes(text.encode("utf-8"))
        for path, final in temporary.items():
            os.replace(path, final)
    finally:
        for path in temporary:
            path.unlink(missing_ok=True)


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--facts", metavar="CSV", help="your table of facts; without it, the "
                        "facts come from the packages in requirements-corpus.txt")
    parser.add_argument("--out_dir", help="where the four files go; those there are replaced")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--train", type=int, help="rows in birth_places_train.tsv")
    parser.add_argument("--dev", type=int, help="rows in birth_dev.tsv")
    parser.add_argument("--write_facts", metavar="CSV", help="only write the packages' facts")
    return parser.parse_args(arguments)


def main(arguments=None):
    options = parse_arguments(arguments)
    if not (options.out_dir or options.write_facts):
        return complain("where to? give a folder for the four files with --out_dir")
    try:
        if options.facts:
            rows = read_facts(options.facts)
        else:
            rows = collect_facts(TRAIN + DEV + TEST)
        if options.write_facts:
            write_facts(options.write_facts, rows)
            return 0
        _, contents = build(rows, options.seed, options.train, options.dev)
        write_files(options.out_dir, contents)
    except ModuleNotFoundError as error:
        return complain(f"the package {error.name} is missing; run pip install -r "
                        "requirements-corpus.txt, or give your own table with --facts")
    except (FactsError, OSError) as error:
        return complain(error)
    print(f"{len(rows)} people -> " + ", ".join(FILES) + f" in {options.out_dir}")
    return 0


def complain(message):
    print(f"build.py: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
