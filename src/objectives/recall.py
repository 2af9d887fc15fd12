"""Make examples that ask what belongs to a document's title: `prompt ⁇ span ⁇ □ □ □ ...`.

Each example trains one fact: which span of a document belongs to its title. `QuestionDataset` asks
in given words, as a question's, which makes a stored fact extractable (Allen-Zhu and Li 2023,
Physics of Language Models 3.1). `ClozeDataset` asks in words of the document.
"""

import random

from torch.utils.data import Dataset

from dataset import TextDataset, draw_span
from text.formats import MASK_CHAR


class RecallDataset(TextDataset):
    """Hold a corpus, a CharCorruptionDataset, and `asked`, a row for each example."""

    def __init__(self, corpus, asked, notes=()):
        super().__init__(corpus.vocabulary, corpus.block_size)
        self.data, self.asked, self.notes = corpus.data, asked, notes

    def __len__(self):
        return len(self.asked)

    def make_question(self, prompt, span):
        """Return (x, y) of `prompt ⁇ span ⁇`, trained on the span only.

        A span is cut so that the mark at its end always stands within x.
        """
        span = span[: max(0, self.block_size - len(prompt) - 3)]
        return self.make_example(prompt + MASK_CHAR + span + MASK_CHAR, untrained=len(prompt))


class QuestionDataset(RecallDataset):
    """Ask in given words.

    asked: [(document's index, prompt, spans), ...]. An item draws one of the spans (start, end) of
    its document; with no spans it draws a random one.
    """

    def __getitem__(self, idx):
        index, prompt, spans = self.asked[idx]
        document = self.data[index]
        start, end = random.choice(spans or [draw_span(len(document))])
        return self.make_question(prompt, document[start:end])


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


class MixedDataset(Dataset):
    """Hold the items of `dataset`, and for each of them `share` items drawn from `other`."""

    def __init__(self, dataset, other, share):
        self.dataset, self.other, self.drawn = dataset, other, round(share * len(dataset))
        mixed = f"mixed in: {self.drawn:,} examples of pretraining an epoch"
        self.notes = [*dataset.notes, mixed, *other.notes]

    def __len__(self):
        return len(self.dataset) + self.drawn

    def __getitem__(self, idx):
        if idx < len(self.dataset):
            return self.dataset[idx]
        return self.other[random.randrange(len(self.other))]
