"""Find what is worth remembering of a document, without a question or an answer.

A phrase is a salient span (masking.py) of a document's body that names something. A phrase of
several documents is more often a fact about the title (a place, a team, an employer) than a phrase
of one (a parent, a work). The words before such phrases ("in", "at", "from") find the rare ones as
well. What a clause is about tends to end it, unlike an adjective ("American").

Some rules come from knowing that places are asked for: a phrase has no digits and isn't an addition
("England" in "London, England").
"""

import re
from collections import Counter

from objectives.spans import TOKEN, find_salient_spans, find_words, has_digit
from text.formats import MAX_ANSWER
from text.titles import ends_in_initial, split_title

EDGES = re.compile(r"^\W+|\W+$")
STARTS_SENTENCE = re.compile(r"[.!?] $|^$")


def count_words(documents):
    """Count the words of the documents; where a sentence begins, only those in lower case."""
    counts = Counter()
    for document in documents:
        for start, word in find_words(document):
            begins = STARTS_SENTENCE.match(document[max(0, start - 2) : start])
            if word[:1].islower() or not begins or ends_in_initial(document, start - 1):
                counts[word] += 1
    return counts


def find_phrases(document, words):
    """Find the different phrases of a titled document that could be answers: [(start, end), ...].

    A phrase has no word of the title, as a fuller name or a parent's has, and isn't a word that is
    mostly written in lower case ("He", "Born"). words: from count_words.
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
    """Return the words of a text that aren't names or numbers, a list, without marks at their ends.

    A word that is mostly written in lower case counts even with a capital. So does a mark that is
    left alone, except , . ; and :. words: from count_words.
    """
    pieces, last = [], 0
    for start, end in find_salient_spans(text):
        found = [word for _, word in find_words(text[start:end])]
        plain = [word.lower() for word in found if words[word.lower()] > words[word]]
        pieces += [text[last:start], *plain]
        last = end
    pieces.append(text[last:])
    stripped = [EDGES.sub("", word) or word.strip(",.;:") for word in " ".join(pieces).split()]
    return [word for word in stripped if word]


def find_cues(document, body, spans, words, longest):
    """Return the cue of each span, in order: [(plain words, distinctive places), ...].

    A cue is the last `longest` plain words between the span, or body, before and this span. Its
    distinctive words are in no other span's cue; without such words, all are. words: from
    count_words.
    """
    starts = [body, *(end for _, end in spans)]
    between = [document[last:start] for last, (start, _) in zip(starts, spans)]
    cues = [find_plain_words(text, words) for text in between]
    cues = [cue[max(0, len(cue) - longest) :] for cue in cues]
    holders = Counter(word for cue in cues for word in set(cue))
    distinctive = [[place for place, word in enumerate(cue) if holders[word] == 1] for cue in cues]
    return [(cue, places or [*range(len(cue))]) for cue, places in zip(cues, distinctive)]


def ends_clause(document, end):
    """Return whether no word follows at `end`, only punctuation or nothing."""
    rest = document[end : end + 8].lstrip()
    return not rest or not rest[0].isalnum()


def find_token_before(document, start):
    """Return the word or the punctuation mark before `start`."""
    return "".join(TOKEN.findall(document[max(0, start - 40) : start])[-1:])


def describe_phrases(document, words):
    """Return [(span, text, token before, whether it ends a clause), ...] of the phrases."""
    described = []
    for start, end in find_phrases(document, words):
        around = find_token_before(document, start), ends_clause(document, end)
        described.append(((start, end), document[start:end], *around))
    return described


class LikelyPhrases:
    """Choose likely phrases by what all documents, `described` by describe_phrases, have in common.

    A likely phrase follows a token after which at least half of the phrases recur in another
    document, and ends a clause in at least a quarter of the documents that hold it.
    """

    def __init__(self, described):
        phrases = [phrase for each in described for phrase in each]
        self.holders = Counter(text for _, text, _, _ in phrases)
        self.ending = Counter(text for _, text, _, ends in phrases if ends)
        self.following = Counter(before for _, _, before, _ in phrases)
        self.recurring = Counter(before for _, text, before, _ in phrases if self.holders[text] > 1)

    def is_likely(self, text, before):
        """Return whether a phrase is likely after this token."""
        recurs = 2 * self.recurring[before] >= self.following[before]
        return recurs and 4 * self.ending[text] >= self.holders[text]

    def choose(self, described, likely):
        """Return a document's first `likely` likely spans, or else its first phrase's."""
        spans = [span for span, text, before, _ in described if self.is_likely(text, before)]
        return spans[:likely] or [span for span, *_ in described[:1]]
