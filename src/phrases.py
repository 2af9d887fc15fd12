"""What a text itself shows to be worth remembering: no question, no answer and no list of words is used.

A phrase is a salient span (masking.py) of a document's body that names something. One that several
documents hold is more often a fact about the title (a place, a team, an employer) than one that only this
document holds (a parent, a work). What precedes such phrases ("in", "at", "from") is counted, and then
finds the rare ones as well. And what a clause is about tends to end it.
"""

import re
from collections import Counter

from formats import MAX_ANSWER
from masking import TOKEN, find_salient_spans
from titles import split_title

WORD = re.compile(r"\w+")


def count_words(documents):
    """How often each word stands in the documents, as a Counter."""
    return Counter(word for document in documents for word in WORD.findall(document))


def find_phrases(document, words):
    """[(start, end), ...] of the different phrases of a document's body that could be answers. None
    without a title. words: from count_words.

    A phrase has at most MAX_ANSWER characters, no digits, and other words than the title. It is no word
    that is mostly written in lower case ("He", "Born"), and no addition to a phrase ("England" in
    "London, England").
    """
    title, body = split_title(document)
    of_title = set(title.split())
    phrases, last = {}, (0, 0)
    for start, end in find_salient_spans(document, body) if of_title else ():
        text, before = document[start:end], document[last[0] : last[1]]
        adds = document[last[1] : start] == ", " and not has_digit(before)
        names = " " in text or words[text] > words[text.lower()]
        fits = end - start <= MAX_ANSWER and not has_digit(text) and not set(text.split()) <= of_title
        if fits and names and not adds:
            phrases.setdefault(text, (start, end))
        last = (start, end)
    return list(phrases.values())


def has_digit(text):
    return any(character.isdigit() for character in text)


def ends_clause(document, end):
    """Whether no word follows at `end`, only punctuation or nothing."""
    rest = document[end : end + 8].lstrip()
    return not rest or not rest[0].isalnum()


def find_token_before(document, start):
    """The word or the punctuation mark before `start`."""
    return "".join(TOKEN.findall(document[max(0, start - 40) : start])[-1:])


def choose_phrases(documents, likely, turns, first):
    """For each document the phrases to ask for, a list to draw from: its `likely` likeliest ones `turns`
    times each, and others among its `first` phrases once.

    Likely ones end a clause and follow a word or a mark after which at least half of the phrases of all
    documents recur in another document; they count in the order of the text.
    """
    words = count_words(documents)
    found = [find_phrases(document, words) for document in documents]
    everywhere = [(d, start, end) for d, spans in zip(documents, found) for start, end in spans]
    holders = Counter(d[start:end] for d, start, end in everywhere)
    before = Counter(find_token_before(d, start) for d, start, _ in everywhere)
    recurring = Counter(
        find_token_before(d, start) for d, start, end in everywhere if holders[d[start:end]] > 1
    )
    heralds = {token for token in before if 2 * recurring[token] >= before[token]}
    chosen = []
    for document, spans in zip(documents, found):
        best = [
            (start, end)
            for start, end in spans
            if ends_clause(document, end) and find_token_before(document, start) in heralds
        ][:likely] or spans[:1]
        chosen.append(best * turns + [span for span in spans[:first] if span not in best])
    return chosen
