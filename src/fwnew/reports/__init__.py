"""What fwnew prints when it is done: text for people, dictionaries for programs."""
