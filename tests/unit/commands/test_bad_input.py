"""Whatever a person mistypes is one sentence, one hint and an exit code; nothing is written, nothing is lost."""

import keyword
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from fwnew.errors import UsageError
from fwnew.questions.given import read_file
from tests.kit import project_files

Fwnew = Callable[..., Any]

NEW_FOLDER = "name a new folder"
PORTABLE = "use letters, digits, '-' and '_', such as digits-demo"
UNPORTABLE = ["?", "a*", "<", "a>", "a:", '"', "|", "a\\"]
PROJECT_NAME = (
    "project_name: use 1 to 60 ASCII letters, digits, '-', '_' or '.', with a letter or digit at both ends",
    "give another with --data project_name=VALUE",
)
PACKAGE = (
    "package: use 1 to 60 lower-case letters, digits or '_', starting with a letter",
    "give another with --data package=VALUE",
)


def contents(folder: Path) -> dict[Path, bytes | Path | None]:
    """Everything that lies in a folder, links as links."""

    def content(path: Path) -> bytes | Path | None:
        if path.is_symlink():
            return path.readlink()
        return path.read_bytes() if path.is_file() else None

    return {path: content(path) for path in folder.rglob("*")}


@pytest.fixture
def refused(fwnew: Fwnew, packaged: Path, work: Path, home: Path) -> Callable[..., None]:
    """Runs fwnew, and expects a sentence, a hint, an exit code, and nothing changed anywhere."""

    def run(arguments: list[str], error: str, hint: str, code: int = 2) -> None:
        before = contents(work), contents(home)
        result = fwnew("new", *arguments)
        assert result.err.splitlines() == [f"error: {error}", f"hint: {hint}"]
        assert (result.code, result.out) == (code, "")
        assert (contents(work), contents(home)) == before

    return run


# ── The folder ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def places(work: Path) -> Path:
    """Places where no project can be."""
    (work / "full").mkdir()
    (work / "full" / "thesis.txt").write_text("mine")
    (work / "file").write_text("mine")
    (work / "link").symlink_to("nowhere")
    (work / "loop").symlink_to("loop")
    return work


@pytest.mark.parametrize(
    ("dest", "error", "hint"),
    [
        ("full", "{work}/full is not empty", NEW_FOLDER),
        ("full/", "{work}/full is not empty", NEW_FOLDER),
        ("file", "{work}/file is a file", NEW_FOLDER),
        ("file/demo", "{work}/file is a file", "name a folder elsewhere"),
        ("link", "link is a broken symlink", "remove it, or name a new folder"),
        ("loop", "loop is a broken symlink", "remove it, or name a new folder"),
        ("no such/demo", "the folder {work}/no such does not exist", "create it: mkdir -p '{work}/no such'"),
        ("a\nb", "DEST 'a\\nb' holds characters that cannot be shown", "name a folder in plain text"),
        ("a\udcff", "DEST 'a\\udcff' holds characters that cannot be shown", "name a folder in plain text"),
        ("x" * 300, f"{'x' * 300} cannot be used: File name too long", NEW_FOLDER),
        *[(name, f"not every system allows '{name[-1]}' in a folder name", PORTABLE) for name in UNPORTABLE],
        ("a:b/c?", "not every system allows '?' in a folder name", PORTABLE),
        ("NUL.txt", "not every system allows the folder name 'NUL.txt'", PORTABLE),
        ("demo ", "not every system allows a folder name that ends with a space or a dot", PORTABLE),
        ("demo.", "not every system allows a folder name that ends with a space or a dot", PORTABLE),
        ("~nobody-here", "a folder name cannot begin with '~', which means a home folder", PORTABLE),
    ],
)
def test_a_folder_that_cannot_be_used_is_refused(
    refused: Callable[..., None], places: Path, dest: str, error: str, hint: str
) -> None:
    refused([dest, "--defaults"], error.format(work=places), hint.format(work=places))


