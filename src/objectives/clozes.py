"""Ask what a document says of its title, in the document's own words."""

import random

from objectives.facts import choose_facts
from objectives.phrases import describe_phrase, find_cues, find_phrases
from objectives.recall import RecallDataset
from objectives.wording import Wording
from text.console import InputError
from text.documents import watch
from text.formats import tidy
from text.titles import split_title

OTHER_WORDS = 4  # at most


class ClozeDataset(RecallDataset):
    """Ask in the document's own words: `prefix title words suffix ⁇ span ⁇`.

    "Ada Lovelace. Lovelace was born in London" gives "ed in 1815 Ada Lovelace born, ⁇London⁇". The
    words are the cue's, of which some are left out, or others of the corpus. The prefix and the
    suffix are text from anywhere in the corpus: they move the title and hide where the prompt ends.

    asked: [(document's index, title, span, cue by find_cues), ...]. wording: a Wording. The prefix
    and the suffix have prefix_chars and suffix_chars at most. Each cue word is kept with
    keep_word_prob, one in any case. With other_words_prob an example has 0 to 4 other words
    instead. If the block is too short, the first words are dropped, then the first characters.
    """

    def __init__(
        self, corpus, asked, wording, prefix_chars, keep_word_prob, other_words_prob, suffix_chars,
        notes=(),
    ):  # fmt: skip
        super().__init__(corpus, asked, notes)
        self.wording, self.prefix_chars, self.suffix_chars = wording, prefix_chars, suffix_chars
        self.keep_word_prob, self.other_words_prob = keep_word_prob, other_words_prob

    def __getitem__(self, idx):
        index, title, (start, end), cue = self.asked[idx]
        room = self.block_size - 3 - (end - start)
        words, suffix = self.draw_cue(cue), self.wording.draw_text(self.suffix_chars)
        while words and len(" ".join([title, *words]) + suffix) > room:
            words.pop(0)
        prefix = self.wording.draw_text(self.prefix_chars)
        prompt = " ".join([prefix, title, *words]).lstrip() + suffix
        prompt = self.wording.draw_case(prompt[max(0, len(prompt) - room) :])
        return self.make_question(prompt, tidy(self.data[index][start:end]))

    def draw_cue(self, cue):
        """Draw the words behind the title: some of the cue, or others; a list."""
        if random.random() < self.other_words_prob:
            return self.wording.draw_words(random.randint(0, OTHER_WORDS))
        prob = self.keep_word_prob
        always = random.randrange(len(cue)) if cue else None
        return [word for n, word in enumerate(cue) if n == always or random.random() < prob]


def make_clozes(corpus, cue_words, lower_prob, **examples):
    """Make a ClozeDataset: ask each document for its fact, in the document's own words.

    cue_words: the most words of a cue. lower_prob: see Wording. examples: see ClozeDataset. It reads
    only the corpus. Raises InputError if there is nothing to ask.
    """
    # Find each document's phrases and describe them by the words around them.
    wording = Wording(corpus, lower_prob)
    phrases, described = [], []  # for each document that has some
    for index, document in enumerate(watch(corpus.data)):
        title, body = split_title(document)
        if spans := find_phrases(document, title, body, wording.counts):
            cues = find_cues(document, body, spans, wording.counts, cue_words)
            phrases.append([(index, title, *each) for each in zip(spans, cues)])
            described.append([describe_phrase(document, *each) for each in zip(spans, cues)])
    if not phrases or " " not in corpus.stoi:
        raise InputError(
            f"{corpus.source}: nothing to ask: a document needs a title, a full stop and a space "
            "after it, and then a name that begins with a capital letter"
        )
    # Ask each document for the one that says what most documents say.
    asked = [rows[place] for rows, place in zip(phrases, choose_facts(described))]
    index, title, (start, end), _ = asked[0]
    what = f"such as {title!r} for {tidy(corpus.data[index][start:end])!r}"
    documents = f"{len(asked):,} of {corpus.count_documents():,} documents"
    notes = [f"asking {documents} for one fact each, {what}"]
    return ClozeDataset(corpus, asked, wording, notes=notes, **examples)
