"""Record one training or evaluation: its options, its model and its card."""
