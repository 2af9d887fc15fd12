"""Build wiki.txt and the three tables of questions from facts about real people.

    python corpus/build.py --out_dir . --sidecar corpus/people.tsv   the shipped files, again
    python corpus/build.py --write_facts facts.csv                   the facts, as a CSV to look at
    python corpus/build.py --facts my_facts.csv --out_dir DIR        a corpus of your own
    python corpus/build.py --ask birth_place birth_date --out_dir DIR   tables of two questions

The same facts, knobs and seed give the same bytes. What the numbers imitate is measured by
`corpus/stats.py` and explained in `corpus/README.md`.
"""
import argparse
import math
import os
import random
import re
import sys
from bisect import bisect_right
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

from sources.facts import FactsError, read_facts, write_facts
from sources.people import DOMAINS, collect_facts
from writing.grammar import capitalise, finish
from writing.kinds import KINDS, ask, write_question
from writing.patterns import GRAMMARS, QUESTION, draw_style, fill_slots

from text.console import InputError
from text.files import check_output_folder, check_output_path

TRAIN, DEV, TEST = 2000, 500, 437
LATE = 0.045  # share of the documents that state the place after the knob `within`
BEFORE = 0.6  # share that names another place before the birthplace, of the documents that name one
NAMED_LATER = 0.36  # share of the documents that do not open with the title
# Quantiles of the wanted lengths, the long ones a little over and the
# short ones under: documents tend to the middle.
LENGTHS = ((0.0, 40), (0.05, 48), (0.25, 99), (0.5, 131), (0.75, 178), (0.95, 278), (1.0, 335))
TRIED = 100  # documents written for one person, of which the nearest to the plan is taken
MOST_SENTENCES = 7
ENOUGH = 36  # documents that fit the plan, of which the one with the most news is taken
NEWS = 1300  # characters of length that a bit of news a character is worth
TOLERANCE = 6  # characters by which a document may miss its length for the sake of variety
MOST_COMMON = 0.02  # share of the documents that may open with one rule
TIRING = ("painte", "made ", "born", "award", "nobel", "represented", "played", "died", " date")
PRONOUNS = ("he", "his")  # slots
PRONOUN = re.compile(r"\b([Hh]e|[Ss]he|[Hh]is|[Hh]er)\b")
ASKED = ("birth_place",)
ENDS_LIFE = re.compile(r"\bdied|His death|Her death")  # such a sentence is a document's last
AFTER_STOP = re.compile(r"(?<=[a-z0-9\")]\.) ")  # between two sentences
FILES = ("wiki.txt", "birth_places_train.tsv", "birth_dev.tsv", "birth_test_inputs.tsv")
SIDECAR = ("name domain split pattern stated distractors birth_place birth_region birth_date "
           "birth_year death_date death_year death_place role prize prize_year position team "
           "movement work work_year").split()


class Knobs(NamedTuple):
    """Hold what a corpus shall be like: shares of its documents, and a number of characters."""
    stated: float = 0.95
    within: int = 112  # characters; a block of the pretraining data is sure to hold the first 112
    distractors: float = 0.57


class Plan(NamedTuple):
    """Hold what one document shall be like."""
    stated: str  # never, late or early
    other: str  # none, after or before: where another place stands
    opens: bool  # with the title
    length: float


class Document(NamedTuple):
    """Hold one person's text, its answer and what the text is like."""
    name: str
    place: str
    text: str
    pattern: str
    stated: str
    other: str
    distractors: tuple


