"""Three trees become one: what the template gave, what it gives now, and what the project has become.

Git merges them, and finds renames; it is told nothing else. All of it happens in a repository of its own, which
borrows the project's objects: the project's own is only read.
"""

import os
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from fwnew.errors import GitError
from fwnew.system import disk
from fwnew.system.git import git
from fwnew.updates.existing import ANSWERS, Place, Row, tree_rows
from fwnew.updates.tracked import quoted
from fwnew.updates.work_tree import name_beside

YOURS, TEMPLATE = "yours", "template"

# What a person set for their own repositories changes neither the trees that are made here nor how they are merged.
OWN_SETTINGS = [
    *("-c", "core.autocrlf=false"),
    *("-c", "core.safecrlf=false"),
    *("-c", "core.attributesFile=" + os.devnull),
    *("-c", "core.hooksPath=" + os.devnull),
    *("-c", "core.fsmonitor=false"),
    *([] if os.name == "nt" else ["-c", "core.fileMode=true", "-c", "core.symlinks=true"]),
    *("-c", "merge.directoryRenames=false"),  # a file that the user added stays where it was added
    *("-c", "user.name=fwnew"),
    *("-c", "user.email=fwnew@localhost"),
]
NO_SETTINGS = {
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_CONFIG_COUNT": "0",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_PARAMETERS": "",
    "GIT_DIFF_OPTS": "",
}

Stages = dict[int, Row]
"""The versions of a path in conflict by git's numbers (1 before, 2 yours, 3 the template's): mode and blob."""


@dataclass(frozen=True)
class Note:
    """What the merge could not simply do with a file."""

    path: str
    kind: Literal["conflict", "binary", "kept", "left out", "in the way", "import"]
    says: str


@dataclass(frozen=True)
class Merged:
    """The tree that comes out, what is to be said of it, and the paths that are still in conflict."""

    tree: str
    notes: tuple[Note, ...] = ()
    conflicts: dict[str, Stages] = field(default_factory=dict)
    left_out: dict[str, Row] = field(default_factory=dict)
    """What the template changed and the last commit does not hold."""


