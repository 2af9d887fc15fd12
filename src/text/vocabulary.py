"""Map characters to their ids and back."""

from collections import Counter

import torch

from text.formats import MASK_CHAR, PAD_CHAR


class Vocabulary:
    """Map characters to ids and back.

    stoi: character -> id, itos: id -> character. Id 0 is PAD_CHAR and id 1 is MASK_CHAR.
    """

    def __init__(self, stoi):
        self.stoi = stoi
        self.itos = {i: character for character, i in stoi.items()}

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
        """Return the ids as a LongTensor (len(text),). Raises KeyError for an unknown character."""
        return torch.tensor([self.stoi[character] for character in text], dtype=torch.long)

    def decode(self, ids):
        """Return the text of a sequence of ids."""
        return "".join(self.itos[int(i)] for i in ids)

    def count_unknown(self, text):
        """Count the characters without an id, except tabs and line ends."""
        return Counter(c for c in text if c not in self.stoi and c not in "\t\r\n")

    def describe_unknown(self, text):
        """Describe the commonest characters of count_unknown in one line: 3 'ž', 1 'ƒ'."""
        counts = self.count_unknown(text).most_common(10)
        return ", ".join(f"{n:,} {character!r}" for character, n in counts)
