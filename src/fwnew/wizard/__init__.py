"""The questions on a terminal, and their order."""
