"""The versions of a template: its tags that PEP 440 understands."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from fwnew.system.git import git
from fwnew.system.git_settings import neutral

Versions = Mapping[str, str]
"""Every version of a template (a PEP 440 tag), oldest first, with its commit."""


def versions_of(place: str | Path) -> Versions:
    """The versions that a repository or bundle holds; tags that are not PEP 440 versions do not count.

    Raises GitError when git cannot read it.
    """
    from packaging.version import InvalidVersion, Version

    commits: dict[str, str] = {}
    for line in refs(place, "--tags").splitlines():
        commit, _, ref = line.partition("\t")
        # An annotated tag has two lines: its own, then `tag^{}` with its commit.
        commits[ref.removeprefix("refs/tags/").removesuffix("^{}")] = commit
    parsed: dict[str, Version] = {}
    for tag in commits:
        try:
            parsed[tag] = Version(tag)
        except InvalidVersion:
            continue
    return {tag: commits[tag] for tag in sorted(parsed, key=parsed.__getitem__)}


def newest(known: Versions) -> str | None:
    """The newest version: a final one if there is any, as Copier chooses."""
    from packaging.version import Version

    final = [tag for tag in known if not Version(tag).is_prerelease]
    candidates = final or list(known)
    return candidates[-1] if candidates else None


def same(known: Versions, one: str, other: str) -> bool:
    """Whether two tags name one commit, and so are one version."""
    return one in known and known[one] == known.get(other)


def refs(place: str | Path, *options: str) -> str:
    with settings_for(place) as nowhere:
        return git("ls-remote", *options, "--", str(place), cwd=nowhere)


def settings_for(place: str | Path) -> AbstractContextManager[Path]:
    """Whatever leads to a repository; a bundle lies here, and needs nothing."""
    return neutral(reaching=not Path(place).is_file())
