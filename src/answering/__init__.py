"""From a question to an answer, and where the answer comes from."""
