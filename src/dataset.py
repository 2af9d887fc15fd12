"""Text -> tensors: characters, vocabulary, the objectives and the file formats.

A corpus is UTF-8 text with one document a line. A pairs file is UTF-8 text with one
`question<TAB>answer` a line; without the tab it is a file of questions only.

`CharCorruptionDataset` makes pretraining examples by span corruption (Raffel et al. 2020, T5,
section 3.1.4, with a single masked span), `TitleDataset` by asking what belongs to a title.
`NameDataset` makes finetuning examples.

    python src/dataset.py namedata          # prints a few examples of each
    python src/dataset.py charcorruption
"""

import argparse
import random
import sys
from collections import Counter

import torch
from torch.utils.data import Dataset

PAD_CHAR = "\u25a1"  # □
MASK_CHAR = "\u2047"  # ⁇
PAD_ID = 0
MASK_ID = 1
MIN_DOCUMENT = 4  # characters that truncation always leaves
MAX_ANSWER = 32  # characters of a prediction


class InputError(ValueError):
    """A mistake in the user's input; its message is one line: what, where, what to do."""


def read_text(path):
    """The text of the UTF-8 file at `path`: line ends as \\n, byte-order mark dropped.

    Raises InputError if it can't be read, isn't UTF-8, or holds a NUL byte.
    """
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}: give the path of a readable file") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{path}, line {line}: byte 0x{data[error.start]:02x} is not UTF-8: save the file as UTF-8"
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InputError(f"{path}, line {line}: a NUL byte: is this a text file? Remove it")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def parse_pairs(text, source="data"):
    """The rows of a pairs file: one (question, answer) for each line, answer None without a tab.

    A last line without its line end counts; white space around an answer doesn't. `source` names
    the file in errors. Raises InputError for a row with more than one tab or an empty half.
    """
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    rows = []
    for number, line in enumerate(lines, 1):
        question, *answers = line.rstrip("\r").split("\t")
        if len(answers) > 1:
            raise InputError(f"{source}, line {number}: {len(answers)} tabs: a row has one tab")
        answer = answers[0].strip() if answers else None
        if answers and not (question.strip() and answer):
            raise InputError(f"{source}, line {number}: nothing on one side of the tab: fill it in")
        rows.append((question, answer))
    return rows


class CharCorruptionDataset(Dataset):
    """Span corruption of the lines of a text; also the vocabulary of every other dataset.

    data: the corpus text. block_size: characters an example may have, at least 16. `source` names the
    text in errors. Ids: 0 is PAD_CHAR, 1 is MASK_CHAR, then the sorted characters of `data`.

    Item `idx` is drawn anew at each call (Python's `random`): the document is cut to a random
    length in [4, block_size * 7 / 8], a span of it, a quarter long on average, is masked, and

        prefix ⁇ suffix ⁇ masked_content □ □ □ ...

    gives x (all but the last character) and y (all but the first): LongTensors of length
    block_size - 1. Raises InputError if `data` holds one of the two special characters.
    """

    def __init__(self, data, block_size, source="corpus"):
        if block_size < 16:
            raise ValueError(f"block_size {block_size}: span corruption needs at least 16")
        for special in (PAD_CHAR, MASK_CHAR):
            if special in data:
                line = data.count("\n", 0, data.index(special)) + 1
                raise InputError(
                    f"{source}, line {line}: holds the special character {special}: remove it"
                )
        characters = [PAD_CHAR, MASK_CHAR, *sorted(set(data))]
        self.PAD_CHAR, self.MASK_CHAR = PAD_CHAR, MASK_CHAR
        self.stoi = {character: i for i, character in enumerate(characters)}
        self.itos = dict(enumerate(characters))
        self.vocab_size = len(characters)
        self.block_size = block_size
        self.data = data.split("\n")
        self.encoded = [self.encode(document) for document in self.data]

    def encode(self, text):
        """LongTensor (len(text),) of ids. Raises KeyError for a character without one."""
        return torch.tensor([self.stoi[character] for character in text], dtype=torch.long)

    def decode(self, ids):
        """The text of a sequence of ids."""
        return "".join(self.itos[int(i)] for i in ids)

    def __len__(self):
        return len(self.data)

    def __getitem__(self, idx):
        longest = random.randint(MIN_DOCUMENT, int(self.block_size * 7 / 8))
        document = self.encoded[idx][:longest]
        start, end = draw_span(len(document))
        mask = torch.tensor([MASK_ID])
        pieces = (document[:start], mask, document[end:], mask, document[start:end])
        return shift(torch.cat(pieces), self.block_size)


def draw_span(length):
    """A random (start, end) within `length` characters, `length` / 4 long on average."""
    # Rounded up or down at random so that the mean is exact; then uniform around that mean.
    mean = length // 4 + (random.random() < length % 4 / 4)
    span = random.randint(1, 2 * mean - 1) if mean else 0
    start = random.randint(0, length - span)
    return start, start + span


def shift(ids, block_size):
    """Pads `ids` to `block_size`; returns all but the last (x) and all but the first (y)."""
    padded = torch.full((block_size,), PAD_ID)
    padded[: len(ids)] = ids
    return padded[:-1], padded[1:].clone()


