"""Map characters to their ids and back."""

import codecs
from collections import Counter

import numpy as np
import torch

from text.formats import MASK_CHAR, PAD_CHAR

UNKNOWN = -1
CODE = np.dtype("<u4")


class Vocabulary:
    """A two-way table of characters and ids.

    stoi: character -> id, itos: id -> character. Id 0 is PAD_CHAR and id 1 is MASK_CHAR.
    """

    def __init__(self, stoi):
        self.stoi = stoi
        self.itos = {i: character for character, i in stoi.items()}
        # By code point.
        self.ids = np.full(max(map(ord, stoi), default=0) + 1, UNKNOWN, dtype=np.int64)
        for character, i in stoi.items():
            self.ids[ord(character)] = i

    @classmethod
    def of(cls, text):
        """Make the vocabulary of a text: the two special characters, then the sorted others."""
        characters = [PAD_CHAR, MASK_CHAR, *sorted(set(text))]
        return cls({character: i for i, character in enumerate(characters)})

    def __len__(self):
        return len(self.stoi)

    def __str__(self):
        """Return all characters in the order of their ids."""
        return "".join(self.itos[i] for i in range(len(self)))

    def encode(self, text):
        """Return the ids, a LongTensor (len(text),). Raises KeyError for an unknown character."""
        return torch.from_numpy(self.find_ids(text if isinstance(text, str) else "".join(text)))

    def find_ids(self, text):
        """Return the ids of a str, an array, as encode does."""
        codes = np.frombuffer(codecs.utf_32_le_encode(text, "surrogatepass")[0], CODE)
        try:
            ids = self.ids.take(codes)
            # Quicker than min for a text of a hundred characters, whose time goes into the calls.
            is_known = not text or ids.item(ids.argmin()) != UNKNOWN
        except IndexError:
            is_known = False
        if not is_known:
            raise KeyError(next(character for character in text if character not in self.stoi))
        return ids

    def decode(self, ids):
        """Return the text of a sequence of ids."""
        return "".join(self.itos[int(i)] for i in ids)

    def count_unknown(self, text):
        """Count the characters without an id, except tabs and line ends."""
        return Counter(c for c in text if c not in self.stoi and c not in "\t\r\n")


def describe_counts(counts):
    """Describe a Counter of characters in one line: 'ž' (3 times), 'ƒ' (once)."""
    times = {1: "once", 2: "twice"}
    return ", ".join(
        f"{character!r} ({times.get(n, f'{n} times')})" for character, n in counts.most_common(10)
    )
