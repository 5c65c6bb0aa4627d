"""Where the template comes from, and which version of it."""

import shlex
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fwnew.errors import GitError, GitMissingError, TemplateError
from fwnew.questions import config
from fwnew.sources import bundle
from fwnew.sources.address import INSTALLED, expanded, for_copier, here, is_carried, url_for_git
from fwnew.sources.versions import newest, refs, settings_for, versions_of
from fwnew.system import disk
from fwnew.system.git import enclosing, git, is_git_folder
from fwnew.system.git_settings import environment, neutral


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
        return Source(INSTALLED, str(bundle.PACKAGED), newest(bundle.packaged_versions()))
    if place := here(template):
        return _local_source(template, place)
    url = url_for_git(template)
    try:
        return Source(for_copier(template), url, newest(versions_of(url)) or "HEAD")
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
    place = bundle.holding(source.ref) if is_carried(source.url) else source.place
    if Path(place).is_dir() and source.ref in (None, "HEAD"):
        yield Path(place)  # Copier, too, renders what lies there, committed or not
        return
    with disk.explain_full_disk(), tempfile.TemporaryDirectory(prefix="fwnew-") as name, settings_for(place):
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


def facts(template: str | None = None) -> dict[str, str | list[str] | None]:
    """Which template would be used, and which versions of our own are carried and installed.

    Raises what `find` and `installed_versions` raise.
    """
    carried = list(versions_of(bundle.PACKAGED)) if bundle.PACKAGED.is_file() else []
    chosen = find(template) if template or carried else None
    return {
        "source": chosen.url if chosen else None,
        "newest": chosen.ref if chosen else None,
        "carried": carried,
        "installed": list(bundle.installed_versions()),
    }


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
        shutil.copyfile(bundle.holding(ref), place)
        with environment({"HOME": home, "USERPROFILE": home}), neutral(reaching=False):
            yield


def _local_source(template: str, place: Path) -> Source:
    # A relative path would mean something else where the project is updated.
    url = template if expanded(template).is_absolute() else str(place)
    at = str(place)
    if place.is_dir() and enclosing(place) != place:
        if not is_git_folder(place):
            return Source(url, at, None)
        at = place.as_uri()  # Copier takes the path of a bare repository for a plain folder
        url = f"git+{at}"
    known = versions_of(at)
    if not known and not refs(at):
        raise TemplateError(f"the template {template} is a git repository without a commit", "commit it first")
    return Source(url, at, newest(known) or "HEAD")
