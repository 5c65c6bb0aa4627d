"""The merge of three trees: what the template gave, what it gives now, and what the project is now.

Git merges them and finds renames. It works in a scratch repository that borrows the project's objects, and only reads
the project's own.
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

# A person's git settings must change neither these trees nor their merge.
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
"""The versions of a path in conflict, by stage: 1 before, 2 yours, 3 the template's."""


@dataclass(frozen=True)
class Note:
    """A file that a person should look at, and why."""

    path: str
    kind: Literal["conflict", "binary", "kept", "left out", "in the way", "import"]
    says: str


@dataclass(frozen=True)
class Merged:
    """The result of a merge: the tree, the notes on its files, and the paths that are still in conflict."""

    tree: str
    notes: tuple[Note, ...] = ()
    conflicts: dict[str, Stages] = field(default_factory=dict)
    left_out: dict[str, Row] = field(default_factory=dict)
    """Files that the template changed and the project had deleted."""


@dataclass(frozen=True)
class ScratchRepository:
    """A bare repository in which trees are made and merged."""

    folder: Path
    root: Path  # of the project: the name of a new file must be free there, too

    def git(self, *arguments: str, variables: Mapping[str, str] = MappingProxyType({}), **options: Any) -> str:
        # With GIT_DIR, git does not search: a person may have forbidden it to find bare repositories.
        settings = NO_SETTINGS | {"GIT_DIR": str(self.folder)} | dict(variables)
        return git(*OWN_SETTINGS, *arguments, cwd=self.folder, variables=settings, **options)

    def tree_of(self, rendered: Path) -> str:
        """Return the tree of a rendered project, ignored files included."""
        index = {"GIT_INDEX_FILE": str(self.folder / "rendered.index")}
        # With the person's settings, which may define a filter that the template names, such as Git LFS's.
        work_tree = {**index, "GIT_DIR": str(self.folder), "GIT_WORK_TREE": str(rendered), "GIT_ATTR_NOSYSTEM": "1"}
        git(*OWN_SETTINGS, "add", "--all", "--force", ".", cwd=rendered, variables=work_tree)
        tree = self.git("write-tree", variables=index).strip()
        (self.folder / "rendered.index").unlink()
        return tree

    def commit(self, tree: str, *parents: str) -> str:
        options = [option for parent in parents for option in ("-p", parent)]
        return self.git("commit-tree", tree, *options, "-m", "fwnew").strip()

    def renamed(self, tree: str, renames: Mapping[str, str], template: str) -> str:
        """Return a tree with the new paths of the files that the template renamed."""
        files, given = self.files(tree), self.files(template)
        moved = {
            old: new
            for old, new in renames.items()
            if old in files and old not in given and new in given and new not in files
        }
        return self.changed(tree, moved.keys(), {new: files[old] for old, new in moved.items()})

    def texts(self, tree: str, suffix: str) -> dict[str, str]:
        """Return the text of each file with that suffix; bytes that are not UTF-8 become surrogate escapes."""
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
        """Merge `yours` and `template`, which both come from `before`.

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
        """Return a tree without the removed paths, and with the added ones."""
        lines = [f"0 {'0' * len(tree)}\t{path}" for path in removed]
        lines += [f"{mode} {blob} 0\t{path}" for path, (mode, blob) in added.items()]
        index = {"GIT_INDEX_FILE": str(self.folder / "changed.index")}
        self.git("read-tree", tree, variables=index)
        self.git("update-index", "-z", "--index-info", stdin="".join(f"{line}\0" for line in lines), variables=index)
        return self.git("write-tree", variables=index).strip()

    def files(self, tree: str) -> dict[str, Row]:
        """Return every file of a tree."""
        return tree_rows(self.git("ls-tree", "-r", "-z", tree))

    def _settled(self, tree: str, stages: dict[str, Stages], binary: set[str]) -> Merged:
        """Resolve the conflicts that need no editing, such as a file that one side deleted, or a binary file."""
        notes, removed = list[Note](), list[str]()
        added, kept, left_out = dict[str, Row](), dict[str, Row](), dict[str, Row]()
        files = self.files(tree)
        for path, versions in list(stages.items()):
            if path == ANSWERS and {2, 3} <= versions.keys():
                other = name_beside(self.root, path, YOURS, files)
                notes.append(Note(path, "binary", f"both changed it: the template's stays, yours is {other}"))
                added |= {path: versions[3], other: versions[2]}
            elif versions.keys() == {1}:
                pass  # both sides renamed it: the two new names follow
            elif versions.keys() == {3}:
                notes.append(Note(path, "kept", "you and the template renamed this file differently: both stay"))
            elif 3 not in versions and path in files:
                kept[path] = versions[2]
            elif 2 not in versions and 1 in versions:
                if not path.endswith(f"~{TEMPLATE}"):  # otherwise your file gets a note that it is kept
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
            own = path.removesuffix(f"~{YOURS}")  # git renames yours when something else of the template takes its path
            if own == path:
                turned = f"{path}~{TEMPLATE}" in removed
                gone = "the template no longer has it, and you changed it"
                why = "you replaced it by something else" if turned else gone
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
    """Create a temporary repository that borrows the project's objects."""
    with disk.explain_full_disk(), tempfile.TemporaryDirectory(prefix="fwnew-") as name:
        folder = Path(name, "scratch.git")
        kind = git("rev-parse", "--show-object-format", cwd=place.root).strip()
        git("init", "--quiet", "--bare", "--template=", f"--object-format={kind}", str(folder), cwd=Path(name))
        (folder / "objects" / "info").mkdir(exist_ok=True)
        (folder / "objects" / "info" / "alternates").write_bytes(quoted(place.git_path("objects")) + b"\n")
        yield ScratchRepository(folder, place.root)


def _parsed(printed: str) -> tuple[str, dict[str, Stages], set[str]]:
    """Parse the output of `git merge-tree -z`: the tree, the versions in conflict by path, the binary files."""
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
