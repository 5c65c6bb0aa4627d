"""The command line, as a person or a program sees it."""

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fwnew.sources import trust
from tests.kit.commands import Fwnew, refused
from tests.kit.git import commit, git
from tests.kit.project_files import recorded
from tests.kit.snapshots import everything

NO_TERMINAL = "cannot prompt: this is not a terminal"


def test_new_makes_a_project_that_updates_can_find(fwnew: Fwnew, packaged: Path, work: Path, home: Path) -> None:
    result = fwnew("new", "my-demo", "--defaults")
    assert result.code == 0, result.err
    answers = recorded(work / "my-demo")
    assert (answers["_src_path"], answers["_commit"]) == ("~/.local/share/fwnew/template.bundle", "0.2.0")
    assert (home / ".local/share/fwnew/template.bundle").is_file()
    assert git(work / "my-demo", "log", "--format=%s") == "Start from fwnew 0.2.0"
    assert result.err == ""


def test_new_says_what_it_made_what_comes_next_and_how_to_repeat_it(
    fwnew: Fwnew, packaged: Path, on_path: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    on_path(python3=Path(sys.executable))
    monkeypatch.setenv("UV_TORCH_BACKEND", "cpu")
    result = fwnew("new", "my-demo", "--framework", "pytorch", "-d", "serve=yes")
    assert result.out.splitlines() == [
        "Created my-demo: 5 files, PyTorch, a git repository with its first commit",
        "",
        "next:",
        "  cd my-demo",
        "  python3 -m venv .venv",
        "  .venv/bin/pip install -e '.[train,export,dev]' -c constraints.txt",
        "  .venv/bin/my-demo train smoke",
        "  .venv/bin/my-demo train",
        "",
        "to repeat this:",
        "  fwnew new my-demo --defaults --data 'author=Ada Lovelace' --data framework=pytorch --data serve=true",
    ]


OWN = """
own_data:
  type: yaml
  when: false
  default: "{name: images, options: --data-dir FOLDER, needs: 'a sub-folder each'}"
"""


@pytest.mark.parametrize(("more", "said"), [(OWN, 1), ("", 0)])
def test_how_to_use_own_data_is_said_where_the_template_says_it(
    fwnew: Fwnew, template: Callable[..., Path], more: str, said: int
) -> None:
    folder = template()
    with (folder / "copier.yml").open("a") as questions:
        questions.write(more)
    lines = fwnew("new", "demo", "--defaults", "--template", str(folder)).out.splitlines()
    line = "  .venv/bin/demo train --name mine --data-dir FOLDER"
    assert lines.count(line) == lines.count("later, on your own images, a sub-folder each:") == said


def test_the_replayed_command_makes_the_same_project(fwnew: Fwnew, packaged: Path, work: Path) -> None:
    first = fwnew("new", "demo", "--framework", "tensorflow", "-d", "author=A 'B' $C", "-d", "serve=on", "--json")
    before = recorded(work / "demo")
    (work / "demo").rename(work / "before")
    assert fwnew(*shlex.split(first.json["replay"])[1:]).code == 0
    assert recorded(work / "demo") == before


def test_a_projects_own_answers_make_another_like_it(fwnew: Fwnew, packaged: Path, work: Path) -> None:
    fwnew("new", "one", "--data", "framework=tensorflow", "--data", "author=Grace")
    fwnew(
        "new",
        "two",
        "--answers",
        "one/.copier-answers.yml",
        "--data",
        "project_name=two",
        "--data",
        "package=two",
    )
    assert recorded(work / "two") == {**recorded(work / "one"), "project_name": "two", "package": "two"}


def test_a_dry_run_shows_the_files_and_writes_nothing_anywhere(
    fwnew: Fwnew, packaged: Path, work: Path, home: Path
) -> None:
    before = everything(home)
    result = fwnew("new", "demo", "--defaults", "--dry-run")
    assert result.out.splitlines()[:2] == ["demo/", "    .copier-answers.yml"]
    assert "5 files, nothing was written" in result.out
    assert os.listdir(work) == []
    assert everything(home) == before


def test_json_is_all_that_standard_output_holds(fwnew: Fwnew, packaged: Path, work: Path) -> None:
    result = fwnew("new", "demo", "--defaults", "--json")
    assert result.json["path"] == str(work / "demo")
    assert result.json["template"] == {"source": "~/.local/share/fwnew/template.bundle", "version": "0.2.0"}
    assert result.json["answers"]["package"] == "demo"
    assert "README.md" in result.json["files"]
    assert result.err.startswith("Created demo")


def test_no_git_means_no_repository(fwnew: Fwnew, packaged: Path, work: Path) -> None:
    result = fwnew("new", "demo", "--defaults", "--no-git")
    assert not (work / "demo" / ".git").exists()
    assert result.out.rstrip().endswith("--no-git")


def test_a_hooks_environment_does_not_mislead_git_or_copier(
    fwnew: Fwnew, template: Callable[..., Path], work: Path
) -> None:
    """In a process of its own, as a hook would start it: Copier remembers the environment of its import."""
    team, other = template("team"), work.parent / "other"
    for repository in (team, other):
        repository.mkdir(exist_ok=True)
        git(repository, "init", "-q")
    commit(team, "x", "1.0")
    hook = {"GIT_DIR": str(other / ".git"), "GIT_INDEX_FILE": str(other / ".git/index"), "GIT_WORK_TREE": str(other)}
    command = [sys.executable, "-m", "fwnew", "new", "demo", "--defaults", "--template", str(team)]
    subprocess.run(command, cwd=work, env={**os.environ, **hook}, check=True, capture_output=True)
    assert recorded(work / "demo")["_commit"] == "1.0"
    assert git(work / "demo", "ls-files").split() == [
        ".copier-answers.yml", "README.md", "docs/decisions/0001-framework.md", "src/demo/__init__.py"
    ]  # fmt: skip
    assert git(other, "status", "--porcelain") == ""


def test_the_current_folder_is_a_fine_target_when_it_is_empty(fwnew: Fwnew, packaged: Path, work: Path) -> None:
    assert fwnew("new", ".", "--defaults").code == 0
    assert recorded(work)["project_name"] == "work"


def test_a_teams_template_is_recorded_by_its_url(
    fwnew: Fwnew, packaged: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(work.parent, "clone", "-q", "--mirror", str(packaged), "team.git")
    monkeypatch.setenv("FWNEW_TEMPLATE", f"file://{work.parent}/team.git")
    result = fwnew("new", "demo", "--defaults")
    assert result.code == 0, result.err
    assert recorded(work / "demo")["_src_path"] == f"file://{work.parent}/team.git"
    assert f"--template file://{work.parent}/team.git" in result.out


@pytest.mark.parametrize(
    ("arguments", "error", "hint"),
    [
        ("nwe", "no such command 'nwe'", "did you mean 'new'?"),
        ("template shwo", "no such command 'shwo'", "did you mean 'show'?"),
        ("my-project", "no such command 'my-project'", "to create a project of that name: fwnew new my-project"),
        ("new", "missing argument 'DEST'", "name a folder: fwnew new digits-demo"),
        ("new --defaults", "missing argument 'DEST'", "name a folder: fwnew new digits-demo"),
        ("new --json", "missing argument 'DEST'", "name a folder: fwnew new digits-demo"),
        ("new x --defalts", "no such option: --defalts", "did you mean '--defaults'?"),
        ("new x", NO_TERMINAL, "add --defaults, or give answers with --data KEY=VALUE"),
        ("", NO_TERMINAL, "name a folder: fwnew new DEST --defaults"),
        (
            "new x --json",
            "cannot prompt: --json was given",
            "add --defaults, or give answers with --data KEY=VALUE",
        ),
        (
            "new x -d exports=onx",
            "exports: there is no 'onx'",
            "did you mean 'onnx'? choose from onnx, torchscript",
        ),
        (
            "new torch --defaults",
            "project_name: 'torch' is taken",
            "give another with --data project_name=VALUE",
        ),
        (
            "new x --defaults --template nowhere",
            "the template 'nowhere' is neither a folder nor a git URL",
            "write a URL in full, such as https://git.example.com/team/starter.git",
        ),
    ],
)
def test_a_mistake_is_one_sentence_one_hint_and_exit_code_2(
    fwnew: Fwnew, packaged: Path, work: Path, arguments: str, error: str, hint: str
) -> None:
    result = fwnew(*arguments.split())
    assert (result.code, result.out) == (2, "")
    assert result.err.splitlines() == [f"error: {error}", f"hint: {hint}"]
    assert os.listdir(work) == []


def test_debug_shows_the_traceback_before_the_error(fwnew: Fwnew, packaged: Path) -> None:
    result = fwnew("new", "x", "--defaults", "-d", "a=b", "--debug")
    assert result.code == 2
    assert result.err.startswith("Traceback")
    assert "\nerror: the template has no question 'a'\n" in result.err


def test_an_installation_without_a_template_says_so(
    fwnew: Fwnew, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fwnew.sources.bundle.PACKAGED", tmp_path / "missing")
    result = fwnew("new", "demo", "--defaults")
    assert (result.code, result.err.splitlines()[0]) == (
        1,
        "error: this installation of fwnew carries no template",
    )
    assert fwnew("template", "show").code == 0


def test_template_show_and_install_say_which_versions_there_are(fwnew: Fwnew, packaged: Path) -> None:
    trust.file().write_text('allow = ["gh:team/"]')
    assert fwnew("template", "show", "--json").json == {
        "schema": 1,
        "source": "~/.local/share/fwnew/template.bundle",
        "newest": "0.2.0",
        "carried": ["0.1.0", "0.2.0"],
        "installed": [],
        "allowed": ["gh:team/"],
    }
    assert fwnew("template", "install").out == "~/.local/share/fwnew/template.bundle: installed, newest 0.2.0\n"
    assert "nothing to do" in fwnew("template", "install").out
    assert fwnew("template", "show").out.splitlines()[-2:] == ["installed  0.1.0, 0.2.0", "allowed    gh:team/"]


def test_the_version_is_printed(fwnew: Fwnew) -> None:
    assert fwnew("--version").out.startswith("fwnew 0.")


@pytest.mark.parametrize("dest", ["", "  "])
def test_an_empty_folder_name_is_refused_and_writes_nothing(fwnew: Fwnew, work: Path, dest: str) -> None:
    result = fwnew("new", dest, "--defaults")
    refused(result)
    assert result.err == "error: DEST is empty\nhint: name a folder: fwnew new digits-demo\n"
    assert not list(work.iterdir())


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        ("--template x new demo --defaults", "--template"),
        ("--template x decide --defaults", "--template"),
        ("--version new demo --defaults", "--version"),
    ],
)
def test_an_option_of_the_wizard_before_a_command_is_refused(
    fwnew: Fwnew, packaged: Path, work: Path, arguments: str, option: str
) -> None:
    command = arguments.split()[-3 if "demo" in arguments else -2]
    result = fwnew(*arguments.split())
    assert (result.code, result.out) == (2, "")
    assert result.err.splitlines() == [
        f"error: {option} before '{command}' has no effect",
        f"hint: fwnew {command} --help lists the options that go after it",
    ]
    assert os.listdir(work) == []


def test_a_template_of_the_environment_may_stand_before_every_command(
    fwnew: Fwnew, template: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FWNEW_TEMPLATE", str(template()))
    assert fwnew("new", "demo", "--defaults", "--json").json["template"]["source"] == str(template())


@pytest.mark.parametrize(
    "arguments",
    [
        ["new", "demo", "--defaults", "--template", ""],
        ["new", "demo", "--defaults", "--template", "  "],
        ["new", "demo", "--answers", ""],
        ["new", "demo", "--decision", ""],
        ["new", "demo", "--preset", ""],
        ["new", "demo", "--framework", ""],
        ["new", "demo", "--data", ""],
        ["new", "demo", "--decide", ""],
        ["--template", ""],
        ["template", "show", "--template", ""],
        ["template", "allow", ""],
        ["template", "allow", " "],
        ["decide", "--answers", ""],
        ["decide", "--revisit", ""],
        ["decide", "--preset", ""],
        ["decide", "--data", ""],
        ["decide", "--explain", ""],
        ["catalogue", ""],
    ],
    ids=" ".join,
)
def test_what_is_empty_is_refused(fwnew: Fwnew, packaged: Path, work: Path, arguments: list[str]) -> None:
    before = trust.file().read_text()
    result = fwnew(*arguments)
    assert (result.code, result.out) == (2, "")
    assert [line.partition(": ")[0] for line in result.err.splitlines()] == ["error", "hint"]
    assert os.listdir(work) == []
    assert trust.file().read_text() == before


@pytest.mark.parametrize("name", ["FWNEW_TEMPLATE", "FWNEW_PRESET"])
def test_a_variable_of_blanks_is_refused_by_its_name(
    fwnew: Fwnew, packaged: Path, work: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "  ")
    refused(fwnew("new", "demo", "--defaults"), name)
    assert os.listdir(work) == []


def test_ctrl_c_after_the_project_was_created_does_not_say_that_nothing_was(
    fwnew: Fwnew, packaged: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def press(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("fwnew.reports.created.report", press)
    result = fwnew("new", "demo", "--defaults")
    assert (result.code, result.err.splitlines()[0]) == (130, "error: interrupted after demo was created")
    assert (work / "demo" / "README.md").is_file()
