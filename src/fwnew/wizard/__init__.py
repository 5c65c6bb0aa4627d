"""What is asked on a terminal, and in which order."""
