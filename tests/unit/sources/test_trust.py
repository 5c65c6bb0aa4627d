"""A template that nobody allowed is neither contacted nor rendered."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fwnew.errors import UsageError
from fwnew.sources import trust
from fwnew.sources.address import INSTALLED
from fwnew.sources.trust import Config
from tests.kit.commands import Fwnew, refused

TEAM = "https://git.example.com/team/"


@pytest.fixture
def nothing_allowed(home: Path) -> Path:
    """The file that says what is allowed, not there yet."""
    trust.file().unlink()
    return trust.file()


@pytest.mark.usefixtures("nothing_allowed")
def test_the_refusal_of_a_folder_names_the_command_that_allows_it(
    fwnew: Fwnew, template: Callable[..., Path], work: Path
) -> None:
    folder = template("a team")
    result = fwnew("new", "demo", "--defaults", "--template", "../a team")
    refused(result)
    assert result.err.splitlines() == [
        "error: the template ../a team is not allowed",
        "hint: if you trust it: fwnew template allow '../a team'",
    ]
    assert os.listdir(work) == []
    assert fwnew("template", "allow", "../a team").code == 0
    assert fwnew("new", "demo", "--defaults", "--template", str(folder)).code == 0


@pytest.mark.usefixtures("nothing_allowed")
def test_the_carried_template_needs_no_permission(fwnew: Fwnew, packaged: Path) -> None:
    assert fwnew("new", "demo", "--defaults").code == 0
    assert fwnew("new", "again", "--defaults", "--template", INSTALLED).code == 0


@pytest.mark.usefixtures("nothing_allowed")
@pytest.mark.parametrize("command", ["new demo --defaults", "new demo -d author=x --json", "template show"])
def test_a_source_that_is_not_allowed_is_never_contacted(
    fwnew: Fwnew, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    def contact(*arguments: str, **options: object) -> str:
        raise AssertionError(arguments)

    monkeypatch.setattr("fwnew.sources.source.git", contact)
    monkeypatch.setenv("FWNEW_TEMPLATE", f"{TEAM}starter.git")
    result = fwnew(*command.split())
    assert (result.code, result.out) == (2, "")
    assert f"the template {TEAM}starter.git is not allowed" in result.err


def test_the_configured_template_is_used_and_allowed_by_itself(
    fwnew: Fwnew, nothing_allowed: Path, template: Callable[..., Path]
) -> None:
    nothing_allowed.write_text(f'template = "{template("team")}"')
    result = fwnew("new", "demo", "--defaults", "--json")
    assert result.json["template"]["source"] == str(template("team"))
    assert fwnew("template", "show", "--json").json["allowed"] == [str(template("team"))]
    refused(fwnew("new", "other", "--defaults", "--template", str(template("other"))))


def test_what_the_environment_names_wins_but_is_not_allowed_by_that(
    fwnew: Fwnew, nothing_allowed: Path, template: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing_allowed.write_text(f'template = "{template("team")}"')
    monkeypatch.setenv("FWNEW_TEMPLATE", str(template("pasted")))
    assert "pasted is not allowed" in fwnew("new", "demo", "--defaults").err


# ── Matching ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("entry", "template"),
    [
        (f"{TEAM}starter.git", f"{TEAM}starter.git"),
        (TEAM, f"{TEAM}starter.git"),
        (TEAM, f"git+{TEAM}deep/er/starter.git"),
        ("gh:team/", "https://github.com/team/starter.git"),
        ("https://github.com/team/starter.git", "gh:team/starter"),
        ("git@git.example.com:team/", "git@git.example.com:team/starter.git"),
    ],
)
def test_a_url_is_allowed_by_itself_or_by_an_entry_above_it(entry: str, template: str) -> None:
    assert Config(allow=(entry,)).allows(template)


@pytest.mark.parametrize(
    ("entry", "template"),
    [
        (TEAM.rstrip("/") + ".git", f"{TEAM}starter.git"),
        (f"{TEAM}starter.git", f"{TEAM}starter.git.git"),
        (TEAM, "https://git.example.com/team2/starter.git"),
        (TEAM, "http://git.example.com/team/starter.git"),
        (TEAM, "https://git.example.com.evil.com/team/starter.git"),
        (TEAM, f"{TEAM}../evil/starter.git"),
        (TEAM, f"{TEAM}x/../../evil/starter.git"),
        (TEAM, f"{TEAM}%2e%2e/evil/starter.git"),
        (TEAM, f"{TEAM}%2E./evil/starter.git"),
        (TEAM, f"{TEAM}..\\evil\\starter.git"),
        (TEAM, f"{TEAM}./starter.git"),
        (TEAM, f"{TEAM}/evil/starter.git"),
        (TEAM, f"{TEAM}x?path=../starter.git"),
        (TEAM, TEAM.rstrip("/") + ".git"),
        ("git@git.example.com:team/", "git@git.example.com:team/../evil.git"),
    ],
)
def test_a_url_beside_or_above_an_entry_is_not_allowed(entry: str, template: str) -> None:
    assert not Config(allow=(entry,)).allows(template)


@given(st.text(st.sampled_from("./%2eE\\:@?#a"), max_size=12))
def test_no_spelling_of_a_parent_gets_out_of_an_allowed_url(middle: str) -> None:
    try:
        if not Config(allow=(TEAM,)).allows(f"{TEAM}{middle}/evil.git"):
            return
    except UsageError:
        return
    assert all(part.strip(".") and "%" not in part for part in middle.split("/"))


def test_a_folder_is_allowed_by_where_it_really_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine, evil = tmp_path / "mine", tmp_path / "evil"
    for folder in (mine / "a", evil, tmp_path / "mine2"):
        folder.mkdir(parents=True)
    (mine / "link").symlink_to(evil)
    (tmp_path / "other").symlink_to(mine)
    monkeypatch.chdir(mine)
    below = Config(allow=(f"{tmp_path}/other/",))
    assert [below.allows(name) for name in ("a", f"{mine}/a", ".", f"{evil}/../mine/a")] == [True] * 4
    refused = ("link", "../evil", "..", f"{tmp_path}/mine2", f"{mine}/../evil")
    assert [below.allows(name) for name in refused] == [False] * 5
    assert not Config(allow=(str(mine),)).allows("a")


def test_a_folder_that_is_named_like_an_allowed_url_is_not_allowed(work: Path) -> None:
    (work / "https:" / "git.example.com" / "team" / "starter.git").mkdir(parents=True)
    assert not Config(f"{TEAM}starter.git", (TEAM,)).allows(f"{TEAM}starter.git")


# ── The file ────────────────────────────────────────────────────────────────────────────────────────────────

WRITTEN = """\
# mine
template = "gh:team/starter"  # the usual

