"""Find the titles of documents. A document begins with its title, a full stop and a blank."""

import re

from text.documents import watch
from text.formats import tidy

LONGEST_TITLE = 96  # characters; a longer one would not fit into a prompt
END = re.compile(r"\.\s+")
# Of a name that goes on after the full stop; "Jr." ends one.
INITIAL = re.compile(r"(?:^|[\s.(-])\w\.$|\b(?:St|Dr|Mt|Mrs|Mr)\.$")


def find_title_ends(document):
    """Return [(end, start of the body), ...] of every title that a document could have."""
    return [match.span() for match in END.finditer(document, 0, LONGEST_TITLE + 2)]


def cut_title(document, body):
    """Return the title of a document whose body starts at `body`, with single spaces."""
    return tidy(document[:body]).removesuffix(".")


def split_title(document, abbreviations=()):
    """Return (title, start of the body); ("", 0) for a document without a title.

    Of several possible titles it is the longest that the body repeats, as in "Md. Bo Lum. Md. Bo
    Lum was ...". Else it ends at the first full stop that isn't the end of an initial. None ends in
    one of the abbreviations, such as " Md", if others do not.
    """
    ends = find_title_ends(document)
    if len(ends) > 1 and abbreviations:
        titles = [f" {tidy(document[:end])}" for end, _ in ends]
        ends = [e for e, title in zip(ends, titles) if not title.endswith(abbreviations)] or ends
    if len(ends) > 1:
        whole = [each for each in ends if not ends_in_initial(document, each[0] + 1)]
        repeated = (each for each in reversed(ends) if is_repeated(document, *each))
        ends = [next(repeated, (whole or ends)[0])]
    return (tidy(document[: ends[0][0]]), ends[0][1]) if ends else ("", 0)


def is_repeated(document, end, start):
    """Return whether the body, from `start` on, has the title before `end`. It must begin with one
    that ends in an initial, as "Malcolm X": a part of a name may be repeated anywhere.
    """
    title, body = tidy(document[:end]).casefold(), document[start:].casefold()
    found = find_whole(title, body) if title in body else None
    if found and ends_in_initial(document, end + 1):
        return " " in title and found.start() == 0
    return found is not None


def ends_in_initial(text, end):
    """Return whether the full stop before `end` ends an initial or an abbreviation ("St.")."""
    return INITIAL.search(text[max(0, end - 8) : end]) is not None


def find_whole(words, text, start=0, flags=re.IGNORECASE):
    """Return the first match of the words in the text, from `start` on, as whole words; or None."""
    pattern = r"\s+".join(map(re.escape, words.split()))
    return re.compile(rf"(?<!\w){pattern}(?!\w)", flags).search(text, start)


def normalise(title):
    """Return the title in one case and with single spaces, to compare it."""
    return tidy(title).casefold()


def index_titles(documents):
    """Index documents by title: {normalised title: (index, start of the body)}.

    A document is found by every title that it could have; of several documents, the one whose
    split_title it is, else the first.
    """
    sure, possible = {}, {}
    for number, document in enumerate(watch(documents)):
        title, body = split_title(document)
        for end, start in find_title_ends(document):
            index = sure if title and start == body else possible
            index.setdefault(normalise(document[:end]), (number, start))
    return {**possible, **sure}
