"""Find titles of documents, and the templates of questions about them.

A document begins with its title and ". ". A question asks about a title. What stands before and
after it is the question's template, a (prefix, suffix) such as ("Where was ", " born?").
"""

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from typing import NamedTuple

LONGEST_TITLE = 96  # characters; a longer one would not fit into a prompt
END_MARKS = "?!. "  # that a question may end with
COMMON = 0.1  # times the questions of the commonest template: then a template is common
# Of a name that goes on after the full stop; "Jr." ends one.
INITIAL = re.compile(r"(?:^|[\s.(-])\w\.$|\b(?:St|Dr|Mt|Mrs|Mr)\.$")


def find_title_ends(document):
    """Return every place at which a document could be split into title, ". " and body."""
    ends, end = [], document.find(". ", 0, LONGEST_TITLE + 2)
    while end >= 0:
        ends.append(end)
        end = document.find(". ", end + 2, LONGEST_TITLE + 2)
    return ends


def split_title(document):
    """Return (title, start of the body); ("", 0) for a document without a title.

    The title ends at the first ". " that isn't the end of an initial.
    """
    ends = find_title_ends(document)
    whole = (end for end in ends if not ends_in_initial(document, end + 1))
    end = next(whole, ends[0] if ends else None)
    return (document[:end], end + 2) if ends else ("", 0)


def ends_in_initial(text, end):
    """Return whether the full stop before `end` ends an initial or an abbreviation ("St.")."""
    return INITIAL.search(text[max(0, end - 8) : end]) is not None


def normalise(title):
    """Return the title in one case and with single spaces, to compare it."""
    return " ".join(title.split()).casefold()


def index_titles(documents):
    """Index documents by title: {normalised title: (index, start of the body)}.

    A document is found by every title that it could have; of several documents, the one whose
    split_title it is, else the first.
    """
    sure, possible = {}, {}
    for number, document in enumerate(documents):
        title, _ = split_title(document)
        for end in find_title_ends(document):
            index = sure if title and end == len(title) else possible
            index.setdefault(normalise(document[:end]), (number, end + 2))
    return {**possible, **sure}


class Match(NamedTuple):
    """A question whose subject is a title: its template, and the title's document."""

    template: tuple  # (prefix, suffix)
    index: int  # of the document
    body: int  # where the document's body starts


def match_questions(questions, titles):
    """Return the Match of each question, or None. titles: from index_titles.

    Of several titles in a question, its subject is the one whose template most questions have, and
    then the longest: "Where was Ada Smith born?" doesn't ask about a document titled Smith.
    """
    found = [list(find_titles(question, titles)) for question in questions]
    templates = Counter(match.template for matches in found for match in matches)

    def rank(match):
        return templates[match.template], -sum(map(len, match.template))

    return [max(matches, key=rank, default=None) for matches in found]


def find_titles(question, titles):
    """Yield a Match for every title that stands in the question as whole words."""
    for start, end in find_places(question):
        place = titles.get(normalise(question[start:end]))
        if place:
            yield Match((question[:start], question[end:]), *place)


def find_places(question):
    """Yield (start, end) of all whole words in a row that could be a title."""
    starts = [m.start() for m in re.finditer(r"(?<!\w)\S", question)]
    ends = [m.end() for m in re.finditer(r"\S(?!\w)", question)]
    for start in starts:
        for end in ends[bisect_right(ends, start) : bisect_right(ends, start + LONGEST_TITLE)]:
            yield start, end


def find_templates(matched):
    """Return the common templates, the most common first. matched: {template: what matched}.

    A template that few questions have, such as one with a mistyped word, is left out.
    """
    by_count = sorted(matched, key=lambda template: -len(matched[template]))
    least = max(2, COMMON * max(map(len, matched.values()), default=0))
    return [f for i, f in enumerate(by_count) if i == 0 or len(matched[f]) >= least]


def group_questions(matches):
    """Return {template: [index of a question, ...]} of the common templates, by match_questions."""
    matched = defaultdict(list)
    for index, match in enumerate(matches):
        if match:
            matched[match.template].append(index)
    return {template: matched[template] for template in find_templates(matched)}


def find_name(question, template):
    """Return the name within the template, a (prefix, suffix), or None. Case, white space and the
    marks at the question's end are ignored. An empty template has no name: any text would fit it.
    """
    text = " ".join(question.split()).rstrip(END_MARKS)
    prefix, suffix = (re.sub(r"\s+", " ", part) for part in template)
    prefix, suffix = prefix.lstrip(), suffix.rstrip(END_MARKS)
    end = len(text) - len(suffix)
    fits = text[: len(prefix)].casefold() == prefix.casefold()
    fits &= text[max(0, end) :].casefold() == suffix.casefold()
    return text[len(prefix) : end].strip() or None if fits and prefix + suffix else None
