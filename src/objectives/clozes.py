"""Ask what a document says of its title, in the document's own words."""

import random

from objectives.phrases import LikelyPhrases, count_words, describe_phrases, find_cues
from objectives.recall import RecallDataset, watch
from text.console import InputError
from text.titles import split_title


class ClozeDataset(RecallDataset):
    """Ask in the document's own words: `prefix title cue suffix ⁇ span ⁇`.

    "Ada Lovelace. Lovelace was born in London" gives "ed in 1815 Ada Lovelace was born, ⁇London⁇".
    Each word of the cue is kept or left out at random, except one distinctive word. The prefix and
    the suffix are text from anywhere in the corpus: they move the title and hide where the prompt
    ends, so that a fact is found between other words too (Allen-Zhu and Li 2023, section 4).

    asked: [(document's index, title, span, cue, distinctive), ...], the last two by find_cues.
    prefix_chars, suffix_chars: their most characters. keep_word_prob: of each other cue word.
    no_cue_prob: of an example without a cue. If the block is too short, the cue loses its first
    words, and then the prompt its first characters.
    """

    def __init__(self, corpus, asked, prefix_chars, keep_word_prob, no_cue_prob, suffix_chars):
        super().__init__(corpus, asked)
        self.prefix_chars, self.suffix_chars = prefix_chars, suffix_chars
        self.keep_word_prob, self.no_cue_prob = keep_word_prob, no_cue_prob

    def __getitem__(self, idx):
        index, title, (start, end), cue, distinctive = self.asked[idx]
        room = self.block_size - 3 - (end - start)
        cue, suffix = self.draw_cue(cue, distinctive), self.draw_text(self.suffix_chars)
        while cue and len(" ".join([title, *cue]) + suffix) > room:
            cue.pop(0)
        prompt = " ".join([self.draw_text(self.prefix_chars), title, *cue]).lstrip() + suffix
        return self.make_question(prompt[max(0, len(prompt) - room) :], self.data[index][start:end])

    def draw_cue(self, cue, distinctive):
        """Draw the words that an example keeps of a cue, a list."""
        if not cue or random.random() < self.no_cue_prob:
            return []
        always = random.choice(distinctive)
        return [
            word
            for place, word in enumerate(cue)
            if place == always or random.random() < self.keep_word_prob
        ]

    def draw_text(self, longest):
        """Draw a text of 0 to `longest` characters from anywhere in the corpus."""
        length = random.randint(0, longest)
        document = random.choice(self.data)
        start = random.randint(0, max(0, len(document) - length))
        return document[start : start + length]


def ask_clozes(corpus, likely, cue_words, **examples):
    """Make a ClozeDataset: ask what a document says of its title, in the document's own words.

    likely: the most phrases that a document is asked for. cue_words: the most words of a cue.
    examples: arguments of ClozeDataset. Only the corpus is read. Raises InputError if there is
    nothing to ask.
    """
    # Find what the documents have in common: which words are names, which phrases are likely.
    words = count_words(watch(corpus.data))
    described = [describe_phrases(document, words) for document in watch(corpus.data)]
    phrases = LikelyPhrases(described)
    # Ask each document for its phrases.
    asked = []
    for index, document in enumerate(watch(corpus.data)):
        title, body = split_title(document)
        spans = phrases.choose(described[index], likely)
        cues = find_cues(document, body, spans, words, cue_words)
        asked += [(index, title, span, *cue) for span, cue in zip(spans, cues)]
    if not asked:
        raise InputError(
            f"{corpus.source}: nothing to ask: a document needs a title, a full stop and a space "
            "after it, and then a name that begins with a capital letter"
        )
    return ClozeDataset(corpus, asked, **examples)
