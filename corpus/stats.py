"""Measure corpora, so that one can be held beside another: how long their documents are, where
they state the answers, and how hard it is to tell an answer from what else a document names.

    python corpus/stats.py                                  the shipped corpus
    python corpus/stats.py WIKI TSV ...                     any other
    python corpus/stats.py [WIKI TSV ...] --beside WIKI TSV ...    two or more, one beside another

WIKI is a text of one document a line, each TSV a table of questions about them, in any
templates and with or without answers. The output is a Markdown table.

Every row of the tables is a question, and a pair if it has a document and an answer. The body is
what follows the title, and the answer is stated where its wording first occurs in the body. A name
is a salient span of src/objectives/spans.py, a run of capitalised words, that holds no digit.
Shares are of the pairs; shares about titles are of the documents that have a title.
"""

import lzma
import math
import re
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from objectives.masking import MaskingPolicy  # noqa: E402
from runs.options import Parser  # noqa: E402
from text.console import InputError, report_mistakes  # noqa: E402
from text.files import read_text  # noqa: E402
from text.formats import parse_pairs  # noqa: E402
from text.phrasing import match_questions  # noqa: E402
from text.titles import index_titles, split_title  # noqa: E402

SHIPPED = ("wiki.txt", "birth_places_train.tsv", "birth_dev.tsv", "birth_test_inputs.tsv")
REACH = 112  # characters of a document that a block of the pretraining data is sure to hold
BEFORE_ANSWERS = re.compile(r"\b(?:in|at|from|of) ")
BEFORE_PLACES = re.compile(r"\b(?:in|at|from|of|to) ")
BEFORE_BIRTHPLACES = re.compile(r"\b[Bb]orn (?:in|at) ")


class Pair(NamedTuple):
    """Hold a question's document and answer."""

    document: str
    body: int  # where the document's body starts
    answer: str
    stated: int  # where the body first states the answer, or -1

    @property
    def title_words(self):
        return set(re.findall(r"\w+", self.document[: self.body]))


def measure(text, rows):
    """Return {name of a row: value} of a corpus; None where there is nothing to measure.

    text: the documents, one a line. rows: (question, answer or None) of all tables, in order.
    """
    documents = [line for line in text.split("\n") if line.strip()]
    rows = [(question, answer) for question, answer in rows if question.strip()]
    questions = [question for question, _ in rows]
    matches = match_questions(questions, index_titles(documents))
    pairs = [
        make_pair(documents[match.place[0]], match.place[1], answer)
        for match, (_, answer) in zip(matches, rows)
        if match and answer
    ]
    policy = MaskingPolicy([pair[:3] for pair in pairs[: count_trained(pairs)]])
    spans = [policy.find_spans(pair.document, pair.body) for pair in pairs]
    return {
        **measure_text(text, documents),
        **measure_titles(documents),
        "questions": len(rows),
        "questions with a document": sum(match is not None for match in matches),
        "questions with a document and an answer": len(pairs),
        **measure_answers(pairs),
        **measure_contexts(pairs),
        **measure_second_places(pairs, spans),
        **measure_baselines(pairs, spans),
        **measure_policy(pairs, policy, spans),
    }


def make_pair(document, body, answer):
    return Pair(document, body, answer, document.find(answer, body))


def count_trained(pairs):
    """Return how many of the pairs the masking policy is trained on, the first four fifths."""
    return len(pairs) * 4 // 5


def share(flags):
    """Return how many per cent of the flags are true; None if there are no flags."""
    flags = list(flags)
    return 100 * sum(flags) / len(flags) if flags else None


def measure_text(text, documents):
    """Measure lengths in characters, by quantiles of all documents; the size of a vocabulary, which
    has the line end too; and how far the text can be compressed.
    """
    lengths = sorted(map(len, documents))
    quantiles = {
        f"length, {name}": lengths[len(lengths) * percent // 100] if lengths else None
        for name, percent in (("5 %", 5), ("median", 50), ("95 %", 95))
    }
    packed = lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME)
    return {
        "documents": len(documents),
        **quantiles,
        "different characters": len(set(text)),
        "xz, bits a character": 8 * len(packed) / len(text) if text else None,
    }