def test_a_name_is_judged_only_where_a_folder_would_be_made(
    fwnew: Fwnew, packaged: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (work / "a: b" / "c?").mkdir(parents=True)
    assert fwnew("new", "a: b/demo", "--defaults").code == 0
    monkeypatch.chdir(work / "a: b" / "c?")
    assert fwnew("new", ".", "--defaults").code == 0


def test_a_tilde_that_no_shell_replaced_is_the_home_folder(
    fwnew: Fwnew, packaged: Path, work: Path, home: Path
) -> None:
    assert fwnew("new", "~/demo", "--defaults").code == 0
    assert (home / "demo" / "README.md").is_file()
    result = fwnew("new", "~", "--defaults")
    assert (result.code, result.err.splitlines()[0]) == (2, f"error: {home} is not empty")
    assert os.listdir(work) == []


@pytest.mark.parametrize("dest", ["full", "file", "link", "no such/demo"])
def test_the_folder_is_judged_before_the_missing_terminal(fwnew: Fwnew, places: Path, dest: str) -> None:
    result = fwnew("new", dest)
    assert result.code == 2
    assert "terminal" not in result.err


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_a_folder_that_cannot_be_written_is_refused(fwnew: Fwnew, packaged: Path, work: Path) -> None:
    parent = Path("/proc") if os.geteuid() == 0 else work / "parent"  # root may write to every folder of its own
    if os.geteuid():
        parent.mkdir(mode=0o555)
    result = fwnew("new", str(parent / "demo"), "--defaults")
    error, hint = result.err.splitlines()
    assert result.code == 2
    assert error.startswith(f"error: the folder {parent} is not writable")
    assert hint == "hint: name a folder where you can write"
    assert not (parent / "demo").exists()


# ── Names, as the real questions judge them ─────────────────────────────────────────────────────────────────


@pytest.fixture
def real_questions(template: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """The small templates with the real `copier.yml`."""
    monkeypatch.setenv("FWNEW_TEMPLATE", str(template("real", **project_files.real_questions())))


@pytest.mark.usefixtures("real_questions")
@pytest.mark.parametrize(
    ("name", "error", "hint"),
    [
        ("torch", "project_name: 'torch' is the name of a package that the project depends on", PROJECT_NAME[1]),
        ("Scikit.Learn", "project_name: 'Scikit.Learn' is the name of a package that the project depends on",
         PROJECT_NAME[1]),
        ("test", "package: 'test' would hide a module of Python's standard library", PACKAGE[1]),
        ("class", "package: 'class' is a Python keyword", PACKAGE[1]),
        ("x" * 200, *PROJECT_NAME),
    ],
)  # fmt: skip
def test_a_name_that_no_project_can_have_is_refused_as_a_folder_and_as_an_answer(
    refused: Callable[..., None], name: str, error: str, hint: str
) -> None:
    refused(["--defaults", "--", name], error, hint)
    refused(["demo", "--data", f"project_name={name}"], error, hint)


@pytest.mark.usefixtures("real_questions")
@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("clothes app", "clothes-app"),
        ("Kätzchen", "Katzchen"),
        ("Straße", "Strasse"),
        ("犬", "my-project"),
        ("犬 und Katze", "und-Katze"),
        ("-demo", "demo"),
        ("--data", "data"),
        ("{{ demo }}", "demo"),
        ("$(touch x)", "touch-x"),
    ],
)
def test_a_folder_that_no_project_can_be_called_after_gives_it_a_name_near_by_and_says_so(
    fwnew: Fwnew, work: Path, folder: str, name: str
) -> None:
    result = fwnew("new", "--defaults", "--no-git", "--", folder)
    assert result.code == 0, result.err
    said = " ".join(result.out.split())
    assert f"note: a project cannot be called '{folder}', so this one is called {name}" in said
    recorded = yaml.safe_load((work / folder / ".copier-answers.yml").read_text())
    assert recorded["project_name"] == name
    assert os.listdir(work) == [folder]


@pytest.mark.usefixtures("real_questions")
@pytest.mark.parametrize("name", ["ümlaut", "数据", "my demo", "-demo", "--data", "demo.", "{{ demo }}", "$(touch x)"])
def test_a_name_that_is_given_is_taken_as_it_is_or_refused(refused: Callable[..., None], name: str) -> None:
    refused(["demo", "--data", f"project_name={name}"], *PROJECT_NAME)


@pytest.mark.usefixtures("real_questions")
@pytest.mark.parametrize("name", ["a/b", "../b", "/tmp/b", "a\\b", "", ".", ".."])
def test_a_project_name_is_no_path(refused: Callable[..., None], name: str) -> None:
    refused(["demo", "--data", f"project_name={name}"], *PROJECT_NAME)