allow = [
    "gh:team/",  # all of them
]
"""


def test_allowing_keeps_the_file_as_it_is_written_and_adds_an_entry_once(
    fwnew: Fwnew, nothing_allowed: Path, work: Path
) -> None:
    nothing_allowed.write_text(WRITTEN)
    (work / "templates").mkdir()
    for _ in range(2):
        result = fwnew("template", "allow", "templates/")
        assert (result.code, result.err) == (0, "")
        assert str(nothing_allowed) in result.out
    assert nothing_allowed.read_text() == WRITTEN.replace("them\n", f'them\n    "{work}/templates/",\n')
    assert os.listdir(nothing_allowed.parent) == ["config.toml"]


def test_the_first_permission_makes_the_file(fwnew: Fwnew, nothing_allowed: Path) -> None:
    nothing_allowed.parent.rmdir()
    assert fwnew("template", "allow", TEAM).code == 0
    assert trust.read() == Config(None, (TEAM,))


def test_a_file_that_is_a_link_stays_one(nothing_allowed: Path, home: Path) -> None:
    (home / "dotfiles.toml").write_text("# mine\n")
    nothing_allowed.symlink_to(home / "dotfiles.toml")
    trust.add(TEAM)
    assert nothing_allowed.is_symlink()
    assert trust.read().allow == (TEAM,)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("nowhere", "the template 'nowhere' is neither a folder nor a git URL"),
        ("https://", "the template 'https://' is neither a folder nor a git URL"),
        ("ext::sh -c touch% x.git", "the template 'ext::sh -c touch% x.git' is neither a folder nor a git URL"),
        ("https://me:pw@example.com/t/", "the template's URL holds a credential, and every project would record it"),
    ],
)
def test_what_is_no_source_is_not_allowed(fwnew: Fwnew, nothing_allowed: Path, source: str, message: str) -> None:
    result = fwnew("template", "allow", source)
    assert (result.code, result.err.splitlines()[0]) == (2, f"error: {message}")
    assert not nothing_allowed.exists()


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("allow = [", "is not TOML: Invalid value (at end of document)", "correct it, or move it away"),
        ("\udcff", "is not TOML: ", "correct it, or move it away"),
        ("alow = []", "has an unknown setting 'alow'", "did you mean 'allow'?"),
        ("x = 1", "has an unknown setting 'x'", "its settings are `template` and `allow`"),
        ("allow = 'gh:team/'", ": `allow` is not a list", 'write allow = ["SOURCE"]'),
        ("allow = [1]", ": `allow` holds 1, which is not text", "put it in quotes"),
        ("template = true", ": `template` holds True, which is not text", "put it in quotes"),
        (
            "template = 'starter'",
            ": the template 'starter' is neither a folder nor a git URL",
            "write a URL in full, such as https://git.example.com/team/starter.git",
        ),
    ],
)
def test_a_broken_configuration_is_one_sentence(
    fwnew: Fwnew, packaged: Path, work: Path, nothing_allowed: Path, text: str, message: str, hint: str
) -> None:
    nothing_allowed.write_text(text, errors="surrogateescape")
    result = fwnew("new", "demo", "--defaults")
    error, hinted = result.err.splitlines()
    assert result.code == 2
    assert error.replace(f"{nothing_allowed} ", "").startswith(f"error: {message}") or message in error
    assert hinted == f"hint: {hint}"
    assert os.listdir(work) == []
    refused(fwnew("template", "allow", TEAM))
    assert nothing_allowed.read_text(errors="surrogateescape") == text


def test_a_configuration_that_cannot_be_written_is_one_sentence(fwnew: Fwnew, nothing_allowed: Path) -> None:
    nothing_allowed.parent.rmdir()
    nothing_allowed.parent.parent.rmdir()
    nothing_allowed.parent.parent.write_text("a file where a folder should be")
    result = fwnew("template", "allow", TEAM)
    assert "Traceback" not in result.err
    assert result.code
    assert len([line for line in result.err.splitlines() if line.startswith("error: ")]) == 1


# ── On a terminal ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def terminal(work: Path, nothing_allowed: Path, template: Callable[..., Path]) -> Iterator[Callable[..., Any]]:
    """Runs `fwnew new` with a template that is not allowed, and types an answer to the one question."""
    pexpect = pytest.importorskip("pexpect")
    folder = template("asked")
    environment = {**os.environ, "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"}

    def run(dest: str, keys: str = "") -> Any:
        child = pexpect.spawn(
            sys.executable,
            ["-m", "fwnew", "new", dest, "--defaults", "--template", str(folder)],
            env=environment, cwd=work, encoding="utf-8", timeout=20, dimensions=(40, 200),
        )  # fmt: skip
        if keys:
            child.expect("its files become your project, which --smoke runs")
            child.expect("Do you trust it")
            child.send(keys)
        child.expect(pexpect.EOF)
        child.close()
        return child

    return run


def test_on_a_terminal_a_yes_is_asked_for_once_and_remembered(
    terminal: Callable[..., Any], work: Path, nothing_allowed: Path, template: Callable[..., Path]
) -> None:
    assert terminal("one", "y").exitstatus == 0
    assert trust.read().allow == (str(template("asked")),)
    assert terminal("two").exitstatus == 0
    assert sorted(os.listdir(work)) == ["one", "two"]


def test_with_json_nothing_is_asked_on_a_terminal_either(
    fwnew: Fwnew, nothing_allowed: Path, template: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fwnew.commands.new.has_terminal", lambda: True)
    refused(fwnew("new", "demo", "--defaults", "--json", "--template", str(template())), "is not allowed")


@pytest.mark.parametrize("keys", ["\r", "\x03"], ids=["the default", "Ctrl-C"])
def test_on_a_terminal_anything_but_a_yes_writes_nothing(
    terminal: Callable[..., Any], work: Path, nothing_allowed: Path, keys: str
) -> None:
    assert terminal("demo", keys).exitstatus == 130
    assert os.listdir(work) == []
    assert not nothing_allowed.exists()


def test_a_private_configuration_stays_private(home: Path, fwnew: Fwnew) -> None:
    trust.file().chmod(0o600)
    assert fwnew("template", "allow", "https://git.example.com/team/").code == 0
    assert trust.file().stat().st_mode & 0o777 == 0o600
