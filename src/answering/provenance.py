"""Find where an answer comes from, by the texts that the model has read and not by the model.

The document of a question is the one whose title the question asks about. docs/knowing.md explains
the classes and columns.
"""

from collections import Counter, defaultdict
from functools import cached_property
from typing import NamedTuple

from objectives.masking import learn_policies
from text.formats import split_answers
from text.phrasing import Phrasing
from text.titles import find_whole, normalise

# An answer is of the first class that holds.
CLASSES = {
    "unknowable": "neither the document nor the finetuning file gives the right answer",
    "retrieved": "the document or the finetuning file gives this answer, which may still be wrong",
    "made up: plausible favourite": "at least two rows of the finetuning file have this answer",
    "made up: other": "all others",
}
UNKNOWABLE, RETRIEVED, FAVOURITE, OTHER = CLASSES


class Origin(NamedTuple):
    """Hold what the texts say about a question and its answer; None where no text can say it.

    *_in_document: "read", "beyond" the part that was read, or "no". support: by the masking policy
    learned from the finetuning file.
    """

    line: int | None
    name_taught: bool | None
    gold_in_document: str | None
    answer_in_document: str | None
    times_taught: int | None
    provenance: str
    support: float | None


class Provenance(Phrasing):
    """Index the documents, and the finetuning file's pairs [(question, answer), ...] or None.

    reach: the characters of a document that can have been read; None: all.
    """

    def __init__(self, documents, reach=None, pairs=None):
        self.reach, self.has_pairs = reach, pairs is not None
        pairs = pairs or []
        questions = [question for question, _ in pairs]
        super().__init__(documents, questions)
        # Collect the names, the answers, and the answers to each question.
        subjects = self.find_subjects(questions)
        self.names = {normalise(subject.name) for subject in subjects} - {""}
        self.times = Counter(answer for _, answer in pairs)
        self.taught, self.answered = defaultdict(set), defaultdict(list)
        for (question, answer), subject in zip(pairs, subjects):
            self.taught[normalise(question)].add(answer)
            if subject.place:
                index, body = subject.place
                self.answered[subject.template].append((documents[index], body, answer))

    @cached_property
    def policies(self):
        """Return the MaskingPolicy of each template: which spans its questions ask for."""
        policies = learn_policies(self.answered, self.templates)
        return {each: policy for each, policy in zip(self.templates, policies) if policy.found}

    def trace(self, questions, answers, golds):
        """Return the Origin of each answer. golds: the right answers, each None if unknown."""
        return list(map(self.trace_one, questions, self.find_subjects(questions), answers, golds))

    def trace_one(self, question, subject, answer, gold=None):
        """Return the Origin of one answer; subject: from find_subjects."""
        place, times = subject.place, self.times[answer]
        taught = self.taught.get(normalise(question), ())
        golds = [] if gold is None else split_answers(gold)
        stated = {self.find_statement(place, each) for each in golds}
        gold_found = next((each for each in ("read", "beyond", "no") if each in stated), None)
        answer_found = self.find_statement(place, answer)
        # Decide the class by the texts, never by the model.
        is_knowable = place or taught
        if gold is not None:
            is_knowable = any(each in taught for each in golds) or gold_found == "read"
        if not is_knowable:
            found = UNKNOWABLE
        elif answer in taught or answer_found == "read":
            found = RETRIEVED
        else:
            found = FAVOURITE if times >= 2 else OTHER
        is_taught = normalise(subject.name) in self.names or bool(taught)
        # Measure the support; without a document it is 0.
        policy = self.policies.get(subject.template)
        support = 0.0 if policy else None
        if policy and place:
            support = policy.measure_support(self.documents[place[0]], place[1], answer)
        return Origin(
            line=place[0] + 1 if place else None,
            name_taught=is_taught if self.has_pairs else None,
            gold_in_document=gold_found,
            answer_in_document=answer_found,
            times_taught=times if self.has_pairs else None,
            provenance=found,
            support=support,
        )

    def find_statement(self, place, text):
        """Return where the document at `place` states the text: "read", "beyond" or "no"."""
        if place is None:
            return None
        index, body = place
        found = find_whole(text, self.documents[index], body, flags=0) if text else None
        if not found:
            return "no"
        return "read" if self.reach is None or found.end() <= self.reach else "beyond"
