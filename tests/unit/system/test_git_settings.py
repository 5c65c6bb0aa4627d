"""However a person has set up git, a template gives the same files, and the first commit holds them all."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from fwnew.sources import trust
from fwnew.system.git import git as run_git
from fwnew.system.git_settings import neutral
from tests.kit.commands import Fwnew
from tests.kit.git import commit, git, git_bytes, set_up, start_repository
from tests.kit.snapshots import Files, lying

CONVERT = "* text eol=crlf\n"
HOOK = "#!/bin/sh\nfor file in $(git ls-files); do echo hooked >> $file; done\n"


def committed(folder: Path) -> Files:
    """What the first commit holds, file by file."""
    lines = [line.split("\t") for line in git_bytes(folder, "ls-tree", "-r", "-z", "HEAD").decode().split("\0")[:-1]]
    return {name: (meta.split()[0], git_bytes(folder, "cat-file", "blob", meta.split()[2])) for meta, name in lines}


FILES = {
    "text.txt": ("100644", b"one\ntwo\n"),
    "windows.bat": ("100644", b"one\r\ntwo\r\n"),
    "data.bin": ("100644", b"\0\n\r\n\n"),
    "run.sh": ("100755", b"#!/bin/sh\n"),
    "x.log": ("100644", b"log\n"),
    "link": ("120000", b"text.txt"),
}


@pytest.fixture
def team(template: Callable[..., Path]) -> Path:
    """A team's repository of a template with all sorts of files."""
    root = template("team", **{
        "copier.yml": "_preserve_symlinks: true\n_subdirectory: t\nproject_name: {type: str}\n",
        "t/{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers | to_nice_yaml }}",
    })  # fmt: skip
    for name, (mode, content) in FILES.items():
        if mode == "120000":
            (root / "t" / name).symlink_to(os.fsdecode(content))
        else:
            (root / "t" / name).write_bytes(content)
            (root / "t" / name).chmod(int(mode[-3:], 8))
    start_repository(root)
    commit(root, "x", "1.0")
    return root


