"""One recorded training or evaluation: options, models, cards, checkpoints of a run."""
