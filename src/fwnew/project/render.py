"""The rendering of a project: in a hidden folder next to the target, then moved there in one step."""

import atexit
import functools
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import yaml

from fwnew.errors import FwnewError, TemplateError, UsageError, follows_ctrl_c
from fwnew.project import first_commit
from fwnew.project.first_commit import Repository
from fwnew.project.target import check_target
from fwnew.questions.questions import Answers
from fwnew.questions.types import YAML_ERRORS
from fwnew.sources.source import Source, readable
from fwnew.system import disk
from fwnew.system.git_settings import environment


@dataclass(frozen=True)
class Project:
    """A project on disk."""

    path: Path
    files: tuple[str, ...]
    repository: Repository


def render(
    source: Source,
    answers: Answers,
    target: Path,
    extra_files: Mapping[str, str] = MappingProxyType({}),
    *,
    own_repository: bool = True,
) -> Project:
    """Create the project at the target, whole or not at all.

    `extra_files` are not the template's, and no update touches them. A file of the template wins over one of them.

    Raises UsageError when the target cannot be used, TemplateError when Copier fails, GitError when git does.
    """
    check_target(target)
    if source.ref is None and target.is_relative_to(source.place):
        raise UsageError(f"{target} lies inside the template", "name a folder elsewhere")
    with staging(target) as folder:
        run_copier(source.url, source.ref, answers, folder)
        _write(folder, extra_files)
        files = tree(folder)
        state = Repository("none")
        if own_repository:
            state = first_commit.start(folder, target, files, f"Start from {_version(source, folder)}")
        _move(folder, target)
    return Project(target, files, state)


def preview(
    source: Source, answers: Answers, name: str, extra_files: Mapping[str, str] = MappingProxyType({})
) -> tuple[str, ...]:
    """Return the files that `render` would write. Nothing is kept or installed.

    Raises TemplateError when Copier fails.
    """
    with tempfile.TemporaryDirectory(prefix="fwnew-") as elsewhere:
        folder = Path(elsewhere, name)
        run_copier(source.url, source.ref, answers, folder)
        _write(folder, extra_files)
        return tree(folder)


@contextmanager
def staging(target: Path) -> Iterator[Path]:
    """Yield a path with the target's name, in a hidden folder on its file system that is always removed."""
    disk.remove_leftovers(target.parent, _hidden_prefix(target))
    try:
        hidden = Path(tempfile.mkdtemp(prefix=_hidden_prefix(target), dir=target.parent))
    except OSError as error:
        if disk.says_full(error):
            raise disk.disk_full(target.parent) from error
        raise UsageError(
            f"the folder {target.parent} is not writable: {error.strerror}",
            "name a folder where you can write",
        ) from error
    try:
        with disk.explain_full_disk(target.parent):  # before the removal of the folder frees its space
            yield hidden / target.name
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def run_copier(url: str, ref: str | None, answers: Answers, folder: Path) -> None:
    """Render a template with Copier, with these answers and without the person's settings.

    The carried template need not be installed. Raises TemplateError for every error in Copier, Jinja or git.
    """
    from copier import Settings, run_copy
    from copier.errors import ForbiddenPathError, UnsafeTemplateError

    try:
        with readable(url, ref), _copiers_environment(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as the one about uncommitted changes
            run_copy(
                url,
                folder,
                data=dict(answers.data),
                vcs_ref=ref,
                settings=Settings(defaults={}, trust=[]),
                defaults=True,
                quiet=True,
                unsafe=False,
            )
    except UnsafeTemplateError as error:
        raise TemplateError(
            "the template wants to run code of its own, and fwnew runs none",
            "if you trust it, use `copier copy --trust`",
        ) from error
    except ForbiddenPathError as error:
        raise _outside(str(error).partition('"')[2].partition('"')[0]) from error
    except FwnewError:
        raise
    except Exception as error:
        if follows_ctrl_c(error):
            raise KeyboardInterrupt from error
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise TemplateError(f"the template cannot be rendered: {reason}", "--debug shows the traceback") from error
    if not folder.is_dir():
        raise TemplateError("the template made no files", "correct it, or name another template")
    for path in folder.rglob("*"):
        if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder)):
            raise _outside(path.relative_to(folder).as_posix())


@contextmanager
def _copiers_environment() -> Iterator[None]:
    """Give Copier's git our environment, instead of the one at Copier's import, and a private cache."""
    from plumbum import local

    with environment({"COPIER_CACHE_DIR": _cache()}), local.env():
        local.env.clear()
        local.env.update(os.environ)
        yield


@functools.cache
def _cache() -> str:
    """Return a folder that lives as long as this process, so that a template is fetched once for all renderings."""
    folder = tempfile.TemporaryDirectory(prefix="fwnew-", ignore_cleanup_errors=True)  # git may still write into it
    atexit.register(folder.cleanup)
    return folder.name


def _write(folder: Path, extra_files: Mapping[str, str]) -> None:
    for name, text in extra_files.items():
        file = folder / name
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8", newline="\n")


def _outside(path: str) -> TemplateError:
    message = f"the template reaches outside of itself or of the project with '{path}'"
    return TemplateError(message, "do not use this template")


def tree(folder: Path) -> tuple[str, ...]:
    """Return every file of a rendered project, relative and sorted."""
    return tuple(sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir()))


def _move(folder: Path, target: Path) -> None:
    """Move the project in one rename, which replaces only an empty folder: a race loses no work."""
    try:
        if os.name == "nt" and target.is_dir():
            target.rmdir()
        folder.rename(target)
    except OSError as error:
        hint = "check what is there now, or name another folder"
        raise FwnewError(f"the project cannot be moved to {target}: {error.strerror}", hint) from error


def _version(source: Source, project: Path) -> str:
    """Return the template and the version that a project records: of two tags on one commit, git chooses."""
    from importlib.metadata import version

    ref = _recorded(project) or source.ref
    if source.is_default:
        return f"fwnew {ref}"
    return f"{source.url} {ref}" if ref else f"{source.url} (fwnew {version('fwnew')})"


def _recorded(project: Path) -> str | None:
    try:
        commit = yaml.safe_load((project / ".copier-answers.yml").read_text("utf-8"))["_commit"]
    except (OSError, TypeError, *YAML_ERRORS):
        return None
    return commit if isinstance(commit, str) else None


def _hidden_prefix(target: Path) -> str:
    return f".{target.name}.fwnew-"
