"""How a project stands to its template: behind it, drifted from it, or as it should be."""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatch

from fwnew.template.git import git
from fwnew.template.merge import Workshop, workshop
from fwnew.template.project import Existing
from fwnew.template.update import given_tree

OWNED = (".copier-answers.yml", "constraints.txt", "LICENSE")
"""Files that stay the template's: a project that changes one has drifted. Every other file that it gives is seeded: it
is yours from the first day, and an update merges. All that it does not give is yours alone."""

MISSING, DRIFTED = "missing", "drifted"


@dataclass(frozen=True)
class Checked:
    """What a check found: the owned files that are missing or drifted, the seeded ones that you changed or deleted."""

    project: Existing
    owned: Mapping[str, str]
    changed: tuple[str, ...]
    deleted: tuple[str, ...]
    healed: tuple[str, ...] = ()

    @property
    def behind(self) -> bool:
        return self.project.newest != self.project.version

    @property
    def fine(self) -> bool:
        return not self.behind and not self.owned


def check(project: Existing, *, fix: bool = False) -> Checked:
    """Compare a project, as it lies there, with what its template gives for its version and answers.

    With `fix`, every owned file is restored that is missing, or that holds no line of yours.
    """
    with workshop(project.top) as shop:
        tree = given_tree(shop, project)
        given = shop.files(tree)
        present = _blobs(project, [path for path in given if (project.root / path).is_file()])
        missing = [path for path in given if path not in present]
        differing = [path for path, blob in present.items() if blob != given[path][1]]
        owned = {path: MISSING for path in missing if is_owned(path)}
        owned |= {path: DRIFTED for path in differing if is_owned(path)}
        healed = tuple(path for path in owned if fix and _heal(shop, tree, project, path))
    return Checked(
        project,
        {path: state for path, state in owned.items() if path not in healed},
        tuple(path for path in differing if not is_owned(path)),
        tuple(path for path in missing if not is_owned(path)),
        healed,
    )


def is_owned(path: str) -> bool:
    return any(fnmatch(path, pattern) for pattern in OWNED)


def _blobs(project: Existing, paths: list[str]) -> dict[str, str]:
    """The blob that each file would be if it were committed now."""
    printed = git("hash-object", "--stdin-paths", cwd=project.root, stdin="".join(f"{path}\n" for path in paths))
    return dict(zip(paths, printed.split(), strict=True))


def _heal(shop: Workshop, tree: str, project: Existing, path: str) -> bool:
    from fwnew.template import whole

    given = shop.git("show", f"{tree}:{path}").encode("utf-8", "surrogateescape")
    file = project.root / path
    if file.exists() and set(file.read_bytes().splitlines()) - set(given.splitlines()):
        return False  # somebody wrote something there
    whole.replace(file, given)
    return True
