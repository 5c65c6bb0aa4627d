"""A template that was allowed by mistake gets nothing: no code runs, nothing outside is read or written."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fwnew.sources import trust
from tests.kit.commands import Fwnew
from tests.kit.git import commit, start_repository

SECRET = "the owner's secret"
ASKS = "name: {type: str, default: x}\n"
OUTSIDE = "the template reaches outside of itself or of the project with '{}'"
OUTSIDE_HINT = "do not use this template"
RUNS_CODE = "the template wants to run code of its own, and fwnew runs none"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder of the person's own, beside the template and the project."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret").write_text(SECRET)
    return folder


@pytest.fixture
def hostile(build_file_tree: Callable[..., Path], tmp_path: Path) -> Callable[..., Path]:
    """Makes a template with these settings and files; a file named `a -> b` is a link."""

    def make(settings: str = "", *names: str, **files: str) -> Path:
        root = build_file_tree(tmp_path / "hostile", {"copier.yml": ASKS + settings, "README.md": "", **files})
        for name in names:
            file, arrow, target = name.partition(" -> ")
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            (root / file).symlink_to(target) if arrow else (root / file).write_text("evil")
        return root

    return make


@pytest.fixture
def refuses(fwnew: Fwnew, outside: Path, work: Path) -> Callable[..., None]:
    """Creates a project, and expects one sentence, one hint, and the world as it was."""

    def run(template: Path | str, error: str, hint: str, code: int = 1) -> None:
        result = fwnew("new", "demo", "--defaults", "--template", str(template))
        assert result.err.splitlines() == [f"error: {error}", f"hint: {hint}"]
        assert (result.code, result.out) == (code, "")
        assert os.listdir(work) == []
        assert os.listdir(outside) == ["secret"]
        assert (outside / "secret").read_text() == SECRET

    return run


@pytest.mark.parametrize("place", ["{outside}/evil", "../evil", "..", "a/../../evil"])
@pytest.mark.parametrize("name", ["{{ place }}", "{{ place }}/evil"])
def test_a_rendered_name_cannot_leave_the_project(
    refuses: Callable[..., None], hostile: Callable[..., Path], outside: Path, place: str, name: str
) -> None:
    place = place.format(outside=outside)
    template = hostile(f"place: {{type: str, default: '{place}'}}\n", name)
    shown = os.path.normpath(place) if place == ".." else place
    refuses(template, OUTSIDE.format(shown), OUTSIDE_HINT)


@pytest.mark.parametrize("keep", ["true", "false"])
@pytest.mark.parametrize("target", ["{outside}/secret", "{outside}", "../outside/secret"])
@pytest.mark.parametrize("versioned", [False, True], ids=["folder", "repository"])
def test_a_link_to_the_outside_is_refused_whether_kept_or_followed(
    refuses: Callable[..., None], hostile: Callable[..., Path], outside: Path,
    keep: str, target: str, versioned: bool,
) -> None:  # fmt: skip
    template = hostile(f"_preserve_symlinks: {keep}\n", f"link -> {target.format(outside=outside)}")
    if versioned:
        start_repository(template)
        commit(template, "x")
    refuses(template, OUTSIDE.format("link"), OUTSIDE_HINT)


def test_a_kept_link_is_not_written_through(
    fwnew: Fwnew, hostile: Callable[..., Path], outside: Path, work: Path
) -> None:
    settings = "_preserve_symlinks: true\nplace: {type: str, default: link}\n"
    template = hostile(settings, f"link -> {outside}", "{{ place }}/evil")
    result = fwnew("new", "demo", "--defaults", "--template", str(template))
    assert (result.code, os.listdir(work), os.listdir(outside)) == (1, [], ["secret"])
    assert "Traceback" not in result.err


def test_a_link_within_the_project_stays(fwnew: Fwnew, hostile: Callable[..., Path], work: Path) -> None:
    template = hostile("_preserve_symlinks: true\n", "docs/index.md -> ../README.md")
    assert fwnew("new", "demo", "--defaults", "--template", str(template)).code == 0
    assert (work / "demo" / "docs" / "index.md").readlink() == Path("../README.md")


@pytest.mark.parametrize("subdirectory", ["..", "{outside}", "a/../../outside", "link"])
def test_a_subdirectory_outside_of_the_template_is_refused(
    refuses: Callable[..., None], hostile: Callable[..., Path], outside: Path, subdirectory: str
) -> None:
    name = subdirectory.format(outside=outside)
    refuses(hostile(f"_subdirectory: {name}\n", f"link -> {outside}"), OUTSIDE.format(name), OUTSIDE_HINT)


@pytest.mark.parametrize("include", ["../outside/secret", "link"])
def test_a_file_outside_cannot_be_included(
    fwnew: Fwnew, hostile: Callable[..., Path], outside: Path, work: Path, include: str
) -> None:
    files = {"README.md.jinja": f"{{% include '{include}' %}}"}
    template = hostile("_exclude: [link]\n", f"link -> {outside}/secret", **files)
    result = fwnew("new", "demo", "--defaults", "--template", str(template))
    assert (result.code, os.listdir(work)) == (1, [])
    assert SECRET not in result.out + result.err


def test_a_file_outside_is_no_external_data(
    refuses: Callable[..., None], hostile: Callable[..., Path], outside: Path
) -> None:
    files = {"README.md.jinja": "{{ _external_data.x }}"}
    template = hostile(f"_external_data: {{x: {outside}/secret}}\n", **files)
    refuses(template, OUTSIDE.format(outside / "secret"), OUTSIDE_HINT)


@pytest.mark.parametrize("settings", ["_tasks: ['touch {outside}/owned']\n", "_jinja_extensions: [antigravity]\n"])
def test_a_template_with_code_is_refused_even_where_copier_trusts_it(
    refuses: Callable[..., None], hostile: Callable[..., Path], outside: Path, home: Path, settings: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    template = hostile(settings.format(outside=outside))
    (home / "settings.yml").write_text(f"trust: ['{template}', '{template.parent}/']\n")
    monkeypatch.setenv("COPIER_SETTINGS_PATH", str(home / "settings.yml"))
    refuses(template, RUNS_CODE, "if you trust it, use `copier copy --trust`")


def test_a_migration_is_not_run(fwnew: Fwnew, hostile: Callable[..., Path], outside: Path) -> None:
    template = hostile(f"_migrations: ['touch {outside}/owned']\n")
    assert fwnew("new", "demo", "--defaults", "--template", str(template)).code == 0
    assert os.listdir(outside) == ["secret"]


@pytest.mark.parametrize(
    "expression",
    [
        "''.__class__.__mro__[1].__subclasses__()",
        "cycler.__init__.__globals__.os.popen('touch {outside}/owned').read()",
    ],
)
@pytest.mark.parametrize("where", ["a question", "a file"])
def test_an_expression_reaches_none_of_pythons_insides(
    fwnew: Fwnew, hostile: Callable[..., Path], outside: Path, work: Path, expression: str, where: str
) -> None:
    jinja = "{{ " + expression.format(outside=outside) + " }}"
    if where == "a file":
        template = hostile(**{"README.md.jinja": jinja})
    else:
        template = hostile(f'asked: {{type: str, default: "{jinja}"}}\n')
    result = fwnew("new", "demo", "--defaults", "--template", str(template))
    assert (result.code, os.listdir(work), os.listdir(outside)) == (1, [], ["secret"])
    assert "Traceback" not in result.err


# ── What is no template ─────────────────────────────────────────────────────────────────────────────────────


def test_a_url_that_nobody_answers_at_is_one_sentence(
    fwnew: Fwnew, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    trust.add("http://127.0.0.1:9/")
    url = "http://127.0.0.1:9/team.git"
    result = fwnew("new", "demo", "--defaults", "--template", url)
    error, hint = result.err.splitlines()
    assert (result.code, os.listdir(work)) == (1, [])
    assert error.startswith(f"error: git ls-remote failed: unable to access '{url}/'")
    assert hint == f"hint: check whether this works: git ls-remote {url}"


@pytest.mark.parametrize(
    "source",
    [
        "ext::sh -c touch% {outside}/owned.git",
        "git+ext::sh -c touch% {outside}/owned.git",
        "--upload-pack=touch {outside}/owned;.git",
        "git+--upload-pack=touch {outside}/owned;.git",
        "-u.git",
        "fd::17.git",
        "nowhere.git",
        "/nowhere/at/all.git",
        "~nobody-at-all/template.git",
        "https://host.git",
    ],
)
def test_what_git_could_take_for_an_option_or_a_program_is_no_template(
    refuses: Callable[..., None], outside: Path, source: str
) -> None:
    source = source.format(outside=outside)
    error = f"the template '{source}' is neither a folder nor a git URL"
    refuses(source, error, "write a URL in full, such as https://git.example.com/team/starter.git", code=2)


def test_a_folder_that_is_no_template_is_one_sentence(refuses: Callable[..., None], outside: Path) -> None:
    hint = "name a Copier template with --template SOURCE"
    refuses(outside, "the template has no copier.yml", hint)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"a: [", "line 1, column 5: expected the node content, but found '<stream end>'"),
        (b"\xff", "invalid start byte"),
        (b"just text", "it holds no questions by name"),
        (b"1: {type: str}", "it holds no questions by name"),
        (b"_envops: {extensions: [os]}",
         "jinja2.sandbox.SandboxedEnvironment() got multiple values for keyword argument 'extensions'"),
    ],
    ids=["broken", "binary", "text", "a number for a name", "other extensions"],
)  # fmt: skip
def test_a_copier_yml_that_cannot_be_read_is_one_sentence(
    refuses: Callable[..., None], hostile: Callable[..., Path], content: bytes, reason: str
) -> None:
    template = hostile()
    (template / "copier.yml").write_bytes(content)
    refuses(template, f"the template's copier.yml cannot be read: {reason}", "correct it, or name another template")
