"""Files and characters: reading, writing, formats, vocabulary, documents and their titles."""
