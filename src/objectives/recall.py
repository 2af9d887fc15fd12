"""Make examples that ask what belongs to a document's title: `prompt ⁇ span ⁇ □ □ □ ...`."""

import random
from collections import defaultdict

from dataset import TextDataset
from text.formats import MASK_CHAR
from text.titles import normalise


class RecallDataset(TextDataset):
    """Hold a corpus, a CharCorruptionDataset, and `asked`, a row for each example.

    A row begins with the document's index and its title or question. What is asked of several
    documents is added to the `notes`.
    """

    def __init__(self, corpus, asked, notes=()):
        super().__init__(corpus.vocabulary, corpus.block_size)
        self.data, self.asked, self.notes = corpus.data, asked, [*notes]
        prompts = defaultdict(dict)  # in one case -> {index: as it is asked}
        for index, prompt, *_ in asked:
            prompts[normalise(prompt)][index] = prompt
        if doubles := [next(iter(each.values())) for each in prompts.values() if len(each) > 1]:
            what = f"are of several documents, such as {doubles[0]!r}"
            self.notes.append(f"note: {len(doubles):,} questions {what}")

    def __len__(self):
        return len(self.asked)

    def make_question(self, prompt, span):
        """Return (x, y) of `prompt ⁇ span ⁇`, trained on the span and its closing mark.

        A span is cut so that the mark at its end always stands within x.
        """
        span = span[: max(0, self.block_size - len(prompt) - 3)]
        return self.make_example(prompt + MASK_CHAR + span + MASK_CHAR, untrained=len(prompt))


class MixedDataset:
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
