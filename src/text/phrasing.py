"""Find what questions ask about, and write them as the training pairs do.

A question asks about the title of a document. What stands before and after the title is the
question's template, a (prefix, suffix) such as ("Where was ", " born?").
"""

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from typing import NamedTuple

from text.formats import SPACE, tidy
from text.titles import (
    LONGEST_TITLE,
    cut_title,
    ends_in_initial,
    find_title_ends,
    find_whole,
    index_titles,
    normalise,
)

END_MARKS = "?!. "  # that a question may end with
COMMON = 0.1  # share of the commonest template's questions that a common one must have


class Subject(NamedTuple):
    """Hold the name that a question asks about, or "", and its template, or None.

    place: (index of the document with this title, start of its body), or None.
    """

    name: str
    place: tuple | None
    template: tuple | None


def match_questions(questions, titles):
    """Return the Subject of each question that holds a title, else None. titles: from index_titles.

    Of several titles in a question, its subject is the one whose template most questions have, and
    then the longest: "Where was Ada Smith born?" doesn't ask about a document titled Smith.
    """
    found = [list(find_titles(question, titles)) for question in questions]
    templates = Counter(match.template for matches in found for match in matches)

    def rank(match):
        return templates[match.template], -sum(map(len, match.template))

    return [max(matches, key=rank, default=None) for matches in found]


def find_titles(question, titles):
    """Yield a Subject for every title that stands in the question as whole words."""
    starts = [m.start() for m in re.finditer(r"(?<!\w)\S", question)]
    ends = [m.end() for m in re.finditer(r"\S(?!\w)", question)]
    for start in starts:
        for end in ends[bisect_right(ends, start) : bisect_right(ends, start + LONGEST_TITLE)]:
            name = question[start:end]
            if place := titles.get(normalise(name)):
                yield Subject(name, place, (question[:start], question[end:]))


def group_questions(matches):
    """Return {template: [index of a question, ...]} of the common templates, the most common first.

    matches: from match_questions. A template that few questions have, such as one with a mistyped
    word, is left out.
    """
    groups = defaultdict(list)
    for index, match in enumerate(matches):
        if match:
            groups[match.template].append(index)
    by_count = sorted(groups.items(), key=lambda group: -len(group[1]))
    least = max(2, COMMON * max(map(len, groups.values()), default=0))
    return dict(group for n, group in enumerate(by_count) if n == 0 or len(group[1]) >= least)


def find_name(question, template):
    """Return the name within the template, a (prefix, suffix), or None. Case, white space and the
    marks at the question's end are ignored. An empty template has no name: any text would fit it.
    """
    text = tidy(question).rstrip(END_MARKS)
    prefix, suffix = (SPACE.sub(" ", part) for part in template)
    prefix, suffix = prefix.lstrip(), suffix.rstrip(END_MARKS)
    end = len(text) - len(suffix)
    fits = text[: len(prefix)].casefold() == prefix.casefold()
    fits &= text[max(0, end) :].casefold() == suffix.casefold()
    return text[len(prefix) : end].strip() or None if fits and prefix + suffix else None


def spell_as_body(document, body):
    """Return the title as the body spells it, else each word with one capital letter."""
    title = cut_title(document, body)
    found = find_whole(title, document[body:])
    return tidy(found.group()) if found else title.title()


SPELLINGS = (
    cut_title,
    lambda document, body: cut_title(document, body).lower(),
    spell_as_body,
    lambda document, body: cut_title(document, body).upper(),
)


class Phrasing:
    """Hold how questions ask about documents: their templates and their spelling of titles.

    questions: those of the training pairs, perhaps none. matches: their match_questions. templates:
    the common ones, the most common first. titles: from index_titles. spell: one of SPELLINGS, a
    function of a document and the start of its body, which returns the title as the pairs spell it.
    """

    def __init__(self, documents, questions):
        self.documents = documents
        # A letter is not a title: "Who is a painter?" does not ask about an A. Moe.
        titles = index_titles(documents).items()
        self.titles = {title: place for title, place in titles if len(title) > 1}
        self.matches = match_questions(questions, self.titles)
        self.templates = list(group_questions(self.matches))
        # Choose the spelling that most of the names have.
        counts = Counter()
        for match in filter(None, self.matches):
            index, body = match.place
            document = documents[index]  # once: a large corpus is read from its file
            counts.update(each for each in SPELLINGS if each(document, body) == match.name)
        self.spell = max(SPELLINGS, key=counts.__getitem__)
        # Learn after which words a title goes on, such as "Md.".
        common = [match for match in self.matches if match and match.template in self.templates]
        self.bodies = dict(match.place for match in common)  # document -> start of its body
        self.abbreviations = tuple(
            " " + tidy(documents[index][:end]).rpartition(" ")[2]
            for index, body in self.bodies.items()
            for end, start in find_title_ends(documents[index])
            if start < body and not ends_in_initial(documents[index], end + 1)
        )

    def write_question(self, place, template=("", "")):
        """Return the question in this template about the document at the place."""
        index, body = place
        return self.spell(self.documents[index], body).join(template)

    def find_title(self, name):
        """Return (index of the document with this title, start of its body), or None."""
        name = normalise(name)
        return self.titles.get(name) or self.titles.get(name + ".")  # "Jr." may end a question

    def find_subjects(self, questions):
        """Return the Subject of each question, a list.

        The name is all that a common template leaves. Any title is looked for in other questions.
        """
        matches = match_questions(questions, self.titles)
        templates = self.templates or list(group_questions(matches))
        subjects = []
        for question, match in zip(questions, matches):
            # Prefer what stands in a common template, then the title that was matched.
            names = [(find_name(question, template), template) for template in templates]
            found = [Subject(name, self.find_title(name), each) for name, each in names if name]
            found = found or [match or Subject("", None, None)]
            # Among several names, take the first that is a title.
            subjects.append(next((each for each in found if each.place), found[0]))
        return subjects

    def rewrite(self, questions):
        """Return the questions as the pairs write them, if they fit a template and a title.

        A title alone is asked about in the most common template.
        """
        asked = []
        for question, (_, place, template) in zip(questions, self.find_subjects(questions)):
            if template not in self.templates:
                place = self.find_title(question.rstrip(END_MARKS))
                template = self.templates[0] if self.templates else ("", "")
            asked.append(self.write_question(place, template) if place else question)
        return asked
