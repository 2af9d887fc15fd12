"""Ask about a title in other words, so that what is stored is found behind any words.

A model that is asked in one wording finds a fact only behind this wording; one that is asked in
many finds it behind new ones too (Allen-Zhu and Li 2023, section 4).
"""

import random
from itertools import accumulate

from objectives.phrases import count_words
from text.documents import watch
from text.phrasing import END_MARKS

ENDINGS = ("?", "?", "", " ")  # of reworded questions, half of which end as most questions do


class Wording:
    """Draw words and texts of a corpus, a TextDataset with `data`.

    lower_prob: of a prompt in lower case. counts: count_words of the corpus.
    """

    def __init__(self, corpus, lower_prob):
        self.documents, self.known, self.lower_prob = corpus.data, corpus.stoi, lower_prob
        self.counts = count_words(watch(corpus.data))
        plain = {word: n for word, n in self.counts.items() if word.isalpha() and word.islower()}
        self.words, self.cum_weights = [*plain], [*accumulate(plain.values())]

    def draw_words(self, count):
        """Draw plain words of the corpus, as often as it has them, a list; none if it has none."""
        if not self.words:
            return []
        return random.choices(self.words, cum_weights=self.cum_weights, k=count)

    def draw_text(self, longest):
        """Draw a text of 0 to `longest` characters from anywhere in the corpus."""
        length = random.randint(0, longest)
        document = random.choice(self.documents)
        start = random.randint(0, max(0, len(document) - length))
        return document[start : start + length]

    def draw_case(self, prompt):
        """Return the prompt as it is or in lower case, where the corpus has its letters."""
        if random.random() >= self.lower_prob:
            return prompt
        return "".join(c.lower() if c.lower() in self.known else c for c in prompt)

    def reword(self, title, template):
        """Draw a prompt that asks about the title in other words than a question's template.

        Words of the template are left out or replaced, others are added, the order may change, and
        the title stands anywhere among them.
        """
        words = []
        for word in [word for part in template for word in part.rstrip(END_MARKS).split()]:
            if random.random() < 0.6:
                words += [word] if random.random() < 0.8 else self.draw_words(1)
        words += self.draw_words(random.choice((0, 0, 1, 2)))
        if random.random() < 0.5:
            random.shuffle(words)
        words.insert(random.randint(0, len(words)), title)
        return self.draw_case(" ".join(words) + random.choice(ENDINGS))


class RewordedPairs:
    """Hold the examples of `pairs`, a NameDataset, of which a `share` is asked in other words.

    corpus: where the other words come from. subjects: the Subject (text/phrasing.py) of each
    question, or None: it stays as it is. So does one whose other words leave the answer no room.
    """

    def __init__(self, corpus, pairs, subjects, share, lower_prob):
        self.wording = Wording(corpus, lower_prob)
        self.pairs, self.subjects, self.share = pairs, subjects, share
        self.notes = pairs.notes

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, idx):
        subject, (question, answer) = self.subjects[idx], self.pairs.pairs[idx]
        if subject and random.random() < self.share:
            reworded = self.wording.reword(subject.name, subject.template)
            if len(reworded) + len(answer) <= self.pairs.text_size - 2:
                question = reworded
        return self.pairs.make_pair(question, answer)
