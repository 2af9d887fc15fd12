"""Find the phrases of a document that could be facts, and the words by which it introduces them.

A phrase is a salient span (spans.py) of a document's body that names something. Some rules come
from knowing that places are asked for: a phrase has no digits and isn't an addition ("England" in
"London, England").
"""

import re
from collections import Counter

from objectives.spans import TOKEN, find_salient_spans, find_words
from text.formats import MAX_ANSWER, tidy
from text.titles import ends_in_initial

EDGES = re.compile(r"^\W+|\W+$")


def count_words(documents):
    """Count the words of the documents; where a sentence begins, only those in lower case."""
    counts = Counter()
    for document in documents:
        for start, word in find_words(document):
            before = document[max(0, start - 9) : start].rstrip()
            begins = not before or before[-1] in ".!?"
            if word[:1].islower() or not begins or ends_in_initial(before, len(before)):
                counts[word] += 1
    return counts


def find_phrases(document, title, body, words):
    """Find the different phrases of a titled document that could be answers: [(start, end), ...].

    A phrase has no word of the title, as a fuller name or a parent's has, and isn't a word that is
    mostly written in lower case ("He", "Born"). body: where it starts. words: from count_words.
    """
    of_title = {word for _, word in find_words(title)}
    phrases, last = {}, (0, 0)
    for start, end in find_salient_spans(document, body) if of_title else ():
        text, before = tidy(document[start:end]), document[last[0] : last[1]]
        adds = tidy(document[last[1] : start]) == "," and not any(map(str.isdigit, before))
        names = " " in text or words[text] > words[text.lower()]
        fits = end - start <= MAX_ANSWER and not any(map(str.isdigit, text))
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
    """Return the cue of each span, in order, a list of words.

    A cue is the last `longest` plain words between the span before it, or body, and the span.
    words: from count_words.
    """
    starts = [body, *(end for _, end in spans)]
    between = (document[last:start] for last, (start, _) in zip(starts, spans))
    plain = (find_plain_words(text, words) for text in between)
    return [cue[max(0, len(cue) - longest) :] for cue in plain]


def describe_phrase(document, span, cue):
    """Return the features of a phrase by which choose_facts (facts.py) compares it, a list."""
    start, end = span
    before = TOKEN.findall(document[max(0, start - 40) : start])[-1:]
    behind = TOKEN.findall(document[end : end + 40])[:1]
    phrase = tidy(document[start:end])
    return [*dict.fromkeys(cue), ("before", *before), ("behind", *behind), ("phrase", phrase)]
