"""The template that fwnew carries: a git bundle in this package, and its copy in the home folder.

Projects record the copy, so that `copier update` finds it without fwnew.
"""

from pathlib import Path

from fwnew.errors import GitError, TemplateError, UnwritableError
from fwnew.sources.address import INSTALLED, expanded
from fwnew.sources.versions import Versions, versions_of
from fwnew.system import disk

PACKAGED = Path(__file__).with_name("template.bundle")


def packaged_versions() -> Versions:
    """Return the versions that this installation of fwnew carries.

    Raises TemplateError when it carries none.
    """
    known = versions_of(PACKAGED) if PACKAGED.is_file() else {}
    if not known:
        raise TemplateError(
            "this installation of fwnew carries no template",
            "name one with --template SOURCE, or install a released version of fwnew",
        )
    return known


def installed_versions() -> Versions:
    """Return the versions of the copy in the home folder; none before the first use.

    Raises TemplateError when the copy cannot be read.
    """
    file = expanded(INSTALLED)
    if not disk.is_file(file):
        return {}
    try:
        return versions_of(file)
    except GitError as error:
        raise TemplateError(f"{INSTALLED} cannot be read: {error.message}", "move that file away") from error


def install() -> bool:
    """Copy the carried template to the home folder unless the copy there has all its versions.

    Returns whether it was copied. Raises TemplateError when the copy there has versions that ours lacks and lacks
    some of ours, FwnewError when it cannot be written.
    """
    target = expanded(INSTALLED)
    if not target.is_absolute():
        raise UnwritableError(f"{INSTALLED} cannot be written: there is no home folder", "set HOME")
    disk.remove_leftovers(target.parent, ".template-")
    if PACKAGED.is_file() and disk.is_file(target) and target.read_bytes() == PACKAGED.read_bytes():
        return False  # the usual case, without asking git
    if carried_versions() == installed_versions():
        return False
    disk.write_atomically(target, PACKAGED.read_bytes())
    return True


def carried_versions() -> Versions:
    """Return the versions that can be rendered without writing: the packaged ones and newer installed ones.

    Raises TemplateError when the two diverge, when the installed ones cannot be read, or when there are none.
    """
    theirs = installed_versions()
    ours = packaged_versions() if PACKAGED.is_file() or not theirs else {}
    if ours.items() <= theirs.items():
        return theirs
    if theirs.items() <= ours.items():
        return ours
    raise TemplateError(
        f"{INSTALLED} holds versions that this fwnew does not know: {_difference(theirs, ours)}",
        "upgrade fwnew, or move that file away if nothing needs it",
    )


def holding(ref: str | None) -> Path:
    """Return the bundle for a version of the carried template: the packaged one if it has that version."""
    installed = expanded(INSTALLED)
    packaged = versions_of(PACKAGED) if PACKAGED.is_file() else {}
    return installed if disk.is_file(installed) and ref not in packaged else PACKAGED


def _difference(theirs: Versions, ours: Versions) -> str:
    return ", ".join(f"{tag} ({theirs[tag][:9]})" for tag in theirs if ours.get(tag) != theirs[tag])
