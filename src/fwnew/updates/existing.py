"""An existing project: its folder in a git repository, and the template that it records."""

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from fwnew.errors import GitError, GitMissingError, UsageError
from fwnew.questions.types import YAML_ERRORS, why_not_yaml
from fwnew.sources import bundle, source, trust
from fwnew.sources.address import identity, is_carried
from fwnew.sources.source import Source
from fwnew.sources.versions import Versions, newest, same, versions_of
from fwnew.system.git import configured, enclosing, git

ANSWERS = ".copier-answers.yml"
NEEDS_GIT = "updates need one: git init && git add -A && git commit -m Start"
CHECK_OUT = "check out all of the project: git sparse-checkout disable"

Row = tuple[str, str]
"""A file in git: its mode and the hash of its blob."""


@dataclass(frozen=True)
class Place:
    """A folder in a git repository; `prefix` is the path from `top` to it, such as `services/digits/`."""

    root: Path
    top: Path
    prefix: str

    @property
    def git_dir(self) -> Path:
        """The git folder of this working tree, also in a linked worktree or a submodule."""
        return Path(git("rev-parse", "--absolute-git-dir", cwd=self.root).removesuffix("\n"))

    def git_path(self, name: str) -> Path:
        """Return the path of a file in the git folder."""
        printed = git("rev-parse", "--path-format=absolute", "--git-path", name, cwd=self.root)
        return Path(printed.removesuffix("\n"))

    def head(self) -> str:
        """Return the hash of the commit that is checked out."""
        return git("rev-parse", "HEAD", cwd=self.root).strip()

    def committed(self) -> dict[str, Row]:
        """Return every file of the folder in the last commit."""
        return tree_rows(git("ls-tree", "-r", "-z", "HEAD", cwd=self.root))

    def staged(self) -> dict[str, dict[int, Row]]:
        """Return every file of the folder in the index, by stage; stage 0 means no conflict."""
        return staged_rows(git("ls-files", "--stage", "-z", cwd=self.root))

    def left_out(self) -> dict[str, Row]:
        """Return the files that the index holds and a sparse checkout leaves out of the folder."""
        if configured("--type=bool", "core.sparseCheckout", cwd=self.root) != "true":
            return {}
        lines = git("ls-files", "-t", "--stage", "-z", cwd=self.root).split("\0")[:-1]
        skipped = staged_rows("".join(f"{line[2:]}\0" for line in lines if line.startswith("S ")))
        return {path: rows[0] for path, rows in skipped.items() if not os.path.lexists(self.root / path)}


@dataclass(frozen=True)
class Existing(Place):
    """A project on disk, in a git repository."""

    template: Source  # at the version that the project records
    answers: Mapping[str, Any]
    versions: Versions

    @property
    def version(self) -> str:
        return str(self.template.ref)

    @property
    def newest(self) -> str:
        """The newest version, by the project's own tag if both tags name one commit."""
        latest = newest(self.versions) or self.version
        return self.version if self.is_same(latest, self.version) else latest

    def is_same(self, one: str, other: str) -> bool:
        """Return whether two tags name one commit; Copier may record either."""
        return same(self.versions, one, other)


def tree_rows(printed: str) -> dict[str, Row]:
    """Parse the output of `git ls-tree -r -z` into rows by path."""
    found = {}
    for line in printed.split("\0")[:-1]:
        meta, _, path = line.partition("\t")
        mode, _, blob = meta.split(" ")
        found[path] = (mode, blob)
    return found


def staged_rows(printed: str) -> dict[str, dict[int, Row]]:
    """Parse the output of `git ls-files --stage -z` into rows by path and stage."""
    found = dict[str, dict[int, Row]]()
    for line in printed.split("\0")[:-1]:
        meta, _, path = line.partition("\t")
        mode, blob, stage = meta.split(" ")
        found.setdefault(path, {})[int(stage)] = (mode, blob)
    return found


def locate(folder: Path) -> Place:
    """Return where a folder lies in its repository.

    Raises UsageError when the folder or its repository does not exist, or when the repository has no commit.
    """
    if not folder.is_dir():
        raise UsageError(f"the folder {folder} does not exist", "name the folder of a project")
    root = folder.resolve()
    top = enclosing(root)
    if top is None:
        if "ownership" in (reason := _refusal(root)):
            whose = reason.partition(" at ")[2].strip("'") or str(root)
            raise UsageError(reason, f"if you trust it: git config --global --add safe.directory {shlex.quote(whose)}")
        if not (root / ANSWERS).exists():
            raise _not_a_project(root)
        raise UsageError(f"{root} is not in a git repository", NEEDS_GIT)
    try:
        git("rev-parse", "--verify", "--quiet", "HEAD", cwd=root)
    except GitMissingError:
        raise
    except GitError as error:
        raise UsageError(f"the repository {top} has no commit yet", "git add -A && git commit -m Start") from error
    return Place(root, top, git("rev-parse", "--show-prefix", cwd=root).removesuffix("\n"))


