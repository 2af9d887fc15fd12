"""List what pretraining can ask of the documents: the objectives, which the recipes name.

A new objective is a function that makes its dataset, and a row of OBJECTIVES.
"""

from collections.abc import Callable
from typing import NamedTuple

from objectives.clozes import make_clozes
from objectives.questions import make_questions
from objectives.recall import MixedDataset
from objectives.wording import RewordedPairs
from recipes import RECIPES
from text.phrasing import SPELLINGS, Phrasing


class Objective(NamedTuple):
    """Hold one thing that pretraining can ask.

    make: a function of the corpus, a CharCorruptionDataset, that returns the dataset. options:
    those of the command line that `make` takes. reads_pairs: whether it learns from the training
    pairs what to ask. reach: a function of the corpus that returns how many characters of a
    document a model can be shown; None: all.
    """

    make: Callable
    options: tuple = ()
    reads_pairs: bool = False
    reach: Callable = lambda corpus: None


QUESTION_OPTIONS = ("masking", "ask", "finetune_corpus_path")
OBJECTIVES = {
    "span_corruption": Objective(lambda corpus: corpus, reach=lambda corpus: corpus.longest),
    "questions": Objective(make_questions, QUESTION_OPTIONS, reads_pairs=True),
    "clozes": Objective(make_clozes),
}


def find_objective(recipe):
    """Return the Objective of a recipe's pretraining."""
    return OBJECTIVES[RECIPES[recipe]["objective"]]


def make_dataset(corpus, recipe, **options):
    """Make a recipe's pretraining dataset. options: the command line's, for its objective."""
    return find_objective(recipe).make(corpus, **RECIPES[recipe].get("examples", {}), **options)


def make_finetuning_dataset(corpus, recipe, pairs, pretrained=None):
    """Make the dataset on which a recipe finetunes a model that it has pretrained, from the pairs.

    A share of the questions is asked in other words, and examples of pretraining are mixed in:
    those of the dataset `pretrained`, by default the recipe's. A note warns if pretraining, without
    the pairs, has read the titles in another spelling.
    """
    row, reads_pairs = RECIPES[recipe], find_objective(recipe).reads_pairs
    if "reworded" in row or not reads_pairs:
        questions = [question for question, _ in pairs.pairs]
        phrasing = Phrasing(corpus.data, questions)
        if not reads_pairs and phrasing.spell is not SPELLINGS[0]:
            read = f"{recipe} has pretrained on titles as the documents spell them"
            pairs.notes = [f"note: {read}, unlike the pairs: {questions[0]!r}"]
        if "reworded" in row:
            pairs = RewordedPairs(corpus, pairs, phrasing.matches, **row["reworded"])
    if "replay" not in row:
        return pairs
    return MixedDataset(pairs, pretrained or make_dataset(corpus, recipe), row["replay"])
