"""A project's files as git sees them: what git would commit now, and what the index holds."""

import os
import time
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from fwnew.errors import FwnewError, GitError
from fwnew.system.git import git
from fwnew.updates.existing import Place, Row, staged_rows, tree_rows
from fwnew.updates.work_tree import ancestors

PATIENCE = 5.0  # seconds for another git to finish


def quoted(path: Path) -> bytes:
    """Quote a path for git, in lists with one path on each line or with colons."""
    return b'"' + b"".join(b"\\%03o" % byte for byte in os.fsencode(path)) + b'"'


def cleaned(place: Place, wanted: Mapping[str, Row], scratch: Path, work_tree: Path | None = None) -> dict[str, Row]:
    """Return what git would commit for each wanted path that is a file now, whatever its flags in the index.

    Paths start at the project. A file with exactly the bytes of its wanted row gets that row, even if git's filters
    would change the bytes now. `scratch` is a bare repository for the objects. `work_tree` may be a copy of the
    repository's own.
    """
    tree = work_tree or place.top
    full = {f"{place.prefix}{path}": path for path in wanted}
    present = [path for path in full if (tree / path).is_symlink() or (tree / path).is_file()]
    index = scratch / "cleaned.index"
    variables = {
        "GIT_DIR": str(place.git_dir),
        "GIT_WORK_TREE": str(tree),
        "GIT_INDEX_FILE": str(index),
        "GIT_OBJECT_DIRECTORY": str(scratch / "objects"),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": os.fsdecode(quoted(place.git_path("objects"))),
    }
    load_project(place, variables)
    add = ("-c", "core.safecrlf=false", "update-index", "-z", "--add", "--replace", "--stdin")
    git(*add, cwd=tree, stdin="".join(f"{path}\0" for path in present), variables=variables)
    found = staged_rows(git("ls-files", "--stage", "-z", cwd=tree, variables=variables))
    index.unlink()
    rows = {full[path]: found[path][0] for path in present}
    turned = [path for path in present if rows[full[path]][1] != wanted[full[path]][1]]
    turned = [path for path in turned if not (tree / path).is_symlink()]
    if not turned:
        return rows
    names = "".join(f"{os.fsdecode(quoted(Path(path)))}\n" for path in turned)
    blobs = git("hash-object", "--no-filters", "--stdin-paths", cwd=tree, stdin=names, variables=variables).split()
    for path, blob in zip(turned, blobs, strict=True):
        if blob == wanted[full[path]][1]:
            rows[full[path]] = (rows[full[path]][0], blob)
    return rows


def load_project(place: Place, variables: Mapping[str, str], tree: str = "") -> None:
    """Read a tree of the project, by default the committed one, into an index, with the .gitattributes above it."""
    at = [f"--prefix={place.prefix}"] if place.prefix else []
    git("read-tree", *at, tree or f"HEAD:{place.prefix}", cwd=place.top, variables=variables)
    above = [f"{folder}/.gitattributes".removeprefix("./") for folder in Path(place.prefix).parents]
    if place.prefix:
        attributes = git("ls-tree", "-z", "HEAD", "--", *above, cwd=place.top)
        lines = "".join(f"{mode} {blob}\t{path}\0" for path, (mode, blob) in tree_rows(attributes).items())
        git("update-index", "-z", "--index-info", cwd=place.top, stdin=lines, variables=variables)


def write_index(
    place: Place,
    entries: Iterable[tuple[str, dict[int, Row]]],
    variables: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Replace all entries of these paths, by stage, in the index or in one that `variables` names.

    Raises FwnewError or GitError when another git keeps the index locked.
    """
    zero = "0" * len(place.head())
    lines = []
    for path, rows in entries:
        lines.append(f"0 {zero}\t{place.prefix}{path}")
        lines += [f"{mode} {blob} {stage}\t{place.prefix}{path}" for stage, (mode, blob) in sorted(rows.items())]
    printed, deadline = "".join(f"{line}\0" for line in lines), time.monotonic() + PATIENCE
    while lines:
        try:
            git("update-index", "-z", "--index-info", cwd=place.top, stdin=printed, variables=variables)
            return
        except GitError as error:
            if "index.lock" not in error.message or time.monotonic() > deadline:
                raise
        wait_for_index(place)


def obstructed(staged: Collection[str], paths: Collection[str]) -> set[str]:
    """Return the paths where a file in the index would displace another entry, above or below it."""
    others = set(staged) - set(paths)
    above = {folder for path in others for folder in ancestors(path)}
    return {path for path in paths if path in above or any(folder in others for folder in ancestors(path))}


def wait_for_index(place: Place) -> None:
    """Wait until no other git has locked the index. Raises FwnewError after a few seconds."""
    lock = place.git_path("index.lock")
    deadline = time.monotonic() + PATIENCE
    while lock.exists():
        if time.monotonic() > deadline:
            raise FwnewError(f"another git is running: {lock} exists", "if no git is running, remove that file")
        time.sleep(0.05)
