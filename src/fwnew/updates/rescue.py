"""Rescue commits, on no branch: a person's changes to the files of an update that is rolled back."""

import secrets
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from fwnew.system.git import git
from fwnew.updates.existing import Place, Row
from fwnew.updates.merge import OWN_SETTINGS

RESCUE = "refs/fwnew/rescue/"


def rescue_commit(place: Place, changed: Mapping[str, Path | None], staged: Mapping[str, Row]) -> str:
    """Commit these files, byte for byte, and return the new ref; the second parent holds what was staged."""
    parents = [place.head()]
    if staged:
        parents.append(_commit(place, staged, [], parents, "The index before an update was rolled back"))
    rows = {path: _blob(place, copy) for path, copy in changed.items() if copy}
    gone = [path for path, copy in changed.items() if copy is None]
    commit = _commit(place, rows, gone, parents, "The working tree before an update was rolled back")
    name = RESCUE + time.strftime("%Y%m%d-%H%M%S")
    taken = git("for-each-ref", "--format=%(refname)", f"{RESCUE}*", cwd=place.top).split()
    ref = next(each for each in (name, *(f"{name}-{number}" for number in range(2, 1000))) if each not in taken)
    git(*OWN_SETTINGS, "update-ref", ref, commit, "0" * len(commit), cwd=place.top)
    return ref


def _commit(place: Place, rows: Mapping[str, Row], gone: Sequence[str], parents: list[str], message: str) -> str:
    index = place.git_path(f"fwnew/rescue-{secrets.token_hex(4)}.index")
    variables = {"GIT_INDEX_FILE": str(index)}
    lines = [f"0 {'0' * len(parents[0])}\t{place.prefix}{path}" for path in gone]
    lines += [f"{mode} {blob} 0\t{place.prefix}{path}" for path, (mode, blob) in rows.items()]
    entries = "".join(f"{line}\0" for line in lines)
    try:
        git("read-tree", "HEAD", cwd=place.top, variables=variables)
        git("update-index", "-z", "--replace", "--index-info", cwd=place.top, stdin=entries, variables=variables)
        tree = git("write-tree", cwd=place.top, variables=variables).strip()
    finally:
        index.unlink(missing_ok=True)
    options = [option for parent in parents for option in ("-p", parent)]
    return git(*OWN_SETTINGS, "commit-tree", tree, *options, "-m", message, cwd=place.top).strip()


def _blob(place: Place, copy: Path) -> Row:
    link = copy.is_symlink()
    content = str(copy.readlink()) if link else copy.read_bytes().decode("utf-8", "surrogateescape")
    blob = git("hash-object", "-w", "--no-filters", "--stdin", cwd=place.top, stdin=content).strip()
    executable = not link and copy.stat().st_mode & 0o100
    return ("120000" if link else "100755" if executable else "100644", blob)