def build(rows, seed, train=None, dev=None, knobs=None, kinds=ASKED):
    """Return (documents in split order, {file name: text}, rows of the sidecar) of these people.

    kinds: what the tables ask, keys of kinds.KINDS.
    """
    knobs = knobs or Knobs()
    train, dev = size_splits(len(rows), train, dev)
    rng = random.Random(seed)
    rows = mix(rows, rng)
    plans = make_plans(rows, knobs, rng)
    used, phrases = Counter(), Counter()
    documents = [write_document(row, plan, knobs, used, phrases, len(rows), rng)
                 for row, plan in zip(rows, plans)]
    complete_alphabet(rows, documents, knobs, rng)
    add_characters(rows, documents, kinds)
    lines = [document.text for document in documents]
    rng.shuffle(lines)  # a line's number must not reveal its split
    asked = [ask_all(*group, kinds) for group in zip(rows, documents)]
    for kind, pairs in zip(kinds, zip(*asked)):
        if not any(pairs):
            raise FactsError(f"--ask {kind}: the facts tell nobody's; leave it out")
    pairs = [[pair for pairs in part for pair in pairs if pair]
             for part in (asked[:train], asked[train:train + dev], asked[train + dev:])]
    contents = (lines, *(map("\t".join, part) for part in pairs[:2]),
                (question for question, _ in pairs[2]))
    splits = ["train"] * train + ["dev"] * dev + ["test"] * (len(rows) - train - dev)
    sidecar = [list_facts(*group) for group in zip(rows, documents, splits)]
    return documents, {file: "".join(f"{line}\n" for line in content)
                       for file, content in zip(FILES, contents)}, sidecar


def size_splits(total, train, dev):
    """Return (train, dev), by default in the shipped corpus's proportions; the rest is the test.

    One person is a training row, a second one a development row.
    """
    people = "1 person" if total == 1 else f"{total} people"
    if dev is None:
        dev = min(max(1, round(total * DEV / (TRAIN + DEV + TEST))), max(total - (train or 1), 0))
    if train is None:
        test = max(1, round(total * TEST / (TRAIN + DEV + TEST)))
        train = max(1, total - dev - test)
    if train + dev > total:
        raise FactsError(f"{people} are too few for {train} training and {dev} development rows; "
                         "add people or lower --train and --dev")
    return train, dev


def mix(rows, rng):
    """Return the people in a random order in which every stretch has each domain's share."""
    domains = {}
    for row in sorted(rows, key=lambda row: row["name"]):
        domains.setdefault(row.get("domain", ""), []).append(row)
    places = []
    for domain in sorted(domains):
        group = domains[domain]
        rng.shuffle(group)
        places += [((index + rng.random()) / len(group), domain, row)
                   for index, row in enumerate(group)]
    return [row for *_, row in sorted(places, key=lambda place: place[:2])]


def make_plans(rows, knobs, rng):
    """Return a plan for each person; every stretch of people has the same share of each kind."""
    can = [has_other_place(row) for row in rows]
    share = min(1.0, knobs.distractors * len(rows) / max(1, sum(can)))
    others, opens, capable = [], spread(len(rows), 1 - NAMED_LATER, 0.7), 0
    for able in can:
        other = "none"
        if able:
            capable += 1
            if takes(capable, share, 0.5):
                other = "before" if takes(int(capable * share + 0.5), BEFORE, 0.1) else "after"
        others.append(other)
    never = spread(len(rows), 1 - knobs.stated, 0.5)
    late = spread(len(rows), min(LATE, knobs.stated), 0.25)
    return [Plan("never" if silent else "late" if far else "early", other, title,
                 draw_length(rng))
            for silent, far, other, title in zip(never, late, others, opens)]


def spread(total, share, phase):
    """Return `total` booleans of which `share` are true, spread as evenly as can be."""
    return [takes(index, share, phase) for index in range(1, total + 1)]


def takes(index, share, phase):
    return int(index * share + phase) > int((index - 1) * share + phase)


def has_other_place(row):
    """Return whether the table holds another place that the person's document could name."""
    slots = fill_slots(row, draw_style(row, random.Random(0)))
    return any(slot in slots for slot in ("death_place", "affiliation_city", "college_city",
                                          "place_work"))


def draw_length(rng):
    """Draw a length; its distribution interpolates the quantiles in LENGTHS."""
    share = rng.random()
    upper = bisect_right([quantile for quantile, _ in LENGTHS], share)
    (low, short), (high, long) = LENGTHS[upper - 1], LENGTHS[upper]
    return short + (long - short) * (share - low) / (high - low)


