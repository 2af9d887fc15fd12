"""Every hyperparameter, in one table.

`handout` is the assignment's own recipe; `quick` is a smoke run of a small model that shows that
everything works and learns next to nothing. A stage's row is what TrainerConfig takes;
`finetune_from_scratch` and `finetune_pretrained` differ in how long they train.
"""

from model import GPTConfig
from trainer import TrainerConfig

RECIPES = {
    "handout": {
        "model": dict(block_size=128, n_layer=4, n_head=8, n_embd=256),
        "pretrain": dict(max_epochs=650, batch_size=128, learning_rate=6e-3),
        "finetune_from_scratch": dict(max_epochs=75, batch_size=256, learning_rate=6e-4),
        "finetune_pretrained": dict(max_epochs=10, batch_size=256, learning_rate=6e-4),
        "every_stage": dict(lr_decay=True, warmup_tokens=512 * 20, num_workers=4),
        "final_epochs": 200,  # the cosine ends after this many passes over the corpus
    },
    "quick": {
        "model": dict(block_size=128, n_layer=2, n_head=2, n_embd=32),
        "pretrain": dict(max_epochs=1, batch_size=128, learning_rate=6e-3),
        "finetune_from_scratch": dict(max_epochs=2, batch_size=256, learning_rate=6e-3),
        "finetune_pretrained": dict(max_epochs=1, batch_size=256, learning_rate=6e-3),
        "every_stage": dict(lr_decay=True, warmup_tokens=512 * 20),
        "final_epochs": 1,
    },
}


def model_config(recipe, variant, vocab_size):
    """The GPTConfig of a recipe (a key of RECIPES) for an attention variant."""
    return GPTConfig(vocab_size, attention=variant, **RECIPES[recipe]["model"])


def trainer_config(recipe, stage, n_documents, **overrides):
    """The TrainerConfig of a recipe's stage.

    n_documents: len of the pretraining dataset, which sets the cosine's length in every stage.
    overrides: TrainerConfig fields; those that are None are passed over.
    """
    table = RECIPES[recipe]
    settings = {
        **table["every_stage"],
        **table[stage],
        "final_tokens": table["final_epochs"] * n_documents * table["model"]["block_size"],
        **{name: value for name, value in overrides.items() if value is not None},
    }
    return TrainerConfig(**settings)
