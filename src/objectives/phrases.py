"""What a text itself shows to be worth remembering. It reads no question and no answer.

A phrase is a salient span (masking.py) of a document's body that names something. One that several
documents hold is more often a fact about the title (a place, a team, an employer) than one that only this
document holds (a parent, a work). What precedes such phrases ("in", "at", "from") is counted, and then
finds the rare ones as well. And what a clause is about tends to end it, unlike an adjective ("American").
The words before a phrase that are no names are its cue: they tell what it is to the title ("born in").

Some of it comes from knowing that places are asked for: that a phrase has no digits and at most
MAX_ANSWER characters, that an addition ("England" in "London, England") is none, and how many phrases a
document is asked for.
"""

import re
from collections import Counter

from objectives.masking import TOKEN, find_salient_spans, find_words, has_digit
from text.formats import MAX_ANSWER
from text.titles import ends_in_initial, split_title

EDGES = re.compile(r"^\W+|\W+$")
STARTS_SENTENCE = re.compile(r"[.!?] $|^$")


def count_words(documents):
    """How often each word stands in the documents, as a Counter. Where a sentence begins, only lower-case
    words count: the others need be no names.
    """
    counts = Counter()
    for document in documents:
        for start, word in find_words(document):
            begins = STARTS_SENTENCE.match(document[max(0, start - 2) : start])
            if word[:1].islower() or not begins or ends_in_initial(document, start - 1):
                counts[word] += 1
    return counts


def find_phrases(document, words):
    """[(start, end), ...] of the different phrases of a document's body that could be answers. Empty for a
    document without a title. words: from count_words.

    A phrase has at most MAX_ANSWER characters, no digits, and no word of the title, as a fuller name or a
    parent's has. It is no word that is mostly written in lower case ("He", "Born"), and no addition to a
    phrase.
    """
    title, body = split_title(document)
    of_title = {word for _, word in find_words(title)}
    phrases, last = {}, (0, 0)
    for start, end in find_salient_spans(document, body) if of_title else ():
        text, before = document[start:end], document[last[0] : last[1]]
        adds = document[last[1] : start] == ", " and not has_digit(before)
        names = " " in text or words[text] > words[text.lower()]
        fits = end - start <= MAX_ANSWER and not has_digit(text)
        of_name = any(word in of_title for _, word in find_words(text))
        if fits and names and not adds and not of_name:
            phrases.setdefault(text, (start, end))
        last = (0, 0) if of_name else (start, end)
    return list(phrases.values())


def find_plain_words(text, words):
    """The words of a text that are no names and no numbers, a list, without the marks at their ends. They
    tell what a phrase after them is to the title, as "born in" does, whoever it is about. words: from
    count_words.

    A word with a capital that the text mostly writes in lower case counts too, in lower case. So does a mark
    that is left alone, also where a name beside it is taken out, unless it is one of , . ; and :. A name or a
    number behind a mark, as in "'Tosca'", is not known as one.
    """
    pieces, last = [], 0
    for start, end in find_salient_spans(text):
        plain = [word.lower() for _, word in find_words(text[start:end]) if is_plain(word, words)]
        pieces += [text[last:start], *plain]
        last = end
    pieces.append(text[last:])
    stripped = [EDGES.sub("", word) or word.strip(",.;:") for word in " ".join(pieces).split()]
    return [word for word in stripped if word]


def is_plain(word, words):
    """Whether the text writes a word more often in lower case than as it is here, with a capital."""
    return words[word.lower()] > words[word]


def find_cues(document, body, spans, words, longest):
    """[(words, distinctive), ...]: for each of the spans, which are in order, the last plain words before it, at
    most `longest`, and the places of those that tell it from the other spans.

    The words stand between the span before, or the start of the body, and this span. A word tells a span if
    no other span has it; if there is none, all do. words: from count_words.
    """
    starts = [body, *(end for _, end in spans)]
    cues = [find_plain_words(document[last:start], words) for last, (start, _) in zip(starts, spans)]
    cues = [cue[max(0, len(cue) - longest) :] for cue in cues]
    holders = Counter(word for cue in cues for word in set(cue))
    distinctive = [[place for place, word in enumerate(cue) if holders[word] == 1] for cue in cues]
    return [(cue, places or [*range(len(cue))]) for cue, places in zip(cues, distinctive)]


def ends_clause(document, end):
    """Whether no word follows at `end`, only punctuation or nothing."""
    rest = document[end : end + 8].lstrip()
    return not rest or not rest[0].isalnum()


def find_token_before(document, start):
    """The word or the punctuation mark before `start`."""
    return "".join(TOKEN.findall(document[max(0, start - 40) : start])[-1:])


def describe_phrases(document, words):
    """[(span, text, the token before, whether it ends a clause), ...] of a document's phrases."""
    return [
        ((start, end), document[start:end], find_token_before(document, start), ends_clause(document, end))
        for start, end in find_phrases(document, words)
    ]


class LikelyPhrases:
    """Tells likely phrases by what all documents, `described` by describe_phrases, have in common.

    A phrase is likely if two things hold. It follows a word or a mark after which at least half of the
    phrases recur in another document. And where a document has the same phrase for the first time, it
    ends a clause in at least a quarter of the documents.
    """

    def __init__(self, described):
        phrases = [phrase for each in described for phrase in each]
        self.holders = Counter(text for _, text, _, _ in phrases)
        self.ending = Counter(text for _, text, _, ends in phrases if ends)
        self.following = Counter(before for _, _, before, _ in phrases)
        self.recurring = Counter(before for _, text, before, _ in phrases if self.holders[text] > 1)

    def is_likely(self, text, before):
        recurs = 2 * self.recurring[before] >= self.following[before]
        return recurs and 4 * self.ending[text] >= self.holders[text]

    def choose(self, described, likely):
        """The spans to ask for in a document: the first `likely` of its likely ones, or its first phrase if
        it has none.
        """
        spans = [span for span, text, before, _ in described if self.is_likely(text, before)]
        return spans[:likely] or [span for span, *_ in described[:1]]