def write_document(row, plan, knobs, used, phrases, total, rng):
    """Write documents about the person; return the best, near the plan and with a rare opening.

    Where the facts allow no document of the planned kind, the place is stated if possible.
    """
    best, least, fits = None, None, 0
    word = cache(lambda style: fill_slots(row, style))  # few styles, many documents
    for attempt in range(TRIED):
        # The last attempts only state the place, for which every person has the facts.
        steps = choose_steps(plan, rng) if attempt < TRIED - 5 else ["states"]
        document = write_candidate(row, word(draw_style(row, rng)), plan, steps, knobs, rng)
        if document is None:
            continue
        opening = document.pattern.split()[0]
        miss = judge(document, plan)
        miss += 200 * (used[row.get("domain", ""), opening] // max(1, MOST_COMMON / 2 * total))
        fits += miss == 0
        miss -= NEWS * measure_news(document.text, phrases)
        if best is None or miss < least:
            best, least = document, miss
        if fits == ENOUGH:
            break
    used[row.get("domain", ""), best.pattern.split()[0]] += 1
    words = best.text.split()
    phrases.update([*words, *zip(words, words[1:])])
    return best


def judge(document, plan):
    """Return how far a document is from its plan, in characters of length; 0 is near enough."""
    body = document.text[len(document.name) + 2:]
    missed = max(0, abs(len(document.text) - plan.length) - TOLERANCE)
    if document.stated != plan.stated:
        missed += {"misled": 8000, "never": 4000}.get(document.stated, 2000)
    missed += 300 * (document.other != plan.other)
    starts = [sentence.split(" ", 1)[0] for sentence in AFTER_STOP.split(body)]
    missed += 15 * sum(first == second for first, second in zip(starts, starts[1:]))
    missed += 40 * sum(first == second not in ("He", "She", "His", "Her")
                       for first, second in zip(starts, starts[1:]))
    lower = body.lower()
    missed += 80 * sum(lower.count(word) > 1 for word in TIRING)
    return missed + 400 * (body.startswith(document.name) != plan.opens)


def measure_news(text, phrases):
    """Return the bits a character that are new to a reader of the documents so far, by pairs of
    words: wordings often used hold few, names, titles and numbers many."""
    words, seen, bits, known = text.split(), set(), 0, phrases.get
    bare = [word.strip(".,;()") for word in words]
    for first, second, before, after in zip(words, words[1:], bare, bare[1:]):
        seen.add(before)
        if after not in seen:
            bits += math.log2((known(first, 0) + 50) / (known((first, second), 0) + 0.2))
    return bits / len(text)


def write_candidate(row, slots, plan, steps, knobs, rng):
    """Return a Document of these steps, or None where the person lacks the facts."""
    grammar = GRAMMARS[row.get("domain") or ""]
    start = f"{row['name']}. "
    sentences, numbers, told = [], [], frozenset()

    def length():
        return len(start) + sum(map(len, sentences)) + len(sentences)

    def say(symbol):
        nonlocal told
        nameless = sentences and names_partner(sentences[-1], row)
        now = {slot: slots[slot] for slot in slots if slot not in PRONOUNS} if nameless else slots
        written = grammar.write(symbol, now, told, rng)
        if written is None:
            return False
        sentences.append(capitalise(written[0]))
        numbers.append(f"{symbol}-{written[2]}")
        told = written[1]
        return True

    def go_on(target):
        nonlocal told
        while len(sentences) < MOST_SENTENCES:
            before = abs(length() - target), told
            if not say("more"):
                return
            if abs(length() - target) > before[0]:
                sentences.pop(), numbers.pop()
                told = before[1]
                return

    for symbol in steps:
        if symbol == "...":
            go_on(knobs.within)
        elif not say(symbol):
            return None
    go_on(plan.length)
    order = sorted(range(len(sentences)), key=lambda index: (
        numbers[index].startswith("more") and ENDS_LIFE.search(sentences[index]) is not None))
    if any(names_partner(sentences[first], row) and PRONOUN.search(sentences[second])
           for first, second in zip(order, order[1:])):
        return None  # it would mean the partner
    text = start + " ".join(sentences[index] for index in order)
    return describe(row, text, " ".join(numbers[index] for index in order), knobs)


def names_partner(sentence, row):
    """Return whether the sentence names the people with whom the person shared a prize."""
    return bool(row.get("partners")) and row["partners"] in sentence


def choose_steps(plan, rng):
    """Return the symbols of the sentences that the plan needs; '...' is filled up to `within`."""
    silent = "silent_after" if plan.other == "before" else "silent"
    closing = ["more_after"] if plan.other == "after" and rng.random() < 0.7 else []
    if plan.stated == "never":
        return ["silent" if plan.other == "none" else rng.choice(["silent_after", "silent"]),
                *closing]
    if plan.stated == "late":
        return [silent, "...", "adds", *closing]
    states = "states_after" if plan.other == "before" else "states"
    return [*rng.choice([[states], [silent, "adds"]]), *closing]


def describe(row, marked, pattern, knobs):
    """Return the Document of a marked text: where it states the place, which others it names."""
    text, stated_at, others = finish(marked)
    name, place = row["name"], row["birth_place"]
    found = text.find(place, len(name) + 1)
    if stated_at is None:
        stated = "never" if found < 0 else "misled"
    elif not stated_at[0] <= found < stated_at[1]:
        stated = "misled"  # a team or an employer has the place's name, and comes first
    else:
        stated = "early" if found + len(place) <= knobs.within else "late"
    first = stated_at[0] if stated_at else 0
    other = ("none" if not others else
             "before" if any(start < first for start, _ in others) else "after")
    distractors = [text[start:end] for start, end in others]
    if row.get("birth_old") and row["birth_old"] in text:
        distractors.append(row["birth_old"])
    return Document(name, place, text, pattern, stated, other, tuple(distractors))


def complete_alphabet(rows, documents, knobs, rng):
    """Rewrite documents until the corpus has every character of the questions and answers.

    A model's vocabulary is the corpus's characters; it could neither read nor say another.
    """
    known = set().union(*(document.text for document in documents))
    for index, row in enumerate(rows):
        if not set(write_question(row["name"]) + row["birth_place"]) <= known:
            slots = fill_slots(row, draw_style(row, rng))
            place = slots["place"][0]
            text = f"{row['name']}. {QUESTION.format(name=row['name'], place=place)}"
            documents[index] = describe(row, text, "question", knobs)
            known |= set(documents[index].text)


def ask_all(row, document, kinds):
    """Return for each kind a (question, answer), or None where the answer is not known."""
    return [ask(kind, row, document.text[len(document.name) + 2:]) for kind in kinds]


def add_characters(rows, documents, kinds):
    """Let documents end with a question and its answer until the corpus has their characters."""
    known = set().union(*(document.text for document in documents))
    for index, row in enumerate(rows):
        for pair in filter(None, ask_all(row, documents[index], kinds)):
            if not set("".join(pair)) <= known:
                document = documents[index]
                documents[index] = document._replace(
                    text=f"{document.text} {' '.join(pair)}.", pattern=f"{document.pattern} question")
                known |= set(documents[index].text)


def list_facts(row, document, split):
    """Return the person's row of the sidecar."""
    facts = {**row, "split": split, "pattern": document.pattern, "stated": document.stated,
             "distractors": "; ".join(document.distractors),
             "team": row.get("only_team") or row.get("team", "")}
    return {field: facts.get(field) or "" for field in SIDECAR}


def write_table(rows):
    """Return the sidecar's text: tab-separated columns, whose names are the first line."""
    lines = ["\t".join(SIDECAR), *("\t".join(row.values()) for row in rows)]
    return "".join(f"{line}\n" for line in lines)


def check_outputs(folder, sidecar, facts):
    """Raise an InputError unless the four files can be written in the folder, and the sidecar too.

    The folder need not exist yet. No file may overwrite the table of facts.
    """
    for name in FILES if folder.exists() else ():
        check_output_folder(folder, name, [facts])
    if sidecar and sidecar.resolve() in [(folder / name).resolve() for name in FILES]:
        raise InputError(f"{sidecar}: is also another file of the corpus: give the sidecar another path")
    if sidecar:
        parent = sidecar.resolve().parent
        if parent.exists() or not folder.resolve().is_relative_to(parent):  # else it is made with the folder
            check_output_path(sidecar, [facts])


def write_files(contents):
    """Write each file beside its place first, then move all: no reader sees half a corpus."""
    temporary = {path.with_name(f".{path.name}.new"): path for path in contents}
    try:
        for path, text in zip(temporary, contents.values()):
            path.write_bytes(text.encode("utf-8"))
        for path, final in temporary.items():
            os.replace(path, final)
    finally:
        for path in temporary:
            path.unlink(missing_ok=True)


class Parser(argparse.ArgumentParser):
    """Parse words as argparse does; end with one line for a mistake."""

    def error(self, message):
        sys.exit(complain(message))


def read_share(text):
    share = float(text)
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not a share; give a number from 0 to 1")
    return share


def read_count(text, least=1):
    if not text.lstrip("-").isdigit() or int(text) < least:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of at least {least}")
    return int(text)


def read_rows(text):
    return read_count(text, least=0)


def read_domains(text):
    domains = text.split(",")
    if not set(domains) <= set(DOMAINS) or len(set(domains)) < len(domains):
        raise argparse.ArgumentTypeError(f"{text!r}: give some of {','.join(DOMAINS)}, each once")
    return tuple(domains)


def parse_arguments(arguments):
    knobs = Knobs()
    parser = Parser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--facts", metavar="CSV", help="your table of facts; without it, those "
                        "of corpus/facts and of the package in requirements-corpus.txt")
    parser.add_argument("--out_dir", help="where the four files go; those there are replaced")
    parser.add_argument("--sidecar", metavar="TSV", help="also write one row of facts a person")
    parser.add_argument("--write_facts", metavar="CSV", help="write the people's facts, no corpus")
    parser.add_argument("--ask", nargs="+", choices=KINDS, default=ASKED, metavar="KIND",
                        help=f"what the tables ask, of {' '.join(KINDS)} (default {ASKED[0]})")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--people", type=read_count, metavar="N",
                        help=f"people in the corpus (default {TRAIN + DEV + TEST})")
    parser.add_argument("--domains", type=read_domains, metavar="D,D",
                        help=f"equal parts of these (default {','.join(DOMAINS)})")
    parser.add_argument("--train", type=read_count, help="people in birth_places_train.tsv")
    parser.add_argument("--dev", type=read_rows, help="people in birth_dev.tsv; the rest is the test")
    parser.add_argument("--stated", type=read_share, default=knobs.stated,
                        help="share of documents that state the birthplace (default %(default)s)")
    parser.add_argument("--within", type=read_count, default=knobs.within, metavar="CHARACTERS",
                        help="where most of them have stated it (default %(default)s)")
    parser.add_argument("--distractors", type=read_share, default=knobs.distractors,
                        help="share that names another place too (default %(default)s)")
    return parser.parse_args(arguments)


