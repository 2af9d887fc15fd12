"""Find the salient spans of a text, its names and numbers, which carry the facts.

Salient span masking (Guu et al. 2020, REALM; Roberts et al. 2020) asks for them.
"""

import re

from text.formats import SPACE
from text.titles import ends_in_initial

WORD = re.compile(r"[^\s,;:()\[\]\"“”„‘«»$€£¥/–]+")
TOKEN = re.compile(r"\w+|[^\w\s]")


def find_words(text, start=0):
    """Yield (start, word) of the words after `start`, without punctuation at their ends."""
    for match in WORD.finditer(text, start):
        yield match.start(), match.group().rstrip(".'’!?")


def find_salient_spans(document, start=0):
    """Find the maximal runs of capitalised words and numbers after `start`: [(start, end), ...]."""
    spans = []
    for at, word in find_words(document, start):
        if word and (word[0].isupper() or word[0].isdigit()):
            end = at + len(word)
            if spans and is_joined(document, spans[-1], at):
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((at, end))
    return spans


def is_joined(document, span, start):
    """Return whether the word at `start` continues `span`.

    Only white space or the full stop of an initial ("J. Louis") may stand between, and no year may
    end the span.
    """
    between = document[span[1] : start]
    if re.search(r"\d{3}$", document[max(span[0], span[1] - 3) : span[1]]):
        return False
    if between[0] == ".":
        return between[1:].isspace() and ends_in_initial(document, span[1] + 1)
    return between.isspace()


def find_gaps(text, spans):
    """Return the text of each gap between neighbouring spans, and whether digits are beside it."""
    gaps = [(end, start) for (_, end), (start, _) in zip(spans, spans[1:])]
    return [(text[e - 1].isdigit(), SPACE.sub(" ", text[e:s]), text[s].isdigit()) for e, s in gaps]
