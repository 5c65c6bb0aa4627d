"""A project appears whole or not at all, and the same for everybody."""

import errno
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fwnew.errors import FwnewError, TemplateError, UsageError
from fwnew.project import render
from fwnew.questions.questions import Answers, load, resolve
from fwnew.sources import source
from tests.kit.commands import Fwnew
from tests.kit.project_files import recorded
from tests.kit.snapshots import everything


def answers(folder: Path, **given: object) -> Answers:
    return resolve(load(folder, "demo"), {"project_name": "demo", **given})


@pytest.fixture
def make(template: Callable[..., Path], work: Path) -> Callable[..., render.Project]:
    """Renders the small template, with these files added, to `demo`."""

    def run(target: Path | None = None, **files: str) -> render.Project:
        folder = template(**files)
        return render.render(source.find(str(folder)), answers(folder), target or work / "demo")

    return run


def test_the_project_is_there_and_nothing_else(make: Callable[..., render.Project], work: Path) -> None:
    project = make()
    assert project.files == (".copier-answers.yml", "README.md", "src/demo/__init__.py")
    assert os.listdir(work) == ["demo"]


def test_the_project_folder_has_the_usual_mode(make: Callable[..., render.Project], work: Path) -> None:
    (work / "usual").mkdir()
    assert make().path.stat().st_mode == (work / "usual").stat().st_mode


def test_an_empty_folder_is_a_fine_target(make: Callable[..., render.Project], work: Path) -> None:
    (work / "demo").mkdir()
    assert make().files


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (lambda t: (t / "work").mkdir(parents=True), "is not empty"),
        (lambda t: t.write_text("mine"), "is a file"),
        (lambda t: t.parent.rmdir(), "does not exist"),
    ],
    ids=["a folder with something in it", "a file", "no parent"],
)
def test_a_target_that_cannot_be_used_is_refused_and_untouched(
    make: Callable[..., render.Project], work: Path, prepare: Callable[[Path], None], message: str
) -> None:
    target = work / "place" / "demo"
    target.parent.mkdir()
    prepare(target)
    before = everything(work)
    with pytest.raises(UsageError, match=message):
        make(target)
    assert everything(work) == before


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file system that nobody can write to")
def test_a_parent_that_cannot_be_written_is_refused(make: Callable[..., render.Project]) -> None:
    with pytest.raises(UsageError, match="is not writable"):
        make(Path("/proc/demo"))


def test_a_project_cannot_lie_inside_of_its_template(template: Callable[..., Path]) -> None:
    folder = template()
    with pytest.raises(UsageError, match="inside the template"):
        render.render(source.find(str(folder)), answers(folder), folder / "demo")


