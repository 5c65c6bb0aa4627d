"""What the user can put right: a missing file, a value that does not fit."""


class UserError(Exception):
    """Ends a verb with its sentence and exit code 1, wherever it was raised."""
