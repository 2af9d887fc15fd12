"""Load the model for a command: recipe, shape, weights, vocabulary, and what it has read."""

from answering.provenance import Provenance
from dataset import load_corpus, read_pairs
from model import GPT
from objectives.table import find_objective
from recipes import RECIPES, SIZE, default_recipe, model_config
from runs.model_card import find_card, find_input, read_card
from text.console import InputError, note
from text.files import fingerprint
from training.weights import load_parameters


def open_model(variant, corpus_path, recipe=None, params_path=None, trains=True):
    """Load (corpus, model, recipe): the pretraining dataset, a GPT for its vocabulary, with the
    parameters of a file if one is given, and the recipe's name.

    The recipe is the given one, else the card's of that file, else the variant's default. The shape
    is the card's, else the recipe's. trains: whether the model will be trained further, perhaps by
    another recipe. Raises InputError if these, the file and the corpus don't go together.
    """
    # Choose the recipe and the shape.
    card, problem = read_card(params_path) if params_path else (None, None)
    if problem:
        note(problem)
    if card:
        check_card(card, variant, recipe, params_path, trains)
    recipe = recipe or (card["recipe"] if card else default_recipe(variant))
    shape = {name: card["model"][name] for name in SIZE} if card else {}
    # Read the corpus, and compare it with the one that the model was trained on.
    block_size = {**RECIPES[recipe]["model"], **shape}["block_size"]
    corpus = load_corpus(corpus_path, block_size)
    if card and card["vocabulary"] != str(corpus.vocabulary):
        what = f"has different characters from the corpus of {params_path}"
        raise InputError(f"{corpus_path}: {what}: name the corpus it was pretrained on")
    if card and fingerprint(corpus_path) != card["inputs"]["corpus_path"]["fingerprint"]:
        note(f"{corpus_path}: not the file that {params_path} was trained with")
    # Make the model, and load its parameters.
    model = GPT(model_config(recipe, variant, corpus.vocab_size, **shape))
    # The synthesizer has one position less than the block.
    corpus.text_size = min(RECIPES[recipe].get("text_size", block_size), model.context_size + 1)
    if params_path:
        load_parameters(model, params_path)
    return corpus, model, recipe


def check_card(card, variant, recipe, params_path, trains):
    """Raise InputError if the variant or the recipe, or None, contradict the card."""
    if card["variant"] != variant:
        other = f"another attention variant: its card says {card['variant']}"
        raise InputError(f"{params_path}: parameters of {other}")
    if not recipe and card["recipe"] not in RECIPES:
        unknown = f"unknown recipe {card['recipe']!r}"
        raise InputError(f"{find_card(params_path)}: {unknown}: name one by --recipe")
    if recipe and recipe != card["recipe"] and not trains:
        made = f"{params_path} was trained with {card['recipe']!r}"
        raise InputError(f"--recipe {recipe}: {made}: leave --recipe out")


def open_trained(variant, corpus_path, params_path, pairs_path=None, recipe=None):
    """Load (corpus, model, recipe, provenance): open_model's, and the Provenance of what was read.

    A model has read what its pretraining shows of the corpus, if it had one, and the pairs at
    pairs_path, else those that the card names, if they are still there and unchanged. If the file
    of a pretraining is not, its recipe is taken to be the finetuning's.
    """
    corpus, model, recipe = open_model(variant, corpus_path, recipe, params_path, trains=False)
    card, _ = read_card(params_path)
    pairs_path = pairs_path or find_input(card, "finetune_corpus_path")
    pairs = read_pairs(corpus, pairs_path).pairs if pairs_path else None
    # Follow the cards to the pretraining, which may have had another recipe.
    while source := find_input(card, "reading_params_path"):
        card, _ = read_card(source)
    bare = card and card["function"] == "finetune" and "reading_params_path" not in card["inputs"]
    read_by = card["recipe"] if card and card["recipe"] in RECIPES else recipe
    reach = 0 if bare else find_objective(read_by).reach(corpus)
    return corpus, model, recipe, Provenance(corpus.data, reach, pairs)