def test_work_that_appears_meanwhile_is_not_lost(
    make: Callable[..., render.Project], work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = render.run_copier

    def copy_while_somebody_else_writes(*arguments: object) -> None:
        copy(*arguments)  # type: ignore[arg-type]
        (work / "demo").mkdir()
        (work / "demo" / "thesis.txt").write_text("mine")

    monkeypatch.setattr(render, "run_copier", copy_while_somebody_else_writes)
    with pytest.raises(FwnewError, match="cannot be moved"):
        make()
    assert [p.name for p in work.rglob("*")] == ["demo", "thesis.txt"]


def test_a_template_that_fails_half_way_leaves_nothing(make: Callable[..., render.Project], work: Path) -> None:
    with pytest.raises(TemplateError, match="cannot be rendered: 'nothing' is undefined"):
        make(**{"templates/pytorch/z.jinja": "{{ nothing }}"})
    assert os.listdir(work) == []


def test_a_template_that_makes_nothing_is_an_error(template: Callable[..., Path], work: Path) -> None:
    folder = template(**{"copier.yml": "_exclude: ['*']\n"})
    with pytest.raises(TemplateError, match="made no files"):
        render.render(source.find(str(folder)), Answers({}, {}, {}), work / "demo")


def test_a_template_with_tasks_is_refused(make: Callable[..., render.Project], work: Path) -> None:
    with pytest.raises(TemplateError, match="run code of its own"):
        make(**{"copier.yml": "project_name: {type: str}\n_tasks: [touch owned]\n"})
    assert os.listdir(work) == []


def test_the_users_copier_settings_change_nothing(
    make: Callable[..., render.Project], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "settings.yml").write_text("defaults: {author: Somebody else, framework: tensorflow}")
    monkeypatch.setenv("COPIER_SETTINGS_PATH", str(home / "settings.yml"))
    found = recorded(make().path)
    assert (found["author"], found["framework"]) == ("The demo authors", "pytorch")


def test_the_project_records_exactly_the_resolved_answers(template: Callable[..., Path], work: Path) -> None:
    folder = template()
    resolved = answers(folder, framework="tensorflow", exports="saved_model,onnx", serve="yes", port="81")
    project = render.render(source.find(str(folder)), resolved, work / "demo")
    assert {name: value for name, value in recorded(project.path).items() if name[0] != "_"} == resolved.values


def test_a_preview_names_the_same_files_and_writes_none(
    make: Callable[..., render.Project], template: Callable[..., Path], work: Path
) -> None:
    folder = template()
    files = render.preview(source.find(str(folder)), answers(folder), "demo")
    assert os.listdir(work) == []
    assert files == make().files


def test_what_a_killed_run_left_is_removed_an_hour_later(make: Callable[..., render.Project], work: Path) -> None:
    old, fresh, other = work / ".demo.fwnew-old", work / ".demo.fwnew-fresh", work / ".demo2.fwnew-old"
    for folder in (old, fresh, other):
        (folder / "demo").mkdir(parents=True)
    for folder in (old, other):
        os.utime(folder, (time.time() - 7200,) * 2)
    make()
    assert sorted(os.listdir(work)) == [".demo.fwnew-fresh", ".demo2.fwnew-old", "demo"]


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)])
def test_an_interrupted_run_leaves_nothing(template: Callable[..., Path], work: Path, number: int, code: int) -> None:
    folder = template(**{"templates/pytorch/slow.jinja": "{% for i in range(99999) %}" * 2 + "{% endfor %}" * 2})
    command = [sys.executable, "-m", "fwnew", "new", "demo", "--defaults", "--template", str(folder)]

    def obey() -> None:  # also where nohup runs the tests
        signal.signal(number, signal.SIG_DFL)

    process = subprocess.Popen(command, cwd=work, stderr=subprocess.PIPE, text=True, preexec_fn=obey)
    try:
        while not list(work.glob(".demo.fwnew-*")):
            assert process.poll() is None
            time.sleep(0.05)
        time.sleep(2)  # into the rendering: while modules are imported, Python itself can lose a Ctrl-C
        process.send_signal(number)
        error = process.communicate(timeout=30)[1]
    finally:
        process.kill()  # or it would render for hours, where the signal is ignored
    assert process.returncode == code
    assert os.listdir(work) == []
    assert not re.search("Traceback", error)


def test_an_interruption_that_leaves_a_folder_behind_is_still_one(
    fwnew: Fwnew, template: Callable[..., Path], work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run_copy(*_: object, **__: object) -> None:  # as Copier does while its git still writes
        try:
            raise KeyboardInterrupt
        finally:
            raise OSError(errno.ENOTEMPTY, "Directory not empty", ".git")

    monkeypatch.setattr("copier.run_copy", run_copy)
    result = fwnew("new", str(work / "demo"), "--defaults", "--template", str(template()))
    assert (result.code, result.err) == (130, "cancelled, nothing was written\n")


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_a_run_that_shall_outlive_its_terminal_does(template: Callable[..., Path], work: Path) -> None:
    folder = template(**{"templates/pytorch/slow.jinja": "{% for i in range(999) %}" * 2 + "{% endfor %}" * 2})
    command = ["nohup", sys.executable, "-m", "fwnew", "new", "demo", "--defaults", "--template", str(folder)]
    process = subprocess.Popen(command, cwd=work, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        while not list(work.glob(".demo.fwnew-*")):
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGHUP)
        out = process.communicate(timeout=60)[0]
    finally:
        process.kill()
    assert process.returncode == 0, out
    assert (work / "demo" / ".copier-answers.yml").is_file()