class TitleDataset(Dataset):
    """Title-conditioned span prediction: `prompt ⁇ span ⁇ □ □ □ ...`, trained on the span only.

    Where span corruption trains every character, this trains one fact: what, of all that stands in
    the document, belongs to its title. That makes an example short, and its prompt like the question
    that will be asked, which is what makes stored facts extractable (Allen-Zhu and Li 2023, Physics
    of Language Models 3.1).

    corpus: a CharCorruptionDataset. documents: for each of its documents (prompt, spans): its title,
    perhaps in the frame of a question, and the (start, end) of the spans that may be asked for, one
    of which is drawn at each call; with none, a random span of the document is.
    """

    def __init__(self, corpus, documents):
        self.corpus = corpus
        self.stoi, self.itos = corpus.stoi, corpus.itos
        self.vocab_size, self.block_size = corpus.vocab_size, corpus.block_size
        room = self.block_size - MAX_ANSWER - 2
        self.prompts = [corpus.encode(prompt)[: max(0, room)] for prompt, _ in documents]
        self.spans = [spans for _, spans in documents]

    def __len__(self):
        return len(self.prompts)

    def __getitem__(self, idx):
        prompt, document = self.prompts[idx], self.corpus.encoded[idx]
        start, end = random.choice(self.spans[idx] or [draw_span(len(document))])
        mask = torch.tensor([MASK_ID])
        span = document[start:end][: self.block_size - len(prompt) - 2]
        x, y = shift(torch.cat((prompt, mask, span, mask)), self.block_size)
        y[: len(prompt)] = PAD_ID
        return x, y


class NameDataset(Dataset):
    """Question-answer examples, `question ⁇ answer ⁇ □ □ □ ...`, for finetuning.

    pretraining_dataset: the CharCorruptionDataset whose vocabulary and block_size to use.
    data: the text of a pairs file; blank lines are passed over. `source` names it in errors.

    Item `idx` is (x, y), LongTensors of length block_size - 1; y has pads where the next character
    belongs to the question, so that only `⁇ answer ⁇` is trained. Raises InputError for rows
    that don't parse, have no answer, don't fit, or use characters the corpus lacks.
    """

    def __init__(self, pretraining_dataset, data, source="data"):
        self.vocabulary = pretraining_dataset
        self.PAD_CHAR, self.MASK_CHAR = PAD_CHAR, MASK_CHAR
        self.stoi, self.itos = pretraining_dataset.stoi, pretraining_dataset.itos
        self.vocab_size = pretraining_dataset.vocab_size
        self.block_size = pretraining_dataset.block_size
        rows = list(enumerate(parse_pairs(data, source), 1))
        unknown = count_unknown(data, self.stoi)
        if unknown:
            raise InputError(
                f"{source}: characters that the corpus lacks: {describe_counts(unknown)}: "
                "pretrain on a corpus that has them, or change the rows"
            )
        self.data = []
        for number, (question, answer) in rows:
            if not question.strip():
                continue
            if answer is None:
                raise InputError(f"{source}, line {number}: no answer: add a tab and the answer")
            if len(question) + len(answer) + 2 > self.block_size:
                raise InputError(
                    f"{source}, line {number}: question and answer have "
                    f"{len(question) + len(answer)} characters: at most {self.block_size - 2} fit"
                )
            self.data.append((question, answer))

    def __len__(self):
        return len(self.data)

    def __getitem__(self, idx):
        question, answer = self.data[idx]
        text = question + MASK_CHAR + answer + MASK_CHAR
        x, y = shift(self.vocabulary.encode(text), self.block_size)
        y[: len(question) - 1] = PAD_ID
        return x, y


def count_unknown(text, stoi):
    """Counter of the characters of a pairs file's text that `stoi` lacks (line ends, tabs aside)."""
    return Counter(c for c in text if c not in stoi and c not in "\t\r\n")


def describe_counts(counts):
    """One line for a Counter of characters: 'ž' (3 times), 'ƒ' (once)."""
    times = {1: "once", 2: "twice"}
    return ", ".join(
        f"{character!r} ({times.get(n, f'{n} times')})" for character, n in counts.most_common(10)
    )


def print_examples(dataset, how_many):
    """Prints the first x/y pairs of `dataset` as text."""
    vocabulary = dataset.vocabulary if isinstance(dataset, NameDataset) else dataset
    for idx in range(min(how_many, len(dataset))):
        x, y = dataset[idx]
        print("x:", vocabulary.decode(x))
        print("y:", vocabulary.decode(y))


def main(argv=None):
    parser = argparse.ArgumentParser(description="Prints a few examples of a dataset.")
    parser.add_argument("which", choices=["namedata", "charcorruption"])
    parser.add_argument("--corpus", default="wiki.txt")
    parser.add_argument("--pairs", default="birth_places_train.tsv")
    parser.add_argument("--block_size", type=int, default=128)
    args = parser.parse_args(argv)
    try:
        dataset = CharCorruptionDataset(read_text(args.corpus), args.block_size)
        if args.which == "namedata":
            dataset = NameDataset(dataset, read_text(args.pairs), args.pairs)
        print_examples(dataset, 4)
    except (InputError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
