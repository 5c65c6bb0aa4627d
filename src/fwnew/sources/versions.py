"""The versions of a template: its tags that PEP 440 understands."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from fwnew.system.git import git
from fwnew.system.git_settings import neutral

Versions = Mapping[str, str]
"""Every version of a template (a PEP 440 tag), oldest first, with its commit."""


def versions_of(place: str | Path) -> Versions:
    """Return the versions of a repository or bundle, oldest first, without tags that are not PEP 440 versions.

    Raises GitError when git cannot read the place.
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
    """Return the newest final version, else the newest pre-release, else None. Copier chooses the same."""
    from packaging.version import Version

    final = [tag for tag in known if not Version(tag).is_prerelease]
    candidates = final or list(known)
    return candidates[-1] if candidates else None


def same(known: Versions, one: str, other: str) -> bool:
    """Return whether two tags name one commit, and so one version."""
    return one in known and known[one] == known.get(other)


def refs(place: str | Path, *options: str) -> str:
    with settings_for(place) as nowhere:
        return git("ls-remote", *options, "--", str(place), cwd=nowhere)


def settings_for(place: str | Path) -> AbstractContextManager[Path]:
    """Keep the person's settings that lead to a repository; a bundle, a local file, needs none."""
    return neutral(reaching=not Path(place).is_file())
