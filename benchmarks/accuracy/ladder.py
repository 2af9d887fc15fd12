"""From the handout's recipe to `brief`, step by step, at equal time: what makes a model that reads
only the corpus remember it.

    python benchmarks/accuracy/ladder.py --minutes 6 [--variant vanilla] [--rows NAME ...]
    python benchmarks/accuracy/ladder.py --corpus DIR/wiki.txt --pairs DIR/birth_places_train.tsv

The table is ablation.py's, whose options this takes. Every row but the first has all that the rows
above it have. All have the schedule of `brief` and three finetunings: its own without replay, its
own, and one without replay at a higher rate.
"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))
import common  # noqa: F401
from ablation import STRONGER, Row, main
from ideas import WithDropout

from objectives.clozes import ask_clozes
from objectives.questions import ask_questions
from objectives.recall import MixedDataset
from recipes import RECIPES

BRIEF = RECIPES["brief"]


class Muon(Row):
    recipe = "brief"
    finetunings = {"finetuned": {}, "finetuned with replay": {}, "finetuned at 5e-4": STRONGER}
    name = "+ Muon, no dropout"

    def make_dataset(self, corpus, pairs, train):
        return corpus

    def make_finetuning_dataset(self, column, dataset, pairs):
        return MixedDataset(pairs, dataset, BRIEF["replay"]) if column.endswith("replay") else pairs


class Handout(Muon):
    name = "span corruption, AdamW, dropout"
    shape = WithDropout.shape
    training = dict(optimizer="adamw", batch_size=128, learning_rate=6e-3)


class Title(Muon):
    name = "+ a span of the document is asked for by its title"

    def make_dataset(self, corpus, pairs, train):
        return ask_questions(corpus, "random")


class Choice(Muon):
    name = "+ phrases that may be facts"
    changes = dict(prefix_chars=0, no_cue_prob=1.0, suffix_chars=0)

    def make_dataset(self, corpus, pairs, train):
        return ask_clozes(corpus, **{**BRIEF["examples"], **self.changes})


class Cue(Choice):
    name = "+ the plain words before the phrase as a cue"
    changes = dict(prefix_chars=0, keep_word_prob=1.0, suffix_chars=0)


class LeftOut(Choice):
    name = "+ some of these words left out, but for one that tells"
    changes = dict(prefix_chars=0, suffix_chars=0)


class Filler(Choice):
    name = "+ text before the title and after the cue (recipe brief)"
    changes = {}


ROWS = [Handout, Muon, Title, Choice, Cue, LeftOut, Filler]

if __name__ == "__main__":
    sys.exit(main(ROWS, __doc__))
