"""Answer questions, and find where an answer comes from."""
