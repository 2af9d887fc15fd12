"""Files and characters: reading and writing, formats, the vocabulary, documents and their titles."""
