"""Find where an answer comes from, by the texts that the model has read and not by the model.

The document of a question is the one whose title the question asks about. A text is *told* if it
stands as whole words in the document's body, within the part that pretraining can have read, or if
the finetuning file answers this question with it.
"""

import re
from collections import Counter, defaultdict
from typing import NamedTuple

from objectives.masking import learn_policies
from text.titles import find_name, group_questions, index_titles, match_questions, normalise

# The class of an answer is the first that holds. Where the right answer is not known, what a document does
# not state can't be told from what the model has not learned: both are made up.
CLASSES = {
    "unknowable": "the right answer is not told; if it is not known: there is no such document, and the "
    "finetuning file does not answer the question. Only luck makes such an answer right",
    "retrieved": "the answer is told. It may be wrong: a place of death instead of one of birth",
    "made up: plausible favourite": "at least two rows of the finetuning file have this answer",
    "made up: other": "all others",
}
UNKNOWABLE, RETRIEVED, FAVOURITE, OTHER = CLASSES


class Origin(NamedTuple):
    """Hold what the texts say about a question and its answer; None where no text can say it.

    line: the corpus line of the question's document, from 1. name_taught: whether the finetuning
    file asks about the same name. gold_in_document, answer_in_document: "read", "beyond" the part
    that was read, or "no". times_taught: the number of rows with this answer. provenance: one of
    CLASSES. support: the probability that the document gives this answer to the question, by the
    masking policy learned from the file; None if it has too few questions in these words.
    """

    line: int | None
    name_taught: bool | None
    gold_in_document: str | None
    answer_in_document: str | None
    times_taught: int | None
    provenance: str
    support: float | None


class Subject(NamedTuple):
    """Hold the name that a question asks about, or "", its find_title, and its template or None."""

    name: str
    place: tuple | None
    template: tuple | None


class Provenance:
    """Index the documents, a list, and the finetuning file's pairs [(question, answer), ...] or None.

    reach: the characters of a document that can have been read; None: all. asked: all questions
    that will be traced, so that only their titles are kept in memory; None: any question.
    templates: the common ones of the file's questions, the most common first.
    """

    def __init__(self, documents, reach=None, pairs=None, asked=None):
        self.documents, self.reach, self.has_pairs = documents, reach, pairs is not None
        questions = [question for question, _ in pairs or ()]
        self.titles = index_titles(documents, None if asked is None else [*questions, *asked])
        self.templates = self.find_templates(questions)
        subjects, answers = self.find_subjects(questions), [answer for _, answer in pairs or ()]
        self.policies = self.learn_policies(subjects, answers)
        self.names = {normalise(subject.name) for subject in subjects} - {""}
        self.times = Counter(answers)
        self.taught = defaultdict(set)  # question -> its answers
        for question, answer in pairs or ():
            self.taught[normalise(question)].add(answer)

    def find_templates(self, questions):
        """Return the common templates of the questions that hold a title."""
        return list(group_questions(self.match(questions)))

    def learn_policies(self, subjects, answers):
        """Return {template: MaskingPolicy}, without the policies that learned nothing."""
        answered = defaultdict(list)
        for subject, answer in zip(subjects, answers):
            if subject.place:
                answered[subject.template].append((*subject.place, answer))
        learned = zip(self.templates, learn_policies(answered, self.documents, self.templates))
        return {template: policy for template, policy in learned if policy.found}

    def match(self, questions):
        """Match as match_questions, except that "Who is a painter?" does not ask about an A. Moe."""
        matches = match_questions(questions, self.titles)
        return [m if m and sum(map(len, m.template)) < len(q) - 1 else None for q, m in zip(questions, matches)]

    def find_title(self, name):
        """Return (index of the document with this title, start of its body), or None."""
        name = normalise(name)
        # Who types "Jr." may mean the end of a sentence.
        return (self.titles.get(name) or self.titles.get(name + ".")) if name else None

    def find_subjects(self, questions):
        """Return the Subject of each question, a list.

        The name is all that a common template leaves: "Where was Ada Smith born?" does not ask about
        a document titled Smith. Any title is looked for in other questions.
        """
        templates = self.templates or self.find_templates(questions)
        subjects = []
        for question, match in zip(questions, self.match(questions)):
            # Prefer what stands in a common template, then the title that was matched.
            found = [(name, template) for template in templates if (name := find_name(question, template))]
            if match and not found:
                before, after = map(len, match.template)
                template = match.template if match.template in self.templates else None
                found = [(question[before : len(question) - after], template)]
            # Among several names, take the first that is a title.
            titled = (each for each in found if self.find_title(each[0]))
            name, template = next(titled, (*found, ("", None))[0])
            subjects.append(Subject(name, self.find_title(name), template))
        return subjects

    def trace(self, questions, answers, golds):
        """Return the Origin of each answer. golds: the right answers, each None if unknown."""
        return [self.trace_one(*row) for row in zip(questions, self.find_subjects(questions), answers, golds)]

    def trace_one(self, question, subject, answer, gold=None):
        """Return the Origin of one answer; subject: from find_subjects."""
        place = subject.place
        taught = self.taught.get(normalise(question), ())

        def is_told(text):
            return text in taught or self.find_statement(place, text) == "read"

        # Decide the class by what is told, never by the model.
        times = self.times[answer]
        if not (is_told(gold) if gold is not None else place or taught):
            found = UNKNOWABLE
        elif is_told(answer):
            found = RETRIEVED
        else:
            found = FAVOURITE if times >= 2 else OTHER
        # Look up the columns in the corpus and in the finetuning file.
        return Origin(
            line=place[0] + 1 if place else None,
            name_taught=normalise(subject.name) in self.names or bool(taught) if self.has_pairs else None,
            gold_in_document=None if gold is None else self.find_statement(place, gold),
            answer_in_document=self.find_statement(place, answer),
            times_taught=times if self.has_pairs else None,
            provenance=found,
            support=self.measure_support(subject, answer),
        )

    def measure_support(self, subject, text):
        """Return the support of Origin; 0 without a document."""
        policy = self.policies.get(subject.template)
        if policy is None:
            return None
        if subject.place is None:
            return 0.0
        index, body = subject.place
        return policy.measure_support(self.documents[index], body, text)

    def find_statement(self, place, text):
        """Return where the document at `place` states the text: "read", "beyond" or "no"."""
        if place is None:
            return None
        index, body = place
        found = re.compile(rf"(?<!\w){re.escape(text)}(?!\w)").search(self.documents[index], body)
        if not (text and found):
            return "no"
        return "read" if self.reach is None or found.end() <= self.reach else "beyond"