def existing(folder: Path) -> Existing:
    """Return the project in a folder.

    Raises UsageError when the folder is not a project in a git repository, when its answers file is broken, or when
    its template is not allowed; TemplateError or GitError when the template cannot be read.
    """
    if not folder.is_dir():
        raise UsageError(f"the folder {folder} does not exist", "name the folder of a project")
    recorded = _recorded(folder.resolve())
    place = locate(folder)
    url, version = _address(recorded, place.root)
    if not trust.read().allows(url):
        raise trust.refusal(url)
    versions = _versions(url)
    if version not in versions:
        raise _unknown_version(version, url, versions)
    answers = {name: value for name, value in recorded.items() if not name.startswith("_")}
    template = Source(url, identity(url), version)
    return Existing(place.root, place.top, place.prefix, template, answers, versions)


def recorded_version(folder: Path) -> str:
    """Return the template version that a project records, or an empty string.

    Raises UsageError when its answers file is missing or broken.
    """
    return str(_recorded(folder).get("_commit") or "")


def require_clean(project: Place) -> None:
    """Raise UsageError unless the project's folder has no uncommitted changes and is writable."""
    options = ("--porcelain", "-z", "--no-renames", "--untracked-files=normal")
    if changed := git("--no-optional-locks", "status", *options, "--", ".", cwd=project.root).split("\0")[:-1]:
        some = ", ".join(line[3:] for line in changed[:3]) + (" ..." if len(changed) > 3 else "")
        raise UsageError(f"there are uncommitted changes: {some}", "commit or stash them first")
    for place in (project.root, project.git_path("index").parent):
        if not os.access(place, os.W_OK | os.X_OK):
            raise UsageError(f"{place} is not writable", "check its owner and permissions")


def _refusal(root: Path) -> str:
    try:
        return git("rev-parse", "--show-toplevel", cwd=root)
    except GitError as error:
        return error.message


def _recorded(root: Path) -> dict[str, Any]:
    file = root / ANSWERS
    hint = f"restore it: git checkout HEAD -- {ANSWERS}"
    try:
        content = yaml.safe_load(file.read_text("utf-8"))
    except FileNotFoundError as error:
        if ANSWERS in Place(root, root, "").left_out():
            raise UsageError(f"{ANSWERS} is not checked out", CHECK_OUT) from error
        raise _not_a_project(root) from error
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
    except YAML_ERRORS as error:
        raise UsageError(f"{file} is broken: {why_not_yaml(error)}", hint) from error
    if not isinstance(content, dict) or not all(isinstance(name, str) for name in content):
        raise UsageError(f"{file} is broken: it holds no answers", hint)
    return content


def _not_a_project(root: Path) -> UsageError:
    return UsageError(
        f"{root} is not a project: it has no {ANSWERS}", "change to a project, or create one: fwnew new DEST"
    )


def _address(recorded: Mapping[str, Any], root: Path) -> tuple[str, str]:
    url, version = recorded.get("_src_path"), recorded.get("_commit")
    for name, value in (("_src_path", url), ("_commit", version)):
        if not isinstance(value, str) or not value.strip():
            hint = "a project from a template without versions cannot be updated"
            raise UsageError(f"{root / ANSWERS} has no {name}", hint)
        if value.startswith("-"):
            raise UsageError(f"{root / ANSWERS} has an invalid {name} '{value}'", "restore it from git")
    return str(url), str(version)


def _versions(url: str) -> Versions:
    if is_carried(url):
        return bundle.carried_versions()
    source.find(url)  # raises an error that says what is wrong with an address
    return versions_of(identity(url))


def _unknown_version(version: str, url: str, versions: Versions) -> UsageError:
    from packaging.version import InvalidVersion, Version

    latest = newest(versions)
    try:
        if latest and Version(version) > Version(latest):
            message = f"the project has version {version}, but the newest of the template {url} is {latest}"
            return UsageError(message, "upgrade fwnew" if is_carried(url) else "fetch the newer template")
    except InvalidVersion:
        pass
    hint = f"it has {', '.join(versions)}" if versions else "ask its maintainers to tag a version"
    return UsageError(f"the template {url} has no version {version}", hint)
