"""The source of a template, and the version to render."""

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
    """A template: a project records `url`; git and Copier read it from `place` now."""

    url: str
    place: str
    ref: str | None  # None for a plain folder, which has no versions

    @property
    def is_default(self) -> bool:
        """Whether this is the template that fwnew carries."""
        return is_carried(self.url)


def find(template: str | None = None) -> Source:
    """Return the template at a git URL or a folder; by default the template that fwnew carries.

    Raises UsageError when the name is neither, TemplateError or GitError when the template cannot be read.
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
        raise GitError(error.message, f"check whether this works: git ls-remote {shlex.quote(url)}") from error


@contextmanager
def opened(source: Source) -> Iterator[Path]:
    """Yield a folder with the template's questions at the version to render; it may hold more of the template.

    Raises GitError when the template cannot be fetched, TemplateError when it has no version.
    """
    # An update reads several versions, and a bundle may lack one.
    place = bundle.holding(source.ref) if is_carried(source.url) else source.place
    if Path(place).is_dir() and source.ref in (None, "HEAD"):
        yield Path(place)  # Copier, too, renders uncommitted changes
        return
    with disk.explain_full_disk(), tempfile.TemporaryDirectory(prefix="fwnew-") as name, settings_for(place):
        folder = Path(name)
        at_ref = [] if source.ref == "HEAD" else ["--branch", str(source.ref)]
        git("clone", "--no-checkout", "--depth=1", *at_ref, "--", str(place), "clone", cwd=folder)
        _check_out_questions(folder / "clone")
        yield folder / "clone"


def _check_out_questions(clone: Path) -> None:
    """Check out `copier.yml` and what it includes; all files if one is a symlink, which may lead to any."""
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
    """Return the template that would be used, and the versions of our own that are carried and installed.

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
    """Let Copier read a recorded source, without a person's git settings.

    The carried template may not be installed: Copier gets a temporary home folder that has it.
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
    # A relative path would mean another folder when the project is updated.
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
