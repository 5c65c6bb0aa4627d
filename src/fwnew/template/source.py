"""Where the template comes from, and which version of it."""

import shlex
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from fwnew.errors import GitError, GitMissingError, TemplateError, UnwritableError
from fwnew.template import config, whole
from fwnew.template.address import INSTALLED as INSTALLED
from fwnew.template.address import expanded, for_copier, here, url_for_git
from fwnew.template.address import identity as identity
from fwnew.template.address import is_carried as is_carried
from fwnew.template.git import enclosing, git, is_git_folder
from fwnew.template.neutral import environment, neutral

PACKAGED = Path(__file__).with_name("template.bundle")

Versions = Mapping[str, str]
"""Every version of a template (a PEP 440 tag), oldest first, with its commit."""


@dataclass(frozen=True)
class Source:
    """A template: `url` is what a project records, `place` is where it can be read right now."""

    url: str
    place: str
    ref: str | None  # None for a plain folder, which has no versions

    @property
    def is_default(self) -> bool:
        """Whether this is the template that fwnew carries."""
        return is_carried(self.url)


def find(template: str | None = None) -> Source:
    """The template of that name, a git URL or a folder; without a name, the template that fwnew carries.

    Raises UsageError when it is neither, TemplateError or GitError when it cannot be read.
    """
    if template is None or is_carried(template):
        return Source(INSTALLED, str(PACKAGED), newest(packaged_versions()))
    if place := here(template):
        return _local_source(template, place)
    url = url_for_git(template)
    try:
        return Source(for_copier(template), url, newest(versions(url)) or "HEAD")
    except GitMissingError:
        raise
    except GitError as error:
        raise GitError(error.message, f"see whether this works: git ls-remote {shlex.quote(url)}") from error


@contextmanager
def opened(source: Source) -> Iterator[Path]:
    """A folder that holds the template's questions in the version that will be rendered, and perhaps more of it.

    Raises GitError when the template cannot be fetched, TemplateError when it has no version.
    """
    # An update looks at several versions, and not every bundle has each.
    place = bundle(source.ref) if is_carried(source.url) else source.place
    if Path(place).is_dir() and source.ref in (None, "HEAD"):
        yield Path(place)  # Copier, too, renders what lies there, committed or not
        return
    with whole.room(), tempfile.TemporaryDirectory(prefix="fwnew-") as name, _settings_for(place):
        folder = Path(name)
        at_ref = [] if source.ref == "HEAD" else ["--branch", str(source.ref)]
        git("clone", "--no-checkout", "--depth=1", *at_ref, "--", str(place), "clone", cwd=folder)
        _check_out_questions(folder / "clone")
        yield folder / "clone"


def _check_out_questions(clone: Path) -> None:
    """Write `copier.yml` and what it includes; all files if there are links, which may lead to any."""
    git("read-tree", "HEAD", cwd=clone)
    wanted, seen = list(config.NAMES), set[str]()
    while wanted := [pattern for pattern in wanted if pattern not in seen]:
        seen.update(wanted)
        files = git("ls-files", "-z", "--", *(f":(top,glob){pattern}" for pattern in wanted), cwd=clone)
        git("checkout-index", "-z", "--stdin", cwd=clone, stdin=files)
        paths = [clone / file for file in files.split("\0") if file]
        if any(path.is_symlink() for path in paths):
            git("checkout-index", "--all", "--force", cwd=clone)
            return
        wanted = [pattern for path in paths for pattern in config.includes(path)]


def versions(place: str | Path) -> Versions:
    """The versions that a repository or bundle holds; tags that are no PEP 440 version do not count.

    Raises GitError when git cannot read it.
    """
    from packaging.version import InvalidVersion, Version

    commits: dict[str, str] = {}
    for line in _refs(place, "--tags").splitlines():
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


def packaged_versions() -> Versions:
    """The versions that this installation of fwnew carries.

    Raises TemplateError when it carries none.
    """
    known = versions(PACKAGED) if PACKAGED.is_file() else {}
    if not known:
        raise TemplateError(
            "this installation of fwnew carries no template",
            "name one with --template SOURCE, or install a released version of fwnew",
        )
    return known