def measure_titles(documents):
    """Measure whether documents repeat titles: word for word, and as the body's first words."""
    titled = [(document, *split_title(document)) for document in documents]
    titled = [(title, document[body:]) for document, title, body in titled if title]
    return {
        "title not at the start of the body, %": share(
            not body.startswith(title) for title, body in titled
        ),
        "title nowhere in the body, %": share(title not in body for title, body in titled),
    }


def measure_answers(pairs):
    """Measure where documents state the answers, and how the answers are spread."""
    counts = Counter(pair.answer for pair in pairs)
    [(commonest, count)] = counts.most_common(1) or [(None, 0)]
    return {
        "answer stated, %": share(pair.stated >= 0 for pair in pairs),
        f"answer stated within {REACH} characters, %": share(
            0 <= pair.stated <= REACH - len(pair.answer) for pair in pairs
        ),
        "answer's wording not in the body, %": share(pair.stated < 0 for pair in pairs),
        "different answers": len(counts),
        "answers of several words, %": share(len(pair.answer.split()) > 1 for pair in pairs),
        "commonest answer": commonest,
        "commonest answer's share, %": 100 * count / len(pairs) if pairs else None,
    }


def measure_contexts(pairs):
    """Measure how evenly the contexts are spread where documents state the answers."""
    counts = Counter(find_context(pair) for pair in pairs if pair.stated >= 0)
    total = sum(counts.values())
    shares = [count / total for _, count in counts.most_common()]
    return {
        "contexts of the answer": len(counts),
        "entropy of the contexts, bits": sum(-p * math.log2(p) for p in shares) if total else None,
        "ten commonest contexts, %": 100 * sum(shares[:10]) if total else None,
    }


def find_context(pair):
    """Return the last three words of the body before the answer, fewer if there are no more.

    Words are what white space separates. Numbers count as equal, and so do the words of titles:
    who is born, and when, makes no new context.
    """
    words = pair.title_words
    before = re.sub(
        r"\w+",
        lambda match: "NAME" if match[0] in words else match[0],
        pair.document[pair.body : pair.stated],
    )
    return tuple(re.sub(r"\d+", "0", before).split()[-3:])


def measure_second_places(pairs, spans):
    """Measure how many documents name something else that could be taken for the answer, and how
    many name it before the answer. spans: the salient spans of each pair's document.

    A second place is a name that is the answer of another pair. A second name is any name behind a
    preposition, as places stand; it may be a university or a month.
    """
    known = {pair.answer for pair in pairs}
    places, names = [], []  # for each pair, where they start
    for pair, found in zip(pairs, spans):
        others = find_other_names(pair, found)
        places.append([start for start, name in others if name in known])
        names.append(keep_behind(BEFORE_PLACES, pair.document, [start for start, _ in others]))

    def share_before(found):
        return share(any(s < pair.stated for s in starts) for pair, starts in zip(pairs, found))

    return {
        "second place (another pair's answer), %": share(map(bool, places)),
        "second place before the answer, %": share_before(places),
        "second name (after in, at, from, of, to), %": share(map(bool, names)),
        "second name before the answer, %": share_before(names),
    }


def find_names(document, spans):
    """Return [(start, name), ...] of the spans that hold no digit."""
    names = [(start, document[start:end]) for start, end in spans]
    return [(start, name) for start, name in names if not re.search(r"\d", name)]


def find_other_names(pair, spans):
    """Return the names that are not of the title only, nor part or a longer form of the answer."""
    return [
        (start, name)
        for start, name in find_names(pair.document, spans)
        if name not in pair.answer
        and pair.answer not in name
        and not pair.title_words.issuperset(re.findall(r"\w+", name))
    ]