@pytest.mark.usefixtures("real_questions")
@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("torch", "package: 'torch' would hide a package that the project depends on"),
        ("tests", "package: 'tests' would hide a package that the project depends on"),
        ("json", "package: 'json' would hide a module of Python's standard library"),
        ("lambda", "package: 'lambda' is a Python keyword"),
        *[(name, PACKAGE[0]) for name in ("Demo", "1st", "_x", "a-b", "a/b", "../b", "é", "a b", "-x", "", "x" * 200)],
    ],
)
def test_a_package_that_cannot_be_imported_is_refused(refused: Callable[..., None], name: str, error: str) -> None:
    refused(["demo", "--data", f"package={name}"], error, PACKAGE[1])


@pytest.mark.usefixtures("real_questions")
@settings(max_examples=50)
@given(st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=70).filter(lambda name: name.strip(".")))
def test_every_folder_name_makes_a_package_that_can_be_imported_or_is_refused(
    fwnew: Fwnew, work: Path, name: str
) -> None:
    result = fwnew("new", "--defaults", "--no-git", "--", name)
    if result.code == 0:
        package = yaml.safe_load((work / name / ".copier-answers.yml").read_text())["package"]
        assert package.isidentifier()
        assert not keyword.iskeyword(package)
        assert package not in sys.stdlib_module_names
        shutil.rmtree(work / name)
    else:
        assert result.code == 2
        assert [line.partition(": ")[0] for line in result.err.splitlines()] == ["error", "hint"]
    assert os.listdir(work) == []


# ── Answers ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("answer", "error", "hint"),
    [
        ("framwork=pytorch", "the template has no question 'framwork'", "did you mean 'framework'?"),
        ("framework=pytroch", "framework: there is no 'pytroch'",
         "did you mean 'pytorch'? choose from pytorch, tensorflow"),
        ("framework=jax", "framework: there is no 'jax'", "choose from pytorch, tensorflow"),
        ("exports=saved_model", "exports: 'saved_model' is a TensorFlow format", "choose from onnx, torchscript"),
        ("serve=maybe", "serve: 'maybe' is not true or false", "give another with --data serve=VALUE"),
        ("port=80", "port: the other answers leave no room for this question", "leave out port"),
        ("reserved=x", "reserved: the template derives this value from other answers", "leave out reserved"),
        ("serve", "'serve' is not KEY=VALUE", "write for example --data license=MIT"),
    ],
)  # fmt: skip
def test_an_answer_that_makes_no_sense_is_refused(
    refused: Callable[..., None], template: Callable[..., Path], answer: str, error: str, hint: str
) -> None:
    refused(["demo", "--template", str(template()), "--data", answer], error, hint)


A_FILE = "name a file of answers, such as a project's .copier-answers.yml"
NO_YAML = "the answers file answers.yml is neither YAML nor JSON: "


@pytest.mark.parametrize(
    ("content", "error", "hint"),
    [
        (None, "the answers file answers.yml cannot be read: No such file or directory", A_FILE),
        (b"\x89PNG\xff", "the answers file answers.yml cannot be read: it is not UTF-8 text", A_FILE),
        (b"\0\1", NO_YAML + "special characters are not allowed", A_FILE),
        (b"", "the answers file answers.yml holds no answers", "write one `question: answer` a line"),
        (b"a: [1\nb: {", NO_YAML + "line 2, column 2: expected ',' or ']', but got ':'", A_FILE),
        (b"a: 1\n\tb: 2", NO_YAML + "line 2, column 1: found character '\\t' that cannot start any token", A_FILE),
        (b"author: 2024-99-99", NO_YAML + "month must be in 1..12", A_FILE),
        (b"serve: !!int x", NO_YAML + "invalid literal for int() with base 10: 'x'", A_FILE),
        (b"[" * 20000, NO_YAML + "it is nested too deeply", A_FILE),
        (b"!!python/object/apply:os.system [touch owned]",
         NO_YAML + "line 1, column 1: could not determine a constructor for the tag "
         "'tag:yaml.org,2002:python/object/apply:os.system'", A_FILE),
        (b"framework: [pytorch]", "framework: ['pytorch'] is not text (in YAML, put it in quotes)",
         "give another with --data framework=VALUE"),
    ],
    ids=lambda value: value[:12].decode("latin-1") if isinstance(value, bytes) else None,
)  # fmt: skip
def test_a_file_without_usable_answers_is_one_sentence(
    refused: Callable[..., None], work: Path, content: bytes | None, error: str, hint: str
) -> None:
    if content is not None:
        (work / "answers.yml").write_bytes(content)
    refused(["demo", "--answers", "answers.yml"], error, hint)


