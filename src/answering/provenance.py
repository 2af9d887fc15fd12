"""Where an answer comes from, judged by the texts that the model has read and not by the model.

The document of a question is the one whose title the question asks about. *Told* is what stands as whole
words in its body, within the part that pretraining can have shown to the model, and what the finetuning
file answers to this very question.
"""

import re
from collections import Counter, defaultdict
from typing import NamedTuple

from objectives.masking import learn_policies
from text.titles import group_questions, index_titles, match_questions, normalise

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
END_MARKS = "?!. "


class Origin(NamedTuple):
    """What the texts say about a question and its answer. None: there is nothing to look in.

    line: of the corpus, from 1, which holds the question's document. name_taught: whether the finetuning
    file asks about the same name. gold_in_document, answer_in_document: "read", "beyond" that part, or "no".
    times_taught: the rows of the file that have the answer. provenance: one of CLASSES. support: how probable
    it is that the document says this answer to the question, by the masking policy that the file teaches; None
    if the file has too few questions in these words, or teaches nothing about them.
    """

    line: int | None
    name_taught: bool | None
    gold_in_document: str | None
    answer_in_document: str | None
    times_taught: int | None
    provenance: str
    support: float | None


class Subject(NamedTuple):
    """Whom a question asks about, or "": find_title of this name, and the common frame around it, or None."""

    name: str
    place: tuple | None
    frame: tuple | None


class Provenance:
    """The texts, indexed: documents, a list, and pairs, [(question, answer), ...] of the finetuning file
    or None. reach: the characters of a document that can have been read; None: all. asked: the only
    questions that it will be given, so that no other titles are kept in memory; None: any.

    frames: those that are common among the file's questions, the most common first.
    """

    def __init__(self, documents, reach=None, pairs=None, asked=None):
        self.documents, self.reach, self.has_pairs = documents, reach, pairs is not None
        questions = [question for question, _ in pairs or ()]
        self.titles = index_titles(documents, None if asked is None else [*questions, *asked])
        self.frames = self.learn_frames(questions)
        subjects, answers = self.find_subjects(questions), [answer for _, answer in pairs or ()]
        self.policies = self.learn_policies(subjects, answers)
        self.names = {normalise(subject.name) for subject in subjects} - {""}
        self.times = Counter(answers)
        self.taught = defaultdict(set)  # question -> its answers
        for question, answer in pairs or ():
            self.taught[normalise(question)].add(answer)

    def learn_frames(self, questions):
        """The common frames of those questions that hold a title."""
        return list(group_questions(self.match(questions)))

    def learn_policies(self, subjects, answers):
        """{frame: MaskingPolicy} by the answers about these subjects; a policy that learns nothing is left out."""
        answered = defaultdict(list)
        for subject, answer in zip(subjects, answers):
            if subject.place:
                answered[subject.frame].append((*subject.place, answer))
        learned = zip(self.frames, learn_policies(answered, self.documents, self.frames))
        return {frame: policy for frame, policy in learned if policy.found}

    def match(self, questions):
        """As match_questions, but "Who is a painter?" does not ask about an A. Moe."""
        matches = match_questions(questions, self.titles)
        return [m if m and sum(map(len, m.frame)) < len(q) - 1 else None for q, m in zip(questions, matches)]

    def find_title(self, name):
        """(index of the document with this title, start of its body), or None."""
        name = normalise(name)
        # Who types "Jr." may mean the end of a sentence.
        return (self.titles.get(name) or self.titles.get(name + ".")) if name else None

    def find_subjects(self, questions):
        """The Subject of each question, a list.

        What stands within a common frame is the name, whole: "Where was Ada Smith born?" does not ask about
        a document titled Smith. In other questions any title is looked for.
        """
        frames = self.frames or self.learn_frames(questions)
        subjects = []
        for question, match in zip(questions, self.match(questions)):
            found = [(name, frame) for frame in frames if (name := unframe(question, frame))]
            if match and not found:
                before, after = map(len, match.frame)
                frame = match.frame if match.frame in self.frames else None
                found = [(question[before : len(question) - after], frame)]
            titled = (each for each in found if self.find_title(each[0]))
            name, frame = next(titled, (*found, ("", None))[0])
            subjects.append(Subject(name, self.find_title(name), frame))
        return subjects

    def trace(self, questions, answers, golds):
        """The Origin of each answer. golds: the right answers, each None if it is not known."""
        return [self.trace_one(*row) for row in zip(questions, self.find_subjects(questions), answers, golds)]

    def trace_one(self, question, subject, answer, gold=None):
        """The same for one answer; subject: of find_subjects."""
        place = subject.place
        taught = self.taught.get(normalise(question), ())

        def is_told(text):
            return text in taught or self.find_statement(place, text) == "read"

        times = self.times[answer]
        if not (is_told(gold) if gold is not None else place or taught):
            found = UNKNOWABLE
        elif is_told(answer):
            found = RETRIEVED
        else:
            found = FAVOURITE if times >= 2 else OTHER
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
        """As in Origin; a document that is not there says nothing."""
        policy = self.policies.get(subject.frame)
        if policy is None:
            return None
        if subject.place is None:
            return 0.0
        index, body = subject.place
        return policy.measure_support(self.documents[index], body, text)

    def find_statement(self, place, text):
        """Where the document at `place`, of find_title, states the text: "read", "beyond" or "no"."""
        if place is None:
            return None
        index, body = place
        found = re.compile(rf"(?<!\w){re.escape(text)}(?!\w)").search(self.documents[index], body)
        if not (text and found):
            return "no"
        return "read" if self.reach is None or found.end() <= self.reach else "beyond"


def unframe(question, frame):
    """The name that stands within the frame, or None. Case, white space and the marks at the end of a
    question make no difference. An empty frame has no name: everything would stand in it.
    """
    text = " ".join(question.split()).rstrip(END_MARKS)
    prefix, suffix = (re.sub(r"\s+", " ", part) for part in frame)
    prefix, suffix = prefix.lstrip(), suffix.rstrip(END_MARKS)
    end = len(text) - len(suffix)
    fits = text[: len(prefix)].casefold() == prefix.casefold()
    fits &= text[max(0, end) :].casefold() == suffix.casefold()
    return text[len(prefix) : end].strip() or None if fits and prefix + suffix else None
