"""Which model a command means: of which recipe and shape, with which parameters and vocabulary, and
what it has read.
"""

import sys

from answering.provenance import Provenance
from attention import ATTENTION
from dataset import load_corpus, read_pairs
from model import GPT
from objectives.table import find_reach
from recipes import DEFAULT, RECIPES, model_config
from runs.model_card import SIZES, find_card, find_input, read_card
from text.files import InputError, fingerprint
from training.weights import load_parameters


def open_model(variant, corpus_path, recipe=None, params_path=None, trains=True, cache_dir=None):
    """(corpus, model, recipe) of a command: the pretraining dataset, a GPT for its vocabulary, with
    the parameters of a file if one is given, and the name of the recipe.

    The recipe and the model's shape are what the user says, else what the file's card says, else the
    handout's. trains: whether the model is to be trained further, perhaps by another recipe. cache_dir: of
    open_documents. Raises InputError if these, the file and the corpus don't go together.
    """
    if variant not in ATTENTION:
        raise InputError(f"no attention variant {variant!r}: choose from {', '.join(ATTENTION)}")
    card, note = read_card(params_path) if params_path else (None, None)
    if note:
        print(note, file=sys.stderr)
    recipe = recipe or (card["recipe"] if card else DEFAULT)
    if recipe not in RECIPES:
        raise InputError(f"{find_card(params_path)}: unknown recipe {recipe!r}: name one by --recipe")
    if card and recipe != card["recipe"] and not trains:
        raise InputError(
            f"--recipe {recipe}: {params_path} was trained with {card['recipe']!r}: leave --recipe out"
        )
    shape = check_card(card, variant, recipe, params_path) if card else {}
    block_size = {**RECIPES[recipe]["model"], **shape}["block_size"]
    corpus = load_corpus(corpus_path, block_size, cache_dir)
    if card and card["vocabulary"] != str(corpus.vocabulary):
        raise InputError(
            f"{corpus_path}: has different characters from the corpus of {params_path}: name the corpus "
            "it was pretrained on"
        )
    if card and fingerprint(corpus_path) != card["inputs"]["corpus_path"]["fingerprint"]:
        print(f"note: {corpus_path}: not the very file that {params_path} was trained with", file=sys.stderr)
    model = GPT(model_config(recipe, variant, corpus.vocab_size, **shape))
    if params_path:
        load_parameters(model, params_path)
    return corpus, model, recipe


def check_card(card, variant, recipe, params_path):
    """The model's sizes by its card, a dict. Raises InputError if variant or recipe contradict it."""
    if card["variant"] != variant:
        raise InputError(
            f"{params_path}: parameters of another attention variant: its card says {card['variant']}"
        )
    shape = {size: card["model"][size] for size in SIZES if size != "vocab_size"}
    for size, value in shape.items():
        wanted = RECIPES[recipe]["model"][size]
        if card["recipe"] != recipe and value != wanted:
            raise InputError(
                f"{params_path}: its card says {size} {value}, recipe {recipe} has {wanted}: leave "
                "--recipe out"
            )
    return shape


def open_provenance(corpus, recipe, params_path, pairs_path=None, asked=None):
    """The Provenance of what a model has read: as much of the corpus as its recipe shows, nothing of it
    without pretraining, and the finetuning pairs at pairs_path, else those that its card names, if they are
    still there and unchanged. asked: as Provenance takes it.
    """
    card, _ = read_card(params_path)
    pairs_path = pairs_path or find_input(card, "finetune_corpus_path")
    pairs = read_pairs(corpus, pairs_path).pairs if pairs_path else None
    is_pretrained = not card or card.get("function") != "finetune" or "reading_params_path" in card["inputs"]
    return Provenance(corpus.data, find_reach(corpus, recipe) if is_pretrained else 0, pairs, asked)