def main(arguments=None):
    options = parse_arguments(arguments)
    if bool(options.out_dir) == bool(options.write_facts):
        return complain("give --out_dir, a folder for the four files, or --write_facts, a file "
                        "for the facts alone")
    if options.facts and (options.people or options.domains):
        return complain("--facts brings its own people; leave out --people and --domains")
    if options.write_facts and options.sidecar:
        return complain("--sidecar describes a corpus; give it with --out_dir")
    try:
        if options.out_dir:
            sidecar = Path(options.sidecar) if options.sidecar else None
            check_outputs(Path(options.out_dir), sidecar, options.facts)
        else:
            check_output_path(options.write_facts, [options.facts])
        if options.facts:
            rows = read_facts(options.facts)
        else:
            rows = collect_facts(options.people or TRAIN + DEV + TEST, options.domains or DOMAINS)
        if options.write_facts:
            write_facts(options.write_facts, rows)
            return 0
        knobs = Knobs(options.stated, options.within, options.distractors)
        _, contents, people = build(rows, options.seed, options.train, options.dev, knobs,
                                    tuple(dict.fromkeys(options.ask)))
        folder = Path(options.out_dir)
        folder.mkdir(parents=True, exist_ok=True)
        files = {folder / name: text for name, text in contents.items()}
        if sidecar:
            files[sidecar] = write_table(people)
        write_files(files)
    except ModuleNotFoundError as error:
        return complain(f"the package {error.name} is missing; run pip install -r "
                        "requirements-corpus.txt, or give your own table with --facts")
    except (InputError, OSError) as error:
        return complain(error)
    many = "1 person" if len(rows) == 1 else f"{len(rows)} people"
    print(f"{many} -> " + ", ".join(FILES) + f" in {options.out_dir}")
    return 0


def complain(message):
    print(f"build.py: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
