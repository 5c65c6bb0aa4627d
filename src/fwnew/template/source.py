"""Where the template comes from, and which version of it."""

import os
import re
import shlex
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fwnew.errors import GitError, GitMissingError, TemplateError, UsageError
from fwnew.template import whole
from fwnew.template.git import enclosing, git

PACKAGED = Path(__file__).with_name("template.bundle")

# Written into every project, with the tilde and on every system, so that `copier update` finds it for every
# colleague who has fwnew.
INSTALLED = "~/.local/share/fwnew/template.bundle"

GIT_URL = re.compile(r"^(git@|git://|git\+|gh:|gl:|https://github\.com/|https://gitlab\.com/)|\.git$")
# No option, and no `helper::` that makes git run a program.
ADDRESS = re.compile(r"file:///.+|(https?|ssh|git)://[^/]+/.+|(\w[\w.-]*@)?\w[\w.-]*:(?!:|//).+")
HOSTS = {"gh:": "https://github.com/", "gl:": "https://gitlab.com/"}

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
        return self.url == INSTALLED


def find(template: str | None = None) -> Source:
    """The template of that name, a git URL or a folder; without a name, the template that fwnew carries.

    Raises UsageError when it is neither, TemplateError or GitError when it cannot be read.
    """
    if not template or is_carried(template):
        return Source(INSTALLED, str(PACKAGED), newest(packaged_versions()))
    if place := here(template):
        return _local_source(template, place)
    url = url_for_git(template)
    try:
        return Source(template, url, newest(versions(url)) or "HEAD")
    except GitMissingError:
        raise
    except GitError as error:
        raise GitError(error.message, f"see whether this works: git ls-remote {shlex.quote(url)}") from error


def expanded(template: str) -> Path:
    """The path that a template's name may mean; `~nobody` is no error here."""
    return Path(os.path.expanduser(template))  # noqa: PTH111 - pathlib raises for ~nobody


def here(template: str) -> Path | None:
    """The real path of the folder or bundle of that name, if there is one on this machine.

    Raises UsageError when the name cannot be a path or leads nowhere.
    """
    try:
        return expanded(template).resolve() if expanded(template).exists() else None
    except (OSError, RuntimeError) as error:
        raise UsageError(f"the template '{template}' cannot be read: {error}") from error


def is_carried(template: str) -> bool:
    """Whether that is the name which projects record for the template that fwnew carries."""
    return expanded(template) == expanded(INSTALLED)


def identity(template: str) -> str:
    """One spelling for each source: the real path of what lies here, or the URL that git is given.

    Raises UsageError when it is neither.
    """
    place = here(template)
    return str(place) if place else url_for_git(template)


def url_for_git(template: str) -> str:
    """What git itself understands, also of Copier's abbreviations.

    Raises UsageError when it is no git URL, or holds a credential.
    """
    url = template.removeprefix("git+")
    for short, host in HOSTS.items():
        if template.startswith(short):
            url = host + template.removeprefix(short).strip("/").removesuffix(".git") + ".git"
    if not (GIT_URL.search(template) and ADDRESS.fullmatch(url)):
        raise UsageError(
            f"the template '{template}' is neither a folder nor a git URL",
            "write a URL in full, with .git at its end",
        )
    user, at, _ = url.partition("://")[2].partition("/")[0].rpartition("@")
    if at and (":" in user or url.startswith("http")):
        raise UsageError(
            "the template's URL holds a credential, and every project would record it",
            "take it out, and let a git credential helper supply it",
        )
    return url


@contextmanager
def opened(source: Source) -> Iterator[Path]:
    """A folder that holds the template's `copier.yml`, in the version that will be rendered.

    Raises GitError when the template cannot be fetched, TemplateError when it has no `copier.yml`.
    """
    place = Path(source.place)
    if place.is_dir() and source.ref in (None, "HEAD"):
        yield place  # Copier, too, renders what lies there, committed or not
        return
    with whole.room(), tempfile.TemporaryDirectory(prefix="fwnew-") as name:
        folder = Path(name)
        at_ref = [] if source.ref == "HEAD" else ["--branch", str(source.ref)]
        git("clone", "--no-checkout", "--depth=1", *at_ref, "--", source.place, "clone", cwd=folder)
        for file in ("copier.yml", "copier.yaml"):
            try:
                (folder / file).write_text(git("show", f"HEAD:{file}", cwd=folder / "clone"), "utf-8")
                break
            except GitError:
                continue
        yield folder


def versions(place: str | Path) -> Versions:
    """The versions that a repository or bundle holds; tags that are no PEP 440 version do not count.

    Raises GitError when git cannot read it.
    """
    from packaging.version import InvalidVersion, Version

    commits: dict[str, str] = {}
    for line in git("ls-remote", "--tags", "--", str(place)).splitlines():
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
    file = Path(INSTALLED).expanduser()
    if not file.exists():
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
    target = Path(INSTALLED).expanduser()
    whole.remove_leftovers(target.parent, ".template-")
    if PACKAGED.is_file() and target.is_file() and target.read_bytes() == PACKAGED.read_bytes():
        return False  # the usual case, without asking git
    ours, theirs = packaged_versions(), installed_versions()
    if ours.items() <= theirs.items():
        return False
    if not theirs.items() <= ours.items():
        raise TemplateError(
            f"{INSTALLED} holds versions that this fwnew does not know: {_difference(theirs, ours)}",
            "upgrade fwnew, or move that file away if nothing needs it",
        )
    whole.replace(target, PACKAGED.read_bytes())
    return True


def _difference(theirs: Versions, ours: Versions) -> str:
    return ", ".join(f"{tag} ({theirs[tag][:9]})" for tag in theirs if ours.get(tag) != theirs[tag])


def _local_source(template: str, place: Path) -> Source:
    # A relative path would mean something else where the project is updated.
    url = template if expanded(template).is_absolute() else str(place)
    if place.is_dir() and enclosing(place) != place:
        return Source(url, str(place), None)
    known = versions(place)
    if not known and not git("ls-remote", "--", str(place)):
        raise TemplateError(f"the template {template} is a git repository without a commit", "commit it first")
    return Source(url, str(place), newest(known) or "HEAD")