@pytest.fixture
def configure(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets up git somehow."""
    return lambda *settings: set_up(settings, home, monkeypatch)


WAYS = [
    ["core.autocrlf=true"],
    ["core.autocrlf=input", "core.safecrlf=true"],
    ["core.eol=crlf", "core.attributesFile={home}/all", "all: * text=auto\n"],
    [f".config/git/attributes: {CONVERT}"],
    ["core.excludesFile={home}/ignored", "ignored: *.log\n"],
    ["core.symlinks=false", "core.fileMode=false"],
    ["core.hooksPath={home}/hooks", f"hooks/post-checkout: {HOOK}", f"hooks/pre-commit: {HOOK}"],
    ["init.templateDir={home}/new", f"new/hooks/post-checkout: {HOOK}", "new/info/exclude: *\n"],
    ["init.templateDir={home}/new", f"new/info/attributes: {CONVERT}"],
    ["GIT_TEMPLATE_DIR={home}/new", f"new/info/attributes: {CONVERT}", "new/config: [core]\nautocrlf = true\n"],
    ["core.sparseCheckout=true", "clone.defaultRemoteName=upstream", "clone.rejectShallow=true"],
    ["commit.gpgsign=true", "user.signingKey=nobody", "commit.cleanup=scissors", "submodule.recurse=true",
     "checkout.workers=2", "core.fsmonitor={home}/watch", "watch: #!/bin/sh\nexit 1\n"],
    ["protocol.file.allow=never", "safe.bareRepository=explicit", "GIT_LITERAL_PATHSPECS=1", "GIT_ATTR_SOURCE=HEAD"],
    ["GIT_ALLOW_PROTOCOL=https:ssh"],
    ["GIT_DEFAULT_HASH=sha256", "init.defaultObjectFormat=sha256"],
    ["GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=core.autocrlf", "GIT_CONFIG_VALUE_0=true"],
    ["GIT_CONFIG_PARAMETERS='core.autocrlf=true'"],
]  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="links and modes as POSIX has them")
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way[0])
def test_no_setting_of_a_person_changes_a_new_project_or_its_first_commit(
    fwnew: Fwnew, team: Path, work: Path, configure: Callable[..., None], packaged: Path, way: list[str]
) -> None:
    configure(*way)
    for name, source in (("carried", []), ("fetched", ["--template", f"file://{team}"])):
        result = fwnew("new", name, "--defaults", "--json", *source)
        assert result.code == 0, result.err
        assert (result.json["repository"], result.json["note"]) == ("committed", "")
    assert (work / "carried" / "README.md").read_bytes() == b"# carried by Ada Lovelace\n"
    fetched = lying(work / "fetched")
    assert {name: fetched[name] for name in FILES} == FILES
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("GIT_")]:
            patch.delenv(name)
        for project in (work / "carried", work / "fetched"):
            assert committed(project) == lying(project)


def test_what_leads_to_a_repository_stays_the_persons_own(
    fwnew: Fwnew, team: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust.add("https://git.example.com/")
    git(home, "config", "--global", f"url.file://{team}/.insteadOf", "https://git.example.com/one")
    for name, value in {
        "COUNT": "1",
        "KEY_0": f"url.file://{team}.insteadOf",
        "VALUE_0": "https://git.example.com/two",
    }.items():
        monkeypatch.setenv(f"GIT_CONFIG_{name}", value)
    for name in ("one", "two"):
        result = fwnew("new", name, "--defaults", "--template", f"https://git.example.com/{name}")
        assert result.code == 0, result.err


def test_settings_survive_being_handed_on_with_whatever_they_hold(home: Path) -> None:
    values = {
        "credential.https://host/a b.helper": '!f() { echo "x\\y"; }; f # "quoted"',
        'http.https://"x\\y".extraHeader': "A: b\n\tc  ",
        "url.ssh://git@Host/.insteadOf": "https://Host/",
        "core.sshCommand": "ssh -i '~/.ssh/a key'",
        "safe.directory": "",
        "filter.lfs.process": "git-lfs filter-process",
    }
    for key, value in values.items():
        git(home, "config", "--global", "--add", key, value)
    with (home / ".gitconfig").open("a") as file:
        file.write("[http]\n\tsslVerify\n[core]\n\tautocrlf = true\n[alias]\n\tx = log\n")
    with neutral() as nowhere:
        found = {key: run_git("config", "--get", key, cwd=nowhere).removesuffix("\n") for key in values}
        assert run_git("config", "--type=bool", "--get", "http.sslVerify", cwd=nowhere) == "true\n"
        assert run_git("config", "--get", "core.autocrlf", cwd=nowhere) == "false\n"
        assert run_git("config", "--get", "alias.x", cwd=nowhere, accepted=(1,)) == ""
    assert found == values


def test_the_environment_is_as_it_was_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DEFAULT_HASH", "sha256")
    before = dict(os.environ)
    with neutral(), neutral(reaching=False):
        assert "GIT_DEFAULT_HASH" not in os.environ
    with suppress(ValueError), neutral():
        raise ValueError
    assert dict(os.environ) == before


def test_what_every_repository_of_a_person_has_is_in_a_new_project_too(
    fwnew: Fwnew, packaged: Path, work: Path, configure: Callable[..., None]
) -> None:
    configure("init.templateDir=~/new", "new/hooks/pre-commit: #!/bin/sh\n", "new/info/exclude: *.tmp\n")
    assert fwnew("new", "demo", "--defaults").code == 0
    assert os.access(work / "demo" / ".git" / "hooks" / "pre-commit", os.X_OK)
    assert (work / "demo" / ".git" / "info" / "exclude").read_text() == "*.tmp\n"


def test_copiers_own_cache_takes_no_part(fwnew: Fwnew, team: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPIER_CACHE_DIR", "/proc/nowhere")
    assert fwnew("new", "demo", "--defaults", "--template", f"file://{team}").code == 0
    assert not (home / ".cache").exists()