def test_a_folder_is_no_file_of_answers(refused: Callable[..., None], work: Path) -> None:
    (work / "answers").mkdir()
    refused(["demo", "--answers", "answers"], "the answers file answers cannot be read: Is a directory", A_FILE)


def test_an_answer_that_contains_itself_a_billion_times_is_refused(fwnew: Fwnew, packaged: Path, work: Path) -> None:
    lines = ["author: &a0 [x]", *(f"exports: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 40))]
    (work / "answers.yml").write_text("\n".join(lines))
    result = fwnew("new", "demo", "--answers", "answers.yml")
    assert result.code == 2
    assert len(result.err) < 1000


@given(st.one_of(st.binary(), st.text("a:[]{}-!&*'\"0|> \n\t").map(str.encode)))
def test_a_file_of_whatever_holds_answers_or_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "answers").write_bytes(content)
    message = ""
    try:
        assert all(isinstance(name, str) for name in read_file(tmp_path / "answers"))
    except UsageError as error:
        message = error.message
    assert "\n" not in message


# ── The machine ─────────────────────────────────────────────────────────────────────────────────────────────


def test_without_git_there_is_one_sentence(refused: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    hint = "install it from https://git-scm.com"
    refused(["demo", "--defaults"], "git is not installed, or not on PATH", hint, code=1)


def test_the_users_copier_settings_change_no_answer(fwnew: Fwnew, packaged: Path, work: Path, home: Path) -> None:
    settings = "defaults: {author: Somebody else, framework: tensorflow}\ntrust: ['/']\n"
    (home / ".config" / "copier").mkdir(parents=True)
    (home / ".config" / "copier" / "settings.yml").write_text(settings)
    command = [sys.executable, "-m", "fwnew", "new", "demo", "--defaults"]
    subprocess.run(command, cwd=work, check=True, capture_output=True)
    answers = yaml.safe_load((work / "demo" / ".copier-answers.yml").read_text())
    assert (answers["author"], answers["framework"]) == ("Ada Lovelace", "pytorch")


# ── Full disks ──────────────────────────────────────────────────────────────────────────────────────────────

ON_A_SMALL_DISK = """
    mount -t tmpfs -o size=$1k none "$DISK" && cp "$GITCONFIG" "$DISK" || exit 99
    cd "$PLACE" && "$PYTHON" -m fwnew new demo --defaults
    code=$?
    ls -A "$PLACE"
    find "$DISK" -type f -not -path "*/demo/*"
    df -k "$DISK" | awk 'END { print $3 }'
    exit $code
"""
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def on_a_small_disk(work: Path, home: Path, tmp_path: Path) -> Run:
    """Runs fwnew with a disk of so many kilobytes, which nobody else sees, as its PLACE, HOME or TMPDIR."""
    disk = tmp_path / "disk"
    disk.mkdir()

    def run(size: int, role: str) -> subprocess.CompletedProcess[str]:
        variables = {"PLACE": str(work), "PYTHON": sys.executable, "GITCONFIG": str(home / ".gitconfig")}
        environment = {**os.environ, **variables, "DISK": str(disk), role: str(disk)}
        as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
        command = ["unshare", "--mount", *as_root, "sh", "-c", ON_A_SMALL_DISK, "sh", str(size)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode == 99 or done.stderr.startswith("unshare"):
            pytest.skip("no disk can be mounted here")
        return done

    if not shutil.which("unshare"):
        pytest.skip("no disk can be mounted here")
    return run


@pytest.mark.parametrize("role", ["PLACE", "HOME", "TMPDIR"])
def test_a_full_disk_is_one_sentence_at_whatever_moment_and_leaves_nothing(
    on_a_small_disk: Run, role: str, tmp_path: Path
) -> None:
    """The real template, on disks from next to nothing to a page less than it needs."""
    sizes = [40]
    if role == "PLACE":
        roomy = on_a_small_disk(20_000, role)
        assert roomy.returncode == 0, roomy.stderr
        used = int(roomy.stdout.split()[-1])
        sizes = [8, used // 2, used - 20, used - 12, used - 4]  # git words the last ones in three ways
    for size in sizes:
        done = on_a_small_disk(size, role)
        assert done.returncode == 1, size
        assert re.fullmatch(rf"error: the disk is full\nhint: make room in {tmp_path}/disk.*\n", done.stderr), size
        here = [".gitconfig"] if role == "PLACE" else []
        assert done.stdout.split()[:-1] == [*here, f"{tmp_path}/disk/.gitconfig"], size