@dataclass(frozen=True)
class ScratchRepository:
    """The repository in which trees are made and merged."""

    folder: Path
    root: Path  # of the project: a new file needs a name that is free there, too

    def git(self, *arguments: str, variables: Mapping[str, str] = MappingProxyType({}), **options: Any) -> str:
        # The folder is named: a person may have told git not to look for bare repositories.
        settings = NO_SETTINGS | {"GIT_DIR": str(self.folder)} | dict(variables)
        return git(*OWN_SETTINGS, *arguments, cwd=self.folder, variables=settings, **options)

    def tree_of(self, rendered: Path) -> str:
        """A rendered project as a tree, ignored files and all."""
        index = {"GIT_INDEX_FILE": str(self.folder / "rendered.index")}
        # With the person's own settings: a template may name a filter, such as Git LFS's, that is defined there.
        work_tree = {**index, "GIT_DIR": str(self.folder), "GIT_WORK_TREE": str(rendered), "GIT_ATTR_NOSYSTEM": "1"}
        git(*OWN_SETTINGS, "add", "--all", "--force", ".", cwd=rendered, variables=work_tree)
        tree = self.git("write-tree", variables=index).strip()
        (self.folder / "rendered.index").unlink()
        return tree

    def commit(self, tree: str, *parents: str) -> str:
        options = [option for parent in parents for option in ("-p", parent)]
        return self.git("commit-tree", tree, *options, "-m", "fwnew").strip()

    def renamed(self, tree: str, renames: Mapping[str, str], template: str) -> str:
        """A tree with the names that the template now gives to some of its files."""
        files, given = self.files(tree), self.files(template)
        moved = {
            old: new
            for old, new in renames.items()
            if old in files and old not in given and new in given and new not in files
        }
        return self.changed(tree, moved.keys(), {new: files[old] for old, new in moved.items()})

    def texts(self, tree: str, suffix: str) -> dict[str, str]:
        """What the files of a tree hold that end so; bytes that are not UTF-8 survive as Python's escapes."""
        rows = {path: row for path, row in self.files(tree).items() if path.endswith(suffix) and row[0] != "120000"}
        asked = "".join(f"{blob}\n" for _, blob in rows.values())
        printed = self.git("cat-file", "--batch", stdin=asked).encode("utf-8", "surrogateescape")
        found = {}
        for path in rows:
            head, _, printed = printed.partition(b"\n")
            size = int(head.split()[-1])
            found[path] = printed[:size].decode("utf-8", "surrogateescape")
            printed = printed[size + 1 :]
        return found

    def merge(self, before: str, yours: str, template: str) -> Merged:
        """Merge two trees that come from a third.

        Raises GitError when git is older than 2.38.
        """
        base = self.commit(before)
        self.git("update-ref", f"refs/heads/{YOURS}", self.commit(yours, base))
        self.git("update-ref", f"refs/heads/{TEMPLATE}", self.commit(template, base))
        try:
            printed = self.git("merge-tree", "--write-tree", "-z", "--messages", YOURS, TEMPLATE, accepted=(0, 1))
        except GitError as error:
            if "usage" in error.message or "unknown option" in error.message:
                raise GitError("this git cannot merge trees", "install git 2.38 or newer") from error
            raise
        return self._settled(*_parsed(printed))

    def changed(self, tree: str, removed: Collection[str], added: Mapping[str, Row]) -> str:
        """A tree without some paths, and with others: mode and blob of each."""
        lines = [f"0 {'0' * len(tree)}\t{path}" for path in removed]
        lines += [f"{mode} {blob} 0\t{path}" for path, (mode, blob) in added.items()]
        index = {"GIT_INDEX_FILE": str(self.folder / "changed.index")}
        self.git("read-tree", tree, variables=index)
        self.git("update-index", "-z", "--index-info", stdin="".join(f"{line}\0" for line in lines), variables=index)
        return self.git("write-tree", variables=index).strip()

    def files(self, tree: str) -> dict[str, Row]:
        """Every file of a tree."""
        return tree_rows(self.git("ls-tree", "-r", "-z", tree))

    def _settled(self, tree: str, stages: dict[str, Stages], binary: set[str]) -> Merged:
        """What git leaves open and need not be: a file that one side deleted, and two versions of a binary file."""
        notes, removed = list[Note](), list[str]()
        added, kept, left_out = dict[str, Row](), dict[str, Row](), dict[str, Row]()
        files = self.files(tree)
        for path, versions in list(stages.items()):
            if path == ANSWERS and {2, 3} <= versions.keys():
                other = name_beside(self.root, path, YOURS, files)
                notes.append(Note(path, "binary", f"both changed it: the template's stays, yours is {other}"))
                added |= {path: versions[3], other: versions[2]}
            elif versions.keys() == {1}:
                pass  # each side calls it otherwise: the two new names follow
            elif versions.keys() == {3}:
                notes.append(Note(path, "kept", "the template's name for a file that you renamed: there are two now"))
            elif 3 not in versions and path in files:
                kept[path] = versions[2]
            elif 2 not in versions and 1 in versions:
                if not path.endswith(f"~{TEMPLATE}"):  # else what you made of it is named as kept
                    notes.append(Note(path, "left out", "you deleted it, and the template changed it"))
                    left_out |= {path: versions[3]} if 3 in versions else {}
                removed.append(path)
            elif path in binary and 3 in versions:
                other = name_beside(self.root, path, TEMPLATE, files)
                notes.append(Note(path, "binary", f"both changed it: yours stays, the template's is {other}"))
                added |= {path: versions[2], other: versions[3]}
            else:
                continue
            del stages[path]
        for path, version in kept.items():
            own = path.removesuffix(f"~{YOURS}")  # git steps aside for a file or folder of the template's
            if own == path:
                turned = f"{path}~{TEMPLATE}" in removed
                why = (
                    "you turned it into something else"
                    if turned
                    else "the template no longer has it, and you changed it"
                )
                notes.append(Note(path, "kept", why))
            elif any(f"{name}/".startswith(f"{own}/") for name in files.keys() - set(removed)):
                notes.append(Note(path, "kept", f"this is your {own}: the template has something else there"))
            else:
                notes.append(Note(own, "kept", "the template has something else there, and you changed it"))
                removed.append(path)
                added[own] = version
        notes += [Note(path, "conflict", "both changed the same lines") for path in stages]
        return Merged(self.changed(tree, removed, added), tuple(notes), stages, left_out)


@contextmanager
def scratch_repository(place: Place) -> Iterator[ScratchRepository]:
    """A repository that borrows the objects of another and goes at the end."""
    with disk.explain_full_disk(), tempfile.TemporaryDirectory(prefix="fwnew-") as name:
        folder = Path(name, "scratch.git")
        kind = git("rev-parse", "--show-object-format", cwd=place.root).strip()
        git("init", "--quiet", "--bare", "--template=", f"--object-format={kind}", str(folder), cwd=Path(name))
        (folder / "objects" / "info").mkdir(exist_ok=True)
        (folder / "objects" / "info" / "alternates").write_bytes(quoted(place.git_path("objects")) + b"\n")
        yield ScratchRepository(folder, place.root)


def _parsed(printed: str) -> tuple[str, dict[str, Stages], set[str]]:
    """The tree, the conflicting versions by path, and the paths of binary files, of what `git merge-tree -z` prints."""
    tree, *rest = printed.split("\0")
    stages = dict[str, Stages]()
    while rest and rest[0]:
        meta, _, path = rest.pop(0).partition("\t")
        mode, blob, stage = meta.split(" ")
        stages.setdefault(path, {})[int(stage)] = (mode, blob)
    binary, words = set[str](), iter(rest[1:])
    for count in words:
        if not count:
            break
        paths = [next(words) for _ in range(int(count))]
        kind, _ = next(words), next(words)
        if kind == "CONFLICT (binary)":
            binary |= set(paths)
    return tree, stages, binary
