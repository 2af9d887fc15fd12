"""Read and write text: files, formats, vocabulary, documents and their titles."""
