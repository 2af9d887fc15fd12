"""Turn text into tensors: the examples that the model is trained on.

`CharCorruptionDataset` makes pretraining examples by span corruption (Raffel et al. 2020, T5,
section 3.1.4, with a single masked span), `NameDataset` finetuning examples.

    python src/dataset.py namedata          # print a few examples of each
    python src/dataset.py charcorruption
"""

import random
import sys

import numpy as np
import torch
from torch.utils.data import Dataset

from text.console import InputError, Parser, report_mistakes, show
from text.documents import Documents, open_documents
from text.files import read_text
from text.formats import MASK_CHAR, PAD_CHAR, PAD_ID, check_corpus, parse_pairs, split_answers
from text.vocabulary import Vocabulary

MIN_DOCUMENT = 4  # characters that truncation always leaves


class TextDataset(Dataset):
    """Hold what all datasets share: the vocabulary, also by the course's names, and the block size.

    An item is (x, y), LongTensors (text_size - 1,): y holds the character after each one of x.
    Texts are padded to text_size, which is the block size unless it is set. `notes` are lines about
    how the dataset was made, to be printed before training.
    """

    notes = ()

    def __init__(self, vocabulary, block_size):
        self.vocabulary = vocabulary
        self.stoi, self.itos, self.vocab_size = vocabulary.stoi, vocabulary.itos, len(vocabulary)
        self.PAD_CHAR, self.MASK_CHAR = PAD_CHAR, MASK_CHAR
        self.block_size = self.text_size = block_size

    def make_example(self, text, untrained=0):
        """Return (x, y), int64 of text_size - 1, of a text of text_size characters at most.

        y is x one character later; its first `untrained` targets are pads, which no loss counts.
        """
        ids = [self.stoi[character] for character in text]
        x, y = np.full((2, self.text_size - 1), PAD_ID)
        x[: len(ids)] = ids[: len(x)]
        y[untrained : len(ids) - 1] = ids[1 + untrained :]
        return torch.from_numpy(x), torch.from_numpy(y)


class CharCorruptionDataset(TextDataset):
    """Corrupt spans of the lines of a text, whose characters are the vocabulary.

    data: from open_documents, or any text; the attribute `data` is the sequence of documents.
    block_size: characters of an example. `source` names the text in errors. Item `idx` is drawn
    anew at each call (Python's `random`) from

        prefix ⁇ suffix ⁇ masked_content □ □ □ ...

    as x (all except the last character) and y (all except the first).
    """

    def __init__(self, data, block_size, source="corpus"):
        characters = getattr(data, "characters", data)
        if isinstance(data, str):
            check_corpus(data, source)
            data = data.split("\n")
        super().__init__(Vocabulary.of(characters), block_size)
        self.data, self.source = data, source
        self.longest = int(block_size * 7 / 8)  # characters of a document that are ever shown

    def __len__(self):
        return len(self.data)

    def count_documents(self):
        """Return the number of documents that are not blank."""
        if isinstance(self.data, Documents):  # which has counted them
            return len(self.data) - self.data.blank
        return sum(1 for document in self.data if document.strip())

    def __getitem__(self, idx):
        # Cut the document to a random length in [4, block_size * 7 / 8].
        longest = random.randint(MIN_DOCUMENT, self.longest)
        document = self.data[idx][:longest]
        # Mask a span of it, a quarter long on average.
        start, end = draw_span(len(document))
        prefix, masked, suffix = document[:start], document[start:end], document[end:]
        return self.make_example(prefix + MASK_CHAR + suffix + MASK_CHAR + masked)


def draw_span(length):
    """Draw a (start, end) within `length` characters, `length` / 4 long on average."""
    # The mean is rounded up or down at random so that it is exact; the span is uniform around it.
    mean = length // 4 + (random.random() < length % 4 / 4)
    span = random.randint(1, 2 * mean - 1) if mean else 0
    start = random.randint(0, length - span)
    return start, start + span


class NameDataset(TextDataset):
    """Make finetuning examples of questions and answers, `question ⁇ answer ⁇ □ □ □ ...`.

    pretraining_dataset: a dataset whose vocabulary (stoi) and block_size to use. data: the text of
    a pairs file; of several answers in a cell the first is trained. `source` names it in errors.
    The attribute `data` is the list of rows, question<TAB>answer, and `pairs` that of (question,
    answer). In an item (x, y), y has pads where the next character belongs to the question, so that
    only `⁇ answer ⁇` is trained.

    Raises InputError for rows without an answer, too long, or of characters that the corpus lacks.
    """

    def __init__(self, pretraining_dataset, data, source="data"):
        super().__init__(Vocabulary(pretraining_dataset.stoi), pretraining_dataset.block_size)
        self.text_size = getattr(pretraining_dataset, "text_size", self.block_size)
        # Parse the rows, and refuse those that can't be trained on.
        rows = [
            (number, question, next(iter(split_answers(answer or "")), ""))
            for number, (question, answer) in enumerate(parse_pairs(data, source), 1)
            if question
        ]
        if unknown := self.vocabulary.describe_unknown("".join(q + a for _, q, a in rows)):
            lacks = f"characters that the corpus lacks: {unknown}"
            raise InputError(f"{source}: {lacks}: use a corpus that has them, or change the rows")
        for number, question, answer in rows:
            if not answer:
                raise InputError(f"{source}, line {number}: no answer: add a tab and the answer")
            length, most = len(question) + len(answer), self.text_size - 2
            if length > most:
                has = f"question and answer have {length} characters"
                raise InputError(f"{source}, line {number}: {has}: at most {most} fit")
        # Keep them also as the course's code does.
        self.pairs = [(question, answer) for _, question, answer in rows]
        self.data = ["\t".join(pair) for pair in self.pairs]

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, idx):
        return self.make_pair(*self.pairs[idx])

    def make_pair(self, question, answer):
        """Return (x, y) of `question ⁇ answer ⁇`, trained on the answer and the marks."""
        text = question + MASK_CHAR + answer + MASK_CHAR
        return self.make_example(text, untrained=len(question) - 1)


def read_pairs(pretraining_dataset, path):
    """Load the NameDataset of a pairs file. Raises InputError, also for a file without a row."""
    pairs = NameDataset(pretraining_dataset, read_text(path), path)
    if not len(pairs):
        raise InputError(f"{path}: no rows: give lines of question, tab, answer")
    return pairs


def load_corpus(path, block_size=128):
    """Load the pretraining dataset of the corpus at `path`."""
    corpus = CharCorruptionDataset(open_documents(path), block_size, path)
    if not corpus.count_documents():
        raise InputError(f"{path}: no text in it: give a corpus of one document a line")
    return corpus


@report_mistakes
def main(argv=None):
    parser = Parser(description="Print a few examples of a dataset.")
    parser.add_argument("which", choices=["namedata", "charcorruption"])
    parser.add_argument("--corpus", default="wiki.txt")
    parser.add_argument("--pairs", default="birth_places_train.tsv")
    args = parser.parse_args(argv)
    dataset = load_corpus(args.corpus)
    if args.which == "namedata":
        dataset = read_pairs(dataset, args.pairs)
    # Print the first examples.
    for x, y in (dataset[idx] for idx in range(min(4, len(dataset)))):
        show(f"x: {dataset.vocabulary.decode(x)}\ny: {dataset.vocabulary.decode(y)}")


if __name__ == "__main__":
    sys.exit(main())
