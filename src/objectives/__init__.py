"""What pretraining asks of the documents."""
