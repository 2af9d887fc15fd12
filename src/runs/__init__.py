"""One recorded training: its options, its model and the card beside its parameters."""
