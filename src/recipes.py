"""Every hyperparameter, in one table.

`handout` is the assignment's own recipe: span corruption, two hours of GPU. `fast` stores the same
facts in minutes on two CPU cores: title-conditioned span prediction of the spans that the training
questions ask for, in the frame of those questions, with Muon. `quick` is a smoke run of a small model that learns next to nothing.

A stage's row is what TrainerConfig takes, `every_stage` is added to it. The cosine, or line, of the
learning rate ends after `final_epochs` passes over the corpus, or, with None, at the stage's end.
A recipe with `masking` pretrains on a TitleDataset instead of a CharCorruptionDataset.
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
        "final_epochs": 200,
    },
    "fast": {
        "model": dict(
            **dict(block_size=128, n_layer=4, n_head=8, n_embd=256),
            **dict(embd_pdrop=0.0, resid_pdrop=0.0, attn_pdrop=0.0),
        ),
        "masking": "learned",
        "pretrain": dict(
            max_epochs=12, batch_size=64, optimizer="muon", matrix_learning_rate=0.02, learning_rate=3e-3
        ),
        "finetune_from_scratch": dict(max_epochs=4, batch_size=64, learning_rate=5e-4),
        "finetune_pretrained": dict(max_epochs=2, batch_size=64, learning_rate=3e-5),
        "every_stage": dict(
            lr_decay=True, linear_to_zero=True, warmup_tokens=20 * 64 * 127, micro_batch_size=32
        ),
        "final_epochs": None,
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


def trainer_config(recipe, stage, n_documents, n_examples, budget=1.0, **overrides):
    """The TrainerConfig of a recipe's stage.

    n_documents, n_examples: len of the pretraining dataset and of the stage's own.
    budget: multiplies the recipe's epochs, rounded, at least 1.
    overrides: TrainerConfig fields; those that are None are passed over.
    """
    table = RECIPES[recipe]
    given = {name: value for name, value in overrides.items() if value is not None}
    settings = {**table["every_stage"], **table[stage]}
    settings["max_epochs"] = max(1, round(budget * settings["max_epochs"]))
    settings.update(given)
    block_size = table["model"]["block_size"]
    if table["final_epochs"]:
        final_tokens = table["final_epochs"] * n_documents * block_size
    else:
        final_tokens = settings["max_epochs"] * n_examples * (block_size - 1)
    return TrainerConfig(**{"final_tokens": final_tokens, **settings})
