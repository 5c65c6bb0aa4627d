"""The errors of fwnew: raised anywhere, caught once, in `cli`."""

from collections.abc import Iterable


class FwnewError(Exception):
    """A failure: one sentence that says why, and a hint that says what to do."""

    exit_code = 1

    def __init__(
        self, message: str, hint: str = "", *, details: str = "", question: str = "", exit_code: int | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.question = question  # the name of the question whose answer is wrong
        self.details = details  # shown before the message, such as the output of a failed step
        if exit_code is not None:
            self.exit_code = exit_code


class UsageError(FwnewError):
    """A request that cannot be met: another option, answer or folder is needed."""

    exit_code = 2


class TemplateError(FwnewError):
    """A template that cannot be found, read or rendered."""


class UnwritableError(FwnewError):
    """A file that cannot be written in its folder."""


class GitError(FwnewError):
    """A git command that failed."""


class GitMissingError(GitError):
    """A machine without git."""


def follows_ctrl_c(error: BaseException | None) -> bool:
    """Return whether Ctrl-C led to an error, such as a failed removal of a folder that git still writes to."""
    while error and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def nearest(word: str, possibilities: Iterable[str]) -> str:
    """Return `did you mean 'X'?`, or an empty string when no possibility is near."""
    from difflib import get_close_matches

    spelled = {possible.lower(): possible for possible in possibilities}
    match = get_close_matches(word.lower(), list(spelled), n=1, cutoff=0.6)
    return f"did you mean '{spelled[match[0]]}'?" if match else ""
