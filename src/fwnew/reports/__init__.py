"""The reports of finished commands: text for people, dictionaries for programs."""
