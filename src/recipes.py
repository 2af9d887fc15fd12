"""List every hyperparameter and objective in one table.

The table in README.md says what each recipe is meant for.

A row names its objective (objectives/table.py) and the model's shape. It may hold `examples`, the
settings of the objective, and for the finetuning of a pretrained model `reworded`, how questions
are asked in other words, and `replay`, the pretraining examples that are mixed in for each pair.
`text_size`: the characters to which a text is padded; its example has one position less. By default
it is the block size. A stage's row holds fields of TrainerConfig, as does `every_stage`, which all
stages share. The schedule of the learning rate ends after the stage's `final_epochs` epochs of the
corpus, or else one step after its last. Other epochs count a stage's own examples.
"""

from model import GPTConfig
from trainer import TrainerConfig

LONGEST_WARMUP = 0.2  # of a stage's tokens

SIZE = dict(block_size=128, n_layer=4, n_head=8, n_embd=256)  # the assignment's
NO_DROPOUT = dict(embd_pdrop=0.0, resid_pdrop=0.0, attn_pdrop=0.0)
MUON = dict(optimizer="muon", matrix_learning_rate=0.02, learning_rate=3e-3)
OURS = dict(lr_decay=True, schedule="linear", decay_vectors=False)
LARGE = dict(**OURS, warmup_tokens=20 * 64 * 127, micro_batch_size=32)
CLOZES = dict(cue_words=4, keep_word_prob=0.5, suffix_chars=2)
TEXT = {
    "objective": "clozes",
    "examples": dict(**CLOZES, prefix_chars=24, other_words_prob=0.25, lower_prob=0.15),
    "model": dict(**SIZE, **NO_DROPOUT),
    "pretrain": dict(max_epochs=40, batch_size=64, **MUON),
    "finetune_from_scratch": dict(max_epochs=8, batch_size=64, learning_rate=5e-4),
    "finetune_pretrained": dict(max_epochs=4, batch_size=64, learning_rate=1e-4),
    "every_stage": LARGE,
    "reworded": dict(share=0.5, lower_prob=0.2),
    "replay": 1,
}
HANDOUT = {
    "objective": "span_corruption",
    "model": SIZE,
    "pretrain": dict(max_epochs=650, batch_size=128, learning_rate=6e-3),
    "finetune_from_scratch": dict(max_epochs=75, batch_size=256, learning_rate=6e-4),
    "finetune_pretrained": dict(max_epochs=10, batch_size=256, learning_rate=6e-4),
    "every_stage": dict(lr_decay=True, warmup_tokens=512 * 20, final_epochs=200),
}

RECIPES = {
    "handout": HANDOUT,
    "handout2024": {
        **HANDOUT,
        "pretrain": dict(**HANDOUT["pretrain"], final_epochs=650),
        "text_size": 129,
    },
    "text": TEXT,
    "brief": {
        **TEXT,
        "examples": dict(**CLOZES, prefix_chars=14, other_words_prob=0.1, lower_prob=0.0),
        "pretrain": dict(max_epochs=20, batch_size=64, **MUON),
    },
    "fast": {
        "objective": "questions",
        "model": dict(**SIZE, **NO_DROPOUT),
        "pretrain": dict(max_epochs=12, batch_size=64, **MUON),
        "finetune_from_scratch": dict(max_epochs=4, batch_size=64, learning_rate=5e-4),
        "finetune_pretrained": dict(max_epochs=2, batch_size=64, learning_rate=1e-4),
        "every_stage": LARGE,
    },
    "quick": {
        "objective": "questions",
        "model": dict(block_size=128, n_layer=2, n_head=4, n_embd=128, **NO_DROPOUT),
        "pretrain": dict(max_epochs=80, batch_size=32, **MUON),
        "finetune_from_scratch": dict(max_epochs=20, batch_size=32, learning_rate=1e-3),
        "finetune_pretrained": dict(max_epochs=2, batch_size=32, learning_rate=3e-5),
        "every_stage": dict(**OURS, warmup_tokens=75 * 32 * 127),
    },
}


def default_recipe(variant):
    """Return the recipe of an attention variant for which no other is named."""
    return "handout2024" if variant == "rope" else "handout"


def model_config(recipe, variant, vocab_size, **shape):
    """Return the GPTConfig of a recipe for an attention variant. shape: fields that it replaces."""
    return GPTConfig(vocab_size, attention=variant, **{**RECIPES[recipe]["model"], **shape})


def trainer_config(recipe, stage, n_documents, n_examples, budget=None, **overrides):
    """Return the TrainerConfig of a recipe's stage.

    n_documents, n_examples: len of the corpus and of the stage's own dataset. With several examples
    a document, pretraining has larger batches, not more steps. budget: a factor of the recipe's
    epochs, rounded to 1 at least, and of its schedule. overrides: fields of TrainerConfig; None is
    skipped.
    """
    # Start from the stage's row.
    table = RECIPES[recipe]
    settings = {**table["every_stage"], **table[stage]}
    if stage == "pretrain":
        settings["batch_size"] *= max(1, round(n_examples / n_documents))
    if budget:
        settings["max_epochs"] = max(1, round(budget * settings["max_epochs"]))
    scale = settings["max_epochs"] / table[stage]["max_epochs"]
    settings.update((name, value) for name, value in overrides.items() if value is not None)
    # Place the ends of the schedule and of the warmup, in tokens.
    block_size = table["model"]["block_size"]
    positions = table.get("text_size", block_size) - 1  # of an example
    total = settings["max_epochs"] * n_examples * positions
    # A step after the last one, so that even a stage of a single step trains.
    final_tokens = total + settings["batch_size"] * positions
    if final_epochs := settings.pop("final_epochs", None):
        final_tokens = round(scale * final_epochs * n_documents * block_size)
    warmup_tokens = min(settings.pop("warmup_tokens"), LONGEST_WARMUP * total)
    ends = dict(final_tokens=final_tokens, warmup_tokens=warmup_tokens)
    return TrainerConfig(**{**ends, **settings})
