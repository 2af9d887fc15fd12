"""What an attention variant changes, at the recipes' own epochs, with and without the text before
the title, which moves it to other positions.

    python benchmarks/accuracy/attentions.py --variant rope [--seed 0] [--rows NAME ...]
    python benchmarks/accuracy/attentions.py --corpus DIR/wiki.txt --pairs DIR/birth_places_train.tsv

The table is ablation.py's, whose options this takes.
"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))
import common  # noqa: F401
from ablation import Row, main

from objectives.clozes import ask_clozes
from objectives.recall import MixedDataset
from recipes import RECIPES


class Fast(Row):
    name = "fast"
    finetunings = {"finetuned": {}}
    epochs = RECIPES["fast"]["pretrain"]["max_epochs"]


class Brief(Fast):
    name = recipe = "brief"
    epochs = RECIPES["brief"]["pretrain"]["max_epochs"]
    changes = {}  # of the recipe's examples

    def make_dataset(self, corpus, pairs, train):
        return ask_clozes(corpus, **{**RECIPES[self.recipe]["examples"], **self.changes})

    def make_finetuning_dataset(self, column, dataset, pairs):
        return MixedDataset(pairs, dataset, RECIPES[self.recipe]["replay"])


class BriefInPlace(Brief):
    name = "brief, nothing before the title"
    changes = dict(prefix_chars=0)


class Text(Brief):
    name = recipe = "text"
    epochs = RECIPES["text"]["pretrain"]["max_epochs"]


class TextInPlace(Text):
    name = "text, nothing before the title"
    changes = dict(prefix_chars=0)


ROWS = [Fast, Brief, BriefInPlace, Text, TextInPlace]

if __name__ == "__main__":
    sys.exit(main(ROWS, __doc__))
