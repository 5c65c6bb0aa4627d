"""A home, a git identity and small templates of the tests' own: the real ones are never touched."""

import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import HealthCheck, settings

from fwnew.cli import main
from fwnew.sources import bundle, trust
from tests.kit import ROOT
from tests.kit.commands import Result
from tests.kit.git import commit, git, start_repository
from tests.kit.machine import make_home, programs_folder
from tests.kit.snapshots import write

# The first examples pay for imports and Jinja's compilation.
settings.register_profile(
    "fwnew",
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("fwnew")

signal.signal(signal.SIGINT, signal.default_int_handler)  # `&` in a script lets all that it starts ignore Ctrl-C

COPIER_YML = """
    _min_copier_version: "9.19.1"
    _subdirectory: "templates/{{ framework }}"
    _envops: {undefined: jinja2.StrictUndefined, keep_trailing_newline: true}

    reserved:
      type: str
      when: false
      default: json torch
    project_name:
      type: str
      help: Project name
      validator: "{% if project_name in reserved.split() %}'{{ project_name }}' is taken{% endif %}"
    package:
      type: str
      help: Python package
      default: "{{ project_name | regex_replace('-', '_') }}"
    author:
      type: str
      help: Author
      default: The {{ project_name }} authors
      validator: "{% if not author %}an author is needed{% endif %}"
    framework:
      type: str
      help: Framework
      choices: {PyTorch: pytorch, TensorFlow: tensorflow}
      default: pytorch
    exports:
      type: str
      help: Export formats
      multiselect: true
      choices:
        ONNX: onnx
        TorchScript:
          value: torchscript
          validator: "{% if framework != 'pytorch' %}is a PyTorch format{% endif %}"
        SavedModel:
          value: saved_model
          validator: "{% if framework != 'tensorflow' %}is a TensorFlow format{% endif %}"
      default: "{{ ['onnx'] if framework == 'pytorch' else ['saved_model'] }}"
    serve:
      type: bool
      help: A server
      default: false
    port:
      type: int
      help: Port of the server
      default: 8000
      when: "{{ serve }}"
"""
FRAMEWORK_FILES = {
    "{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers | to_nice_yaml }}",
    "README.md.jinja": "# {{ project_name }} by {{ author }}\n",
    "src/{{ package }}/__init__.py": "",
}
TEMPLATE = {
    "copier.yml": COPIER_YML,
    **{f"templates/pytorch/{name}": text for name, text in FRAMEWORK_FILES.items()},
    **{f"templates/tensorflow/{name}": text for name, text in FRAMEWORK_FILES.items()},
}


PRIVATE = ("COPIER_", "FWNEW_", "GIT_", "PIP_", "UV_", "XDG_")
"""Variables of whoever runs the tests."""


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with a git identity, and a configuration that allows the tests' own templates."""
    folder = make_home(tmp_path_factory.mktemp("home"))
    for name in [name for name in os.environ if name.startswith(PRIVATE)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    tests = f"{tmp_path_factory.getbasetemp().resolve()}/"
    trust.file().parent.mkdir(parents=True)
    trust.file().write_text(f'allow = ["{tests}", "file://{tests}"]\n')
    return folder


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, empty."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes PATH a folder that holds what git needs and these programs alone: links to a file, or scripts."""
    return lambda **programs: monkeypatch.setenv("PATH", str(programs_folder(tmp_path / "bin", programs)))


@pytest.fixture
def build_file_tree() -> Callable[[Path, Mapping[str, str]], Path]:
    """Writes a whole folder from a dictionary."""
    return lambda root, files: write(root, {name: dedent(text) for name, text in files.items()})


@pytest.fixture
def template(tmp_path: Path, build_file_tree: Callable[[Path, Mapping[str, str]], Path]) -> Callable[..., Path]:
    """Makes a small template, a plain folder, with files added or replaced."""

    def make(name: str = "template", **files: str) -> Path:
        return build_file_tree(tmp_path / name, {**TEMPLATE, **files})

    return make


@pytest.fixture
def make_bundle(template: Callable[..., Path], tmp_path: Path) -> Callable[..., Path]:
    """Makes a bundle of the small template with these versions; the same history with each call."""
    repository = template("history")

    def make(*tags: str, name: str = "made.bundle") -> Path:
        if not (repository / ".git").exists():
            start_repository(repository)
        known = git(repository, "tag").split()
        for tag in [tag for tag in tags if tag not in known]:
            (repository / "templates" / "pytorch" / "VERSION").write_text(f"{tag}\n")
            commit(repository, tag, tag)
        refs = [f"refs/tags/{tag}" for tag in tags]
        git(repository, "bundle", "create", "-q", str(tmp_path / name), "HEAD", "main", *refs)
        return tmp_path / name

    return make


@pytest.fixture
def packaged(make_bundle: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """The bundle that fwnew carries: versions 0.1.0 and 0.2.0 of the small template."""
    file = make_bundle("0.1.0", "0.2.0", name="packaged.bundle")
    monkeypatch.setattr(bundle, "PACKAGED", file)
    return file


@pytest.fixture
def fwnew(work: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Runs the command line in an empty folder, without a terminal."""

    def run(*arguments: str) -> Result:
        monkeypatch.setattr(sys, "argv", ["fwnew", *arguments])
        capsys.readouterr()
        obeyed = {number: signal.getsignal(number) for number in signal.valid_signals()}
        with pytest.raises(SystemExit) as exit_:
            main()
        for number, handler in obeyed.items():  # what it ignores from its end on, the next test must not
            if signal.getsignal(number) != handler:
                signal.signal(number, handler)
        printed = capsys.readouterr()
        return Result(int(exit_.value.code or 0), printed.out, printed.err)

    return run


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Under .ci/run a skipped check fails, unless docs/not-run-here.md lists it with its reason."""
    if not os.environ.get("SKIPS_FAIL"):
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:  # a worker of pytest-xdist, which reports to the process that says it
        return
    listed = (ROOT / "docs" / "not-run-here.md").read_text("utf-8")
    unlisted = [report.nodeid for report in reporter.stats.get("skipped", []) if report.nodeid not in listed]
    if unlisted:
        print(f"\nskipped, and not in docs/not-run-here.md: {', '.join(unlisted)}")
        session.exitstatus = 1
