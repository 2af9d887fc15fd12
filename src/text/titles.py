"""Titles of documents, and templates of questions about them.

A document begins with its title and ". ". A question asks about a title: what stands before and
after the title is the question's template, a (prefix, suffix) such as ("Where was ", " born?").
"""

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from typing import NamedTuple

LONGEST_TITLE = 96  # characters; a longer one would not fit into a prompt
END_MARKS = "?!. "  # that a question may end with
COMMON = 0.1  # of the questions that the commonest template has: so many make a template a common one
# What stands before more of a name. "Jr." doesn't, it ends one.
INITIAL = re.compile(r"(?:^|[\s.(-])\w\.$|\b(?:St|Dr|Mt|Mrs|Mr)\.$")


def find_title_ends(document):
    """Every place at which `document` could be split into a title and, after ". ", its body."""
    ends, end = [], document.find(". ", 0, LONGEST_TITLE + 2)
    while end >= 0:
        ends.append(end)
        end = document.find(". ", end + 2, LONGEST_TITLE + 2)
    return ends


def split_title(document):
    """(title, start of the body): the title ends at the first ". " that ends no initial.

    ("", 0) for a document that has no title.
    """
    ends = find_title_ends(document)
    end = choose_title_end(document, ends)
    return (document[:end], end + 2) if ends else ("", 0)


def choose_title_end(document, ends):
    """Of the places that find_title_ends gives, the one that split_title splits at; None if there is none."""
    whole = (end for end in ends if not ends_in_initial(document, end + 1))
    return next(whole, ends[0] if ends else None)


def ends_in_initial(text, end):
    """Whether the full stop before `end` is that of an initial or an abbreviation ("St.")."""
    return INITIAL.search(text[max(0, end - 8) : end]) is not None


def normalise(title):
    """What two ways to write a title have in common: all but case and white space."""
    return " ".join(title.split()).casefold()


def index_titles(documents, questions=None):
    """{normalised title: (index of the document, start of its body)}.

    A document can be found by every title that it could have. If two documents could have the same
    title, it is that of the document which split_title gives it, else of the first. With questions, a
    list, only what stands in one of them, perhaps without its last full stop, is indexed. The memory then
    grows with the questions, and no longer with the documents.
    """
    wanted = None
    if questions is not None:
        lines = (" ".join(question.split()) for question in questions)
        wanted = {normalise(line[start:end]) for line in lines for start, end in find_places(line)}
    sure, possible = {}, {}
    for number, document in enumerate(documents):
        ends = find_title_ends(document)
        titles = [(normalise(document[:end]), end) for end in ends]
        if wanted is not None:
            titles = [each for each in titles if each[0] in wanted or each[0].removesuffix(".") in wanted]
        chosen = choose_title_end(document, ends) if titles else None
        for title, end in titles:
            # An empty title is none that split_title gives.
            index = sure if end == chosen and end else possible
            index.setdefault(title, (number, end + 2))
    return {**possible, **sure}


class Match(NamedTuple):
    """A question whose subject is a title: its template, and where the document's body starts."""

    template: tuple  # (prefix, suffix)
    index: int  # of the document
    body: int


def match_questions(questions, titles):
    """For each question its Match, or None. titles: from index_titles.

    If a question holds several titles, its subject is the one whose template most questions have, and
    among these the longest: "Where was Ada Smith born?" asks about Ada Smith, even if another
    document is titled Smith.
    """
    found = [list(find_titles(question, titles)) for question in questions]
    templates = Counter(match.template for matches in found for match in matches)
    return [
        max(matches, key=lambda match: (templates[match.template], -sum(map(len, match.template))), default=None)
        for matches in found
    ]


def find_titles(question, titles):
    """Yields a Match for every title that stands in the question as whole words."""
    for start, end in find_places(question):
        place = titles.get(normalise(question[start:end]))
        if place:
            yield Match((question[:start], question[end:]), *place)


def find_places(question):
    """Yields (start, end) of all whole words in a row that could be a title."""
    starts = [m.start() for m in re.finditer(r"(?<!\w)\S", question)]
    ends = [m.end() for m in re.finditer(r"\S(?!\w)", question)]
    for start in starts:
        for end in ends[bisect_right(ends, start) : bisect_right(ends, start + LONGEST_TITLE)]:
            yield start, end


def find_templates(matched):
    """The common templates, the most common first. matched: {template: list of what matched}.

    A template that few questions have, such as one with a mistyped word, is left out.
    """
    by_count = sorted(matched, key=lambda template: -len(matched[template]))
    least = max(2, COMMON * max(map(len, matched.values()), default=0))
    return [f for i, f in enumerate(by_count) if i == 0 or len(matched[f]) >= least]


def group_questions(matches):
    """{template: [index of a question, ...]} of the common templates, the most common first. matches: from
    match_questions.
    """
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
