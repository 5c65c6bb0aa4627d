"""Everything that fwnew can refuse to do. Raised anywhere, caught once, in `cli.main`."""

from collections.abc import Iterable


class FwnewError(Exception):
    """It cannot be done: one sentence that says why, and a hint that says what to do."""

    exit_code = 1

    def __init__(
        self, message: str, hint: str = "", *, details: str = "", question: str = "", exit_code: int | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.question = question  # the one whose answer is wrong
        self.details = details  # shown before the message, such as the output of a failed step
        if exit_code is not None:
            self.exit_code = exit_code


class UsageError(FwnewError):
    """What was asked for makes no sense: another option, answer or folder is needed."""

    exit_code = 2


class TemplateError(FwnewError):
    """The template cannot be found, read or rendered."""


class UnwritableError(FwnewError):
    """A folder that a file belongs into cannot be written."""


class GitError(FwnewError):
    """Git refused."""


class GitMissingError(GitError):
    """There is no git."""


def follows_ctrl_c(error: BaseException | None) -> bool:
    """Whether Ctrl-C led to the error, such as a failed removal of a folder that git still writes to."""
    while error and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def nearest(word: str, possibilities: Iterable[str]) -> str:
    """`did you mean 'X'?`, or nothing when no possibility is near."""
    from difflib import get_close_matches

    spelled = {possible.lower(): possible for possible in possibilities}
    match = get_close_matches(word.lower(), list(spelled), n=1, cutoff=0.6)
    return f"did you mean '{spelled[match[0]]}'?" if match else ""
