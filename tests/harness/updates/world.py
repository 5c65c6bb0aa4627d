"""Two projects of a small template in one repository, and renderings that are kept: what updates are tried on."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fwnew.sources import source, trust
from fwnew.updates import drift, prepare, tracked
from tests.kit.git import commit, git, start_repository
from tests.kit.machine import make_home

PROJECTS = ("a", "b")
MINE = b"<mark-1>"


def save(repository: Path) -> None:
    """A person saves a file that the template changes."""
    (repository / "a" / "app.py").write_bytes(MINE)


def make_template(folder: Path) -> Path:
    """Two versions: a file changes, one goes, one comes in a new folder, and one that the project's git ignores."""
    start_repository(folder)
    files = folder / "files"
    files.mkdir()
    (folder / "copier.yml").write_text("_subdirectory: files\nlevel: {type: int, default: 1}\n")
    (files / "{{ _copier_conf.answers_file }}.jinja").write_text("{{ _copier_answers | to_nice_yaml }}")
    (files / "app.py.jinja").write_text("".join(f"line {i}\n" for i in range(9)) + "level {{ level }}\n")
    (files / "old.txt").write_text("old\n" * 5)
    (files / ".gitignore").write_text("*.log\nlib/*.tmp\n")
    commit(folder, "1.0", "1.0")
    (files / "app.py.jinja").write_text((files / "app.py.jinja").read_text().replace("line 3\n", "line three\n"))
    (files / "old.txt").unlink()
    (files / "lib").mkdir()
    (files / "lib" / "new.txt").write_text("new\n")
    (files / "notes.log").write_text("the template's\n")
    git(folder, "add", "--force", ".")
    commit(folder, "2.0", "2.0")
    return folder


@contextmanager
def world() -> Iterator[Path]:
    """A home, a template and a repository with two projects of its first version; renderings are kept and copied."""
    with tempfile.TemporaryDirectory(prefix="fwnew-machine-", ignore_cleanup_errors=True) as name:
        folder = Path(name).resolve()
        home = make_home(folder / "home")
        old = {key: os.environ.get(key) for key in ("HOME", "GIT_CONFIG_NOSYSTEM", "XDG_CONFIG_HOME")}
        os.environ |= {"HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1", "XDG_CONFIG_HOME": str(home / ".config")}
        trust.file().parent.mkdir(parents=True)
        trust.file().write_text(f'allow = ["{folder}/"]\n')
        owned, drift.OWNED = drift.OWNED, (*drift.OWNED, "app.py")  # so that `check --fix` has something to restore
        template = make_template(folder / "template")
        with rendered_once(folder / "cache"):
            repository = start_repository(folder / "start")
            for project in PROJECTS:
                questions = prepare.load(template, project)
                prepare.run_copier(str(template), "1.0", prepare.resolve(questions, {}), repository / project)
            commit(repository, "start")
            try:
                yield folder
            finally:
                drift.OWNED = owned
                for key, value in old.items():
                    os.environ.pop(key) if value is None else os.environ.update({key: value})


@contextmanager
def rendered_once(folder: Path) -> Iterator[None]:
    """Copier renders each version with the same answers once: rendering is not what is proven here."""
    copy, opened, patience = prepare.run_copier, prepare.opened, tracked.PATIENCE

    def copy_once(url: str, ref: str, answers: Any, target: Path) -> None:
        kept = folder / f"{ref}-{json.dumps(dict(answers.data), sort_keys=True)}"
        if not kept.exists():
            copy(url, ref, answers, kept)
        shutil.copytree(kept, target, symlinks=True)

    @contextmanager
    def opened_once(template: source.Source) -> Iterator[Path]:
        kept = folder / f"questions-{template.ref}"
        if not kept.exists():
            with opened(template) as found:
                shutil.copytree(found, kept)
        yield kept

    prepare.run_copier, prepare.opened, tracked.PATIENCE = copy_once, opened_once, 0.05
    try:
        yield
    finally:
        prepare.run_copier, prepare.opened, tracked.PATIENCE = copy, opened, patience