def installed_versions() -> Versions:
    """The versions in the home folder, where projects look for them; none before the first use.

    Raises TemplateError when the file there cannot be read.
    """
    file = expanded(INSTALLED)
    if not whole.is_file(file):
        return {}
    try:
        return versions(file)
    except GitError as error:
        raise TemplateError(f"{INSTALLED} cannot be read: {error.message}", "move that file away") from error


def facts(template: str | None = None) -> dict[str, str | list[str] | None]:
    """Which template would be used, and which versions of our own are carried and installed.

    Raises what `find` and `installed_versions` raise.
    """
    carried = list(versions(PACKAGED)) if PACKAGED.is_file() else []
    chosen = find(template) if template or carried else None
    return {
        "source": chosen.url if chosen else None,
        "newest": chosen.ref if chosen else None,
        "carried": carried,
        "installed": list(installed_versions()),
    }


def install() -> bool:
    """Copy the carried template to the home folder if that lacks a version of ours. True when it was copied.

    Raises TemplateError when the copy there has other versions that ours lacks, FwnewError when it cannot be
    written.
    """
    target = expanded(INSTALLED)
    if not target.is_absolute():
        raise UnwritableError(f"{INSTALLED} cannot be written: there is no home folder", "set HOME")
    whole.remove_leftovers(target.parent, ".template-")
    if PACKAGED.is_file() and whole.is_file(target) and target.read_bytes() == PACKAGED.read_bytes():
        return False  # the usual case, without asking git
    if carried_versions() == installed_versions():
        return False
    whole.replace(target, PACKAGED.read_bytes())
    return True


def carried_versions() -> Versions:
    """The versions that can be rendered without writing anything: all that fwnew carries, and newer ones installed.

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


def bundle(ref: str | None) -> Path:
    """The bundle that holds a version of the carried template: the packaged one, unless only the installed one does."""
    installed = expanded(INSTALLED)
    packaged = versions(PACKAGED) if PACKAGED.is_file() else {}
    return installed if whole.is_file(installed) and ref not in packaged else PACKAGED


@contextmanager
def readable(url: str, ref: str | None) -> Iterator[None]:
    """What a project records can be read by Copier meanwhile, with nothing of the person's settings in the way.

    For the carried template, which may not be installed, that takes a home folder of its own.
    """
    if not is_carried(url):
        with neutral():
            yield
        return
    with tempfile.TemporaryDirectory(prefix="fwnew-") as home:
        place = Path(home, INSTALLED.removeprefix("~/"))
        place.parent.mkdir(parents=True)
        shutil.copyfile(bundle(ref), place)
        with environment({"HOME": home, "USERPROFILE": home}), neutral(reaching=False):
            yield


def _refs(place: str | Path, *options: str) -> str:
    with _settings_for(place) as nowhere:
        return git("ls-remote", *options, "--", str(place), cwd=nowhere)


def _settings_for(place: str | Path) -> AbstractContextManager[Path]:
    """Whatever leads to a repository; a bundle lies here, and needs nothing."""
    return neutral(reaching=not Path(place).is_file())


def _difference(theirs: Versions, ours: Versions) -> str:
    return ", ".join(f"{tag} ({theirs[tag][:9]})" for tag in theirs if ours.get(tag) != theirs[tag])


def _local_source(template: str, place: Path) -> Source:
    # A relative path would mean something else where the project is updated.
    url = template if expanded(template).is_absolute() else str(place)
    at = str(place)
    if place.is_dir() and enclosing(place) != place:
        if not is_git_folder(place):
            return Source(url, at, None)
        at = place.as_uri()  # Copier takes the path of a bare repository for a plain folder
        url = f"git+{at}"
    known = versions(at)
    if not known and not _refs(at):
        raise TemplateError(f"the template {template} is a git repository without a commit", "commit it first")
    return Source(url, at, newest(known) or "HEAD")
