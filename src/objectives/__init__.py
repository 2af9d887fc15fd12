"""Ask the documents, in pretraining, for what is to be learned."""