def keep_behind(lead, document, starts):
    """Return the starts that stand directly behind a match of the pattern `lead`."""
    ends = {match.end() for match in lead.finditer(document)}
    return [start for start in starts if start in ends]


def measure_baselines(pairs, spans):
    """Measure how often the answer is what a simple rule takes for it: London always, as the
    course's baseline has it, or the first name behind certain words.
    """
    names = [dict(find_names(pair.document, found)) for pair, found in zip(pairs, spans)]

    def score(lead):
        firsts = [keep_behind(lead, pair.document, each)[:1] for pair, each in zip(pairs, names)]
        return share(
            [each[start] for start in first] == [pair.answer]
            for pair, each, first in zip(pairs, names, firsts)
        )

    return {
        "rule: London, %": share(pair.answer == "London" for pair in pairs),
        "rule: the first name after in, at, from, of, %": score(BEFORE_ANSWERS),
        'rule: the first name after "born in", "born at", %': score(BEFORE_BIRTHPLACES),
    }


def measure_policy(pairs, policy, spans):
    """Measure, on the pairs that the masking policy was not trained on (the last fifth), how often
    it chooses the answer, how often something else, and how often it could choose the answer.
    """
    first = count_trained(pairs)
    held_out, found = pairs[first:], spans[first:]
    chosen = [policy.choose(pair.document, pair.body) for pair in held_out]

    def have_answers(lists):
        """Return whether the answer is among the spans, for each held-out pair."""
        return [
            pair.answer in (pair.document[start:end] for start, end in spans)
            for pair, spans in zip(held_out, lists)
        ]

    right = have_answers(chosen)
    return {
        "log-linear policy, held-out pairs, %": share(right),
        "log-linear policy, something else, %": share(bool(c) and not r for c, r in zip(chosen, right)),
        "log-linear policy, ceiling, %": share(have_answers(found)),
    }


def measure_files(paths):
    """Return `measure` of the text and tables in the files; raise InputError if they don't fit."""
    wiki, *tables = paths
    text = read_text(wiki)
    if not text.strip():
        raise InputError(f"{wiki}: no document in it: give a text of one document a line")
    if not tables:
        raise InputError(f"{wiki}: no table of questions with it: give WIKI TSV ...")
    measured = measure(text, [row for path in tables for row in parse_pairs(read_text(path), path)])
    if not measured["questions with a document"]:
        raise InputError(
            f"{', '.join(map(str, tables))}: no question holds the title of a document of {wiki}: "
            "give files that belong together"
        )
    return measured


def write_table(columns):
    """Return a Markdown table. columns: [(heading, what `measure` returns), ...]."""
    headings, measured = zip(*columns)
    rows = [["", *headings], ["---", *["---:"] * len(columns)]]
    for name in measured[0]:
        rows.append([name, *(write_value(name, values[name]) for values in measured)])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def write_value(name, value):
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.1f}" if name.endswith("%") else f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) else value


@report_mistakes
def main(argv=None):
    """Run the command line `argv`; return the exit code, 2 for a user's mistake."""
    parser = Parser(
        usage="stats.py [WIKI TSV ...] [--beside WIKI TSV ...]",
        description="Measures a corpus, or several beside one another. Default: the shipped one.",
    )
    parser.add_argument("paths", nargs="*", metavar="FILE", help="documents, then their questions")
    parser.add_argument(
        "--beside", nargs="+", action="append", default=[], metavar="FILE", help="another corpus"
    )
    options = parser.parse_args(argv)
    first = options.paths or [ROOT / name for name in SHIPPED]
    headings = [options.paths[0] if options.paths else "shipped", *(p[0] for p in options.beside)]
    columns = [
        (heading, measure_files(paths)) for heading, paths in zip(headings, [first, *options.beside])
    ]
    print(write_table(columns), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
