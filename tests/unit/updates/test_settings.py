"""However a person has set up git, and whatever their repository is like, an update is the same, and so is its end."""

import os
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fwnew.project import render
from tests.harness.updates import machine
from tests.harness.updates.people import git as plain_git

Fwnew = Callable[..., Any]
Row = tuple[str, bytes]
Files = dict[str, Row]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links and modes as POSIX has them")

FAILS = "#!/bin/sh\nexit 1\n"
ANSWERS = "{{ _copier_conf.answers_file }}.jinja"
LINES = [b"line %d\n" % number for number in range(20)]
TEXT, LF = "100644", b"".join(LINES)
CRLF = LF.replace(b"\n", b"\r\n")
FILES = {
    "1.0": {
        ANSWERS: (TEXT, b"{{ _copier_answers | to_nice_yaml }}"),
        "text.txt": (TEXT, LF),
        "windows.bat": (TEXT, CRLF),
        "data.bin": (TEXT, b"\0one\n\r\n"),
        "run.sh": ("100755", b"#!/bin/sh\n"),
        "tool.txt": (TEXT, b"a tool\n"),
        "link": ("120000", b"text.txt"),
        "old/name.py": (TEXT, b"# moves\n" + LF),
        "gone.txt": (TEXT, b"gone\n"),
        "gone.bin": (TEXT, b"\0gone"),
        "x.log": (TEXT, b"log\n"),
    },
    "2.0": {
        ANSWERS: (TEXT, b"{{ _copier_answers | to_nice_yaml }}"),
        "text.txt": (TEXT, LF.replace(b"line 3\n", b"line three\n")),
        "windows.bat": (TEXT, CRLF.replace(b"line 3\r", b"line three\r")),
        "data.bin": (TEXT, b"\0two\n\r\n"),
        "run.sh": ("100755", b"#!/bin/sh\ntrue\n"),
        "tool.txt": ("100755", b"a tool\n"),
        "link": ("120000", b"run.sh"),
        "new/name.py": (TEXT, b"# moved\n" + LF),
        "x.log": (TEXT, b"longer log\n"),
        "y.log": (TEXT, b"new log\n"),
        "added/text.txt": (TEXT, b"added\n"),
        "added/windows.bat": (TEXT, b"added\r\n"),
        "added/data.bin": (TEXT, b"\0added\n\r\n"),
        "added/run.sh": ("100755", b"#!/bin/sh\n"),
        "added/link": ("120000", b"text.txt"),
    },
}


def lay(folder: Path, files: Files) -> None:
    for name, (mode, content) in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if mode == "120000":
            path.symlink_to(os.fsdecode(content))
        else:
            path.write_bytes(content)
            path.chmod(int(mode[-3:], 8))


def make_template(folder: Path, versions: dict[str, Files]) -> None:
    template = folder / "template"
    template.mkdir(parents=True)
    plain_git(template, "init", "-q", "-b", "main")
    for version, files in versions.items():
        shutil.rmtree(template / "t", ignore_errors=True)
        lay(template / "t", files)
        (template / "copier.yml").write_text("_preserve_symlinks: true\n_subdirectory: t\nlevel: 1\n")
        plain_git(template, "add", "-A", "--force")
        plain_git(template, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", version)
        plain_git(template, "tag", version)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a template of two versions."""
    folder = tmp_path_factory.mktemp("settings")
    make_template(folder, FILES)
    return folder


@pytest.fixture(autouse=True)
def rendered(kept: Path, request: pytest.FixtureRequest) -> Iterator[None]:
    """Renderings are kept, but for some settings that could change them; see `test_git_settings` as well."""
    fresh = [f"test_no_setting_changes_an_update[{name}]" for name in FRESH]
    if request.node.name in ["test_no_name_of_a_file_changes_an_update", *fresh]:
        yield
        return
    with machine.rendered_once(kept / "renderings"), pytest.MonkeyPatch.context() as patch:
        patch.setattr(render, "run_copier", machine.prepare.run_copier)
        yield


def lying(folder: Path) -> Files:
    """Every file with its mode, as git writes it, and its bytes."""

    def row(path: Path) -> Row:
        if path.is_symlink():
            return "120000", os.fsencode(path.readlink())
        return "100755" if path.stat().st_mode & stat.S_IXUSR else TEXT, path.read_bytes()

    found = [path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()]
    names = {path.relative_to(folder).as_posix(): path for path in found}
    return {name: row(path) for name, path in names.items() if name.split("/")[0] != ".git"}


def observe(folder: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """What git says without anybody's settings, but those of the repository."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    own |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    return subprocess.run(["git", *arguments], cwd=folder, env=own, input=stdin, capture_output=True, check=True).stdout


def contents(folder: Path, blobs: set[bytes]) -> dict[bytes, bytes]:
    """What these objects hold, whatever git hashes them with."""
    printed, found = observe(folder, "cat-file", "--batch", stdin=b"".join(blob + b"\n" for blob in blobs)), {}
    while printed:
        head, _, printed = printed.partition(b"\n")
        blob, _, size = head.split()
        found[blob], printed = printed[: int(size)], printed[int(size) + 1 :]
    return found


def seen(folder: Path) -> dict[str, Any]:
    """The work tree, the index and the last commit, each with its modes and bytes."""
    staged = [(*meta.split(), path) for meta, path in listed(folder, "ls-files", "--stage")]
    committed = [(*meta.split(), path) for meta, path in listed(folder, "ls-tree", "-r", "HEAD")]
    held = contents(folder, {row[1] for row in staged} | {row[2] for row in committed})
    return {
        "work tree": lying(folder),
        "index": [(path, stage, mode, held[blob]) for mode, blob, stage, path in staged],
        "commit": [(path, mode, held[blob]) for mode, _, blob, path in committed],
    }


def listed(folder: Path, *arguments: str) -> list[tuple[bytes, bytes]]:
    """Each file that git lists: what it says of it, and its path."""
    rows = [line.partition(b"\t") for line in observe(folder, *arguments, "-z").split(b"\0")[:-1]]
    return [(meta, path) for meta, _, path in rows]


@dataclass(frozen=True)
class Person:
    """Who makes a project of the first version, edits it, and runs each command."""

    fwnew: Fwnew
    kept: Path
    work: Path

    def new(self, name: str = "demo") -> Path:
        self.offers("1.0")
        result = self.fwnew("new", name, "--defaults", "--template", str(self.kept / "template"))
        assert result.code == 0, result
        self.offers("1.0", "2.0")
        return self.work / name

    def offers(self, *versions: str) -> None:
        """Let the template have these versions."""
        tags = self.kept / "template" / ".git" / "refs" / "tags"
        commit = observe(self.kept / "template", "rev-parse", "main")
        (tags / "2.0").write_bytes(commit) if "2.0" in versions else (tags / "2.0").unlink(missing_ok=True)

    def edits(self, project: Path, *, clash: bool = False) -> None:
        line = b"line 3\n" if clash else b"line 15\n"
        for name in ("text.txt", "old/name.py"):
            (project / name).write_bytes((project / name).read_bytes().replace(line, b"mine\n"))
        (project / "own.txt").write_bytes(b"mine\n")
        self.commits(project)

    def commits(self, project: Path) -> None:
        off = (
            "user.name=Ada",
            "core.hooksPath=/dev/null",
            "commit.gpgSign=false",
            "core.safecrlf=false",
            "core.excludesFile=/dev/null",
        )
        plain = [word for setting in off for word in ("-c", setting)]
        plain_git(project, *plain, "add", "--all", "--force", ".")
        plain_git(project, *plain, "commit", "-qm", "work")

    def goes_on(self, project: Path) -> dict[str, Any]:
        """Check, update, take it back, and update with a commit; what each gives."""
        found = dict[str, Any](edited=seen(project), clean=self.status(project))
        for name, arguments in CYCLE.items():
            result = self.fwnew(*arguments, str(project))
            found[name] = {"code": result.code, "says": result.out, "error": result.err, **seen(project)}
            found[f"{name}: not committed"] = self.status(project) if name != "update" else []
        return found

    def status(self, project: Path) -> list[bytes]:
        """What git calls changed, as the person has set it up."""
        printed = plain_git(project, "-c", "core.fsmonitor=false", "status", "--porcelain", "-z", "--", ".")
        return printed.split(b"\0")[:-1]


CYCLE = {
    "check": ["check"],
    "update": ["update", "--yes"],
    "abort": ["update", "--abort"],
    "commit": ["update", "--yes", "--commit"],
}


@pytest.fixture
def person(fwnew: Fwnew, kept: Path, work: Path) -> Person:
    return Person(fwnew, kept, work)


@pytest.fixture
def plain(kept: Path, fwnew: Fwnew, tmp_path: Path) -> Callable[[bool], dict[str, Any]]:
    """The cycle of a person who set nothing, run once."""

    def run(clash: bool = False) -> dict[str, Any]:
        if clash not in PLAIN:
            (tmp_path / "plain").mkdir()
            person = Person(fwnew, kept, tmp_path / "plain")
            with pytest.MonkeyPatch.context() as patch:
                patch.chdir(person.work)
                project = person.new()
                made = seen(project)
                person.edits(project, clash=clash)
                PLAIN[clash] = {"new": made, **person.goes_on(project)}
        return PLAIN[clash]

    return run


PLAIN = dict[bool, dict[str, Any]]()


def different(found: dict[str, Any], wanted: dict[str, Any], at: str = "") -> list[str]:
    """Where two results differ, in words that fit on a line."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        names = sorted(found.keys() | wanted.keys())
        return [each for name in names for each in different(found.get(name), wanted.get(name), f"{at}/{name}")]
    if isinstance(found, list) and isinstance(wanted, list):
        extra, missing = [each for each in found if each not in wanted], [each for each in wanted if each not in found]
        return [f"{at}: {extra} instead of {missing}"] if found != wanted else []
    return [f"{at}: {found!r} instead of {wanted!r}"] if found != wanted else []


def without(part: str, result: dict[str, Any], *steps: str) -> dict[str, Any]:
    """A result without a part of these steps, of all if none is named."""
    return {
        step: {name: value for name, value in found.items() if name != part}
        if isinstance(found, dict) and (not steps or step in steps)
        else found
        for step, found in result.items()
    }


# `key=value` is a setting at home, `NAME=value` a variable, `path: text` a file at home; `repository key=value` is set
# in the project once it is made, and `.git/path: text` lies there then.
SETTINGS = {
    "autocrlf": ["core.autocrlf=true"],
    "autocrlf input": ["core.autocrlf=input"],
    "autocrlf in the repository": ["repository core.autocrlf=true"],
    "safecrlf with autocrlf": ["core.autocrlf=true", "core.safecrlf=true"],
    "safecrlf": ["core.safecrlf=true"],
    "eol": ["core.eol=crlf"],
    "eol in the repository": ["repository core.eol=crlf"],
    "fileMode in the repository": ["repository core.fileMode=false"],
    "quotePath": ["core.quotePath=true"],
    "no quotePath": ["core.quotePath=false"],
    "ignoreCase": ["repository core.ignoreCase=true"],
    "precomposeUnicode": ["repository core.precomposeUnicode=true"],
    "safe.bareRepository": ["safe.bareRepository=explicit"],
    "default hash": ["GIT_DEFAULT_HASH=sha256"],
    "templateDir": [
        "init.templateDir={home}/new", "new/info/exclude: *\n", "new/info/attributes: * -text merge=ours\n",
        f"new/hooks/post-index-change: {FAILS}", f"new/hooks/post-checkout: {FAILS}",
    ],
    "excludesFile": ["core.excludesFile={home}/ignored", "ignored: *.log\n*.bat\nadded\nold\n"],
    "exclude": [".git/info/exclude: *.log\n*.bat\nadded\nold\n"],
    "attributesFile eol": ["core.attributesFile={home}/all", "all: *.txt text eol=crlf\n"],
    "attributesFile text=auto eol": ["core.attributesFile={home}/all", "all: * text=auto eol=crlf\n"],
    "attributesFile union": ["core.attributesFile={home}/all", "all: * merge=union -diff\n"],
    "attributes at home": [".config/git/attributes: *.txt text eol=crlf\n"],
    "attributes of a filter": [
        "core.attributesFile={home}/all", "all: *.txt filter=x ident\n", "filter.x.clean=cat", "filter.x.smudge=false",
    ],
    "attributes of the repository": [".git/info/attributes: * merge=union -diff -text\n"],
    "conflictStyle diff3": ["merge.conflictStyle=diff3"],
    "conflictStyle zdiff3": ["merge.conflictStyle=zdiff3"],
    "merge.renames": ["merge.renames=false"],
    "merge.renameLimit": ["merge.renameLimit=1", "diff.renameLimit=1"],
    "merge.ff": ["merge.ff=only", "merge.verifySignatures=true", "pull.rebase=true"],
    "merge driver": ["merge.default=x", "merge.x.driver=false"],
    "diff.renames": ["diff.renames=false"],
    "diff.algorithm": ["diff.algorithm=histogram", "diff.indentHeuristic=false", "diff.context=0"],
    "diff.noprefix": ["diff.noprefix=true", "diff.mnemonicPrefix=true"],
    "diff.external": ["diff.external=false"],
    "diff.orderFile": ["diff.orderFile={home}/order", "order: z*\n", "diff.relative=true"],
    "GIT_EXTERNAL_DIFF": ["GIT_EXTERNAL_DIFF=false"],
    "GIT_DIFF_OPTS": ["GIT_DIFF_OPTS=-u0"],
    "color.ui": ["color.ui=always"],
    "rerere": ["rerere.enabled=true", "rerere.autoUpdate=true"],
    "status": ["status.showUntrackedFiles=no", "status.relativePaths=true", "status.branch=true", "status.short=true",
               "status.showStash=true", "status.aheadBehind=false"],
    "fsmonitor": ["core.fsmonitor={home}/watch", f"watch: {FAILS}"],
    "fsmonitor that sees nothing": ["core.fsmonitor={home}/watch", "watch: #!/bin/sh\nprintf 'token\\0'\n"],
    "untrackedCache": ["core.untrackedCache=true"],
    "index.sparse": ["index.sparse=true"],
    "index.version": ["index.version=4"],
    "splitIndex": ["core.splitIndex=true"],
    "manyFiles": ["feature.manyFiles=true", "feature.experimental=true"],
    "protocol.file": ["protocol.file.allow=never"],
    "protocol": ["protocol.allow=never"],
    "GIT_ALLOW_PROTOCOL": ["GIT_ALLOW_PROTOCOL=https"],
    "GIT_LITERAL_PATHSPECS": ["GIT_LITERAL_PATHSPECS=1"],
    "GIT_CONFIG_PARAMETERS": ["GIT_CONFIG_PARAMETERS='core.autocrlf=true' 'core.eol=crlf'"],
    "GIT_CONFIG_COUNT": ["GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=core.autocrlf", "GIT_CONFIG_VALUE_0=true"],
    "GIT_OPTIONAL_LOCKS": ["GIT_OPTIONAL_LOCKS=0", "GIT_FLUSH=1", "GIT_PAGER=false", "GIT_EDITOR=false"],
    "gc.auto": ["gc.auto=1", "gc.autoDetach=false", "maintenance.auto=true", "gc.pruneExpire=now"],
    "fetch.prune": ["fetch.prune=true", "fetch.pruneTags=true", "fetch.writeCommitGraph=true", "fetch.output=compact",
                    "fetch.unpackLimit=1", "fetch.negotiationAlgorithm=skipping", "fetch.parallel=0"],
    "fsckObjects": ["fetch.fsckObjects=true", "transfer.fsckObjects=true", "receive.fsckObjects=true"],
    "recurseSubmodules": ["fetch.recurseSubmodules=true", "submodule.recurse=true"],
    "uploadpack": ["transfer.hideRefs=refs", "uploadpack.hideRefs=refs", "uploadpack.packObjectsHook=false"],
    "log and core": ["log.showSignature=true", "core.pager=false", "core.editor=false", "core.abbrev=4",
                     "core.commentChar=l", "core.checkStat=minimal", "core.trustctime=false", "core.preloadIndex=false",
                     "core.sharedRepository=group", "core.compression=0", "core.bigFileThreshold=1"],
    "refs": ["core.warnAmbiguousRefs=false", "core.logAllRefUpdates=false", "core.createObject=rename"],
    "commit": ["commit.cleanup=scissors", "commit.template={home}/message", "message: x\n", "commit.verbose=true",
               "commit.status=false"],
    "i18n": ["i18n.commitEncoding=ISO-8859-1", "i18n.logOutputEncoding=ISO-8859-1"],
    "advice": ["advice.addIgnoredFile=false", "advice.detachedHead=false"],
    "checkout": ["checkout.workers=4", "checkout.thresholdForParallelism=0", "checkout.guess=false"],
    "sparseCheckout without patterns": ["repository core.sparseCheckout=true"],
    "alias": ["alias.status=!false", "alias.fetch=!false"],
    "trace": ["GIT_TRACE=2", "trace2.normalTarget=2"],
    "core.worktree": ["repository core.worktree=.."],
    "bare is unset": ["repository core.bare="],
    "hooksPath": ["core.hooksPath={home}/hooks", f"hooks/post-index-change: {FAILS}", f"hooks/post-checkout: {FAILS}"],
    "hooks that a commit does not run": [
        f".git/hooks/{name}: {FAILS}" for name in ("post-index-change", "post-checkout", "post-merge", "pre-push",
                                                   "post-commit", "pre-auto-gc", "fsmonitor-watchman", "update")
    ],
}  # fmt: skip


@pytest.fixture
def configure(home: Path, git: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets up git as the settings say."""

    def run(settings: list[str], project: Path | None = None) -> None:
        for setting in settings:
            name, _, text = setting.partition(": ")
            later = setting.startswith(("repository ", ".git/"))
            if later != bool(project):
                continue
            if text:
                file = (project or home) / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
                file.chmod(0o755)
                continue
            key, _, value = setting.removeprefix("repository ").format(home=home).partition("=")
            if key.isupper():
                monkeypatch.setenv(key, value)
            else:
                git(project or home, "config", *([] if later else ["--global"]), key, value)

    return run


@pytest.fixture
def goes_through(person: Person, configure: Callable[..., None]) -> Callable[[list[str]], tuple[Path, dict[str, Any]]]:
    """The whole cycle with some settings."""

    def run(settings: list[str], *, clash: bool = False) -> tuple[Path, dict[str, Any]]:
        configure(settings)
        project = person.new()
        made = seen(project)
        configure(settings, project)
        person.edits(project, clash=clash)
        return project, {"new": made, **person.goes_on(project)}

    return run


@pytest.mark.parametrize("name", SETTINGS)
def test_no_setting_changes_an_update(plain: Any, goes_through: Any, name: str) -> None:
    wanted = plain()
    assert different(goes_through(SETTINGS[name])[1], wanted) == []


FRESH = ["safecrlf with autocrlf", "attributesFile text=auto eol", "default hash", "GIT_ALLOW_PROTOCOL", "uploadpack"]
CLASHES = [
    "conflictStyle diff3", "conflictStyle zdiff3", "attributesFile union", "merge driver", "rerere", "autocrlf",
    "safecrlf with autocrlf", "color.ui", "diff.algorithm", "attributesFile eol", "templateDir",
    "attributes of the repository",
]  # fmt: skip


@pytest.mark.parametrize("name", CLASHES)
def test_no_setting_changes_a_conflict(plain: Any, goes_through: Any, name: str) -> None:
    wanted = plain(clash=True)
    assert wanted["update"]["code"] == 1
    assert different(goes_through(SETTINGS[name], clash=True)[1], wanted) == []


DIFFS = [name for name in SETTINGS if name.startswith(("diff", "GIT_", "color", "quote", "no quote", "attributes"))]


@pytest.mark.parametrize("name", DIFFS)
def test_no_setting_changes_the_difference_that_is_shown(
    person: Person, configure: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = person.new()
    person.edits(project)
    wanted = person.fwnew("update", "--dry-run", "demo")
    configure(SETTINGS[name])
    configure(SETTINGS[name], project)
    assert person.fwnew("update", "--dry-run", "demo") == wanted
    assert "+line three" in wanted.out


TURNS = {
    "symlinks": ["repository core.symlinks=false"],
    "attributes": [".git/info/attributes: *.txt text eol=crlf\n*.bat -text\n"],
    "ident": [".git/info/attributes: * ident\n"],
}
"""What a repository's own settings say of files in its work tree is obeyed."""


@pytest.mark.parametrize("name", TURNS)
def test_files_come_as_the_repository_wants_them_to_lie_there(
    plain: Any, goes_through: Any, tmp_path: Path, name: str
) -> None:
    wanted = plain()
    project, found = goes_through(TURNS[name])
    found, wanted = (without("work tree", result, "update", "commit") for result in (found, wanted))
    assert different(found, wanted) == []
    plain_git(project, "checkout-index", "--all", f"--prefix={tmp_path}/fresh/")
    changed = plain_git(project, "diff", "--name-only", "--no-renames", "--diff-filter=d", "HEAD^").decode().split()
    fresh, lies = lying(tmp_path / "fresh"), lying(project)
    assert {path: lies[path] for path in changed} == {path: fresh[path] for path in changed}


HINDERS = {
    "gpgsign": (["commit.gpgSign=true", "user.signingKey=nobody", "gpg.program=false"], "gpg failed to sign the data"),
    "gpgsign without gpg": (["commit.gpgSign=true", "gpg.program=/nowhere/gpg"], "cannot run /nowhere/gpg"),
    "pre-commit": ([f".git/hooks/pre-commit: {FAILS}"], "git gave no reason"),
    "pre-commit that speaks": ([".git/hooks/pre-commit: #!/bin/sh\necho no tests >&2\nexit 1\n"], "no tests"),
    "commit-msg": (["core.hooksPath={home}/hooks", f"hooks/commit-msg: {FAILS}"], "git gave no reason"),
    "reference-transaction": (
        [f".git/hooks/reference-transaction: {FAILS}"], "ref updates aborted by hook",
    ),
    "no identity": (["repository user.name="], "empty ident name"),
}  # fmt: skip


@pytest.mark.parametrize("name", HINDERS)
def test_what_hinders_a_commit_hinders_nothing_else(plain: Any, goes_through: Any, person: Person, name: str) -> None:
    wanted, (settings, reason) = plain(), HINDERS[name]
    project, found = goes_through(settings)
    refused, _ = found.pop("commit"), found.pop("commit: not committed")
    assert different(found, {name: value for name, value in wanted.items() if not name.startswith("commit")}) == []
    message, hint, *more = refused["error"].splitlines()
    assert (refused["code"], reason in message, "fwnew update --abort" in hint, more) == (1, True, True, [])
    staged = {part: refused[part] for part in ("work tree", "index", "commit")}
    assert different(staged, {part: found["update"][part] for part in staged}) == []
    assert person.fwnew("update", "--abort", "demo").code == 0
    assert different(seen(project), wanted["edited"]) == []


def linked(project: Path, folder: Path) -> None:
    plain_git(project, "worktree", "add", "-q", str(folder))


def submodule(project: Path, folder: Path) -> None:
    outer = folder.parent
    plain_git(outer, "init", "-q")
    plain_git(outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(project), folder.name)


def shallow(project: Path, folder: Path) -> None:
    plain_git(folder.parent, "clone", "-q", "--depth=1", project.as_uri(), str(folder))
    away(project)


def partial(project: Path, folder: Path) -> None:
    plain_git(project, "config", "uploadpack.allowFilter", "true")
    plain_git(folder.parent, "clone", "-q", "--filter=blob:none", project.as_uri(), str(folder))
    away(project)


def away(project: Path) -> None:
    """What was cloned cannot be reached any more."""
    project.rename(project.with_name("away"))


def sub_folder(project: Path, folder: Path) -> None:
    """In a repository of its own that lies above, where there is work in progress."""
    outer = folder.parent
    shutil.move(project, folder)
    shutil.rmtree(folder / ".git")
    lay(outer, {"other/one.txt": (TEXT, b"one\n"), "other/two.txt": (TEXT, b"two\n")})
    plain_git(outer, "init", "-q", "-b", "main")
    plain_git(outer, "add", "--all", "--force", ".")
    plain_git(outer, "commit", "-qm", "all")
    lay(outer, {"other/one.txt": (TEXT, b"staged\n"), "other/two.txt": (TEXT, b"changed\n")})
    plain_git(outer, "add", "other/one.txt")


def sparse_beside(project: Path, folder: Path) -> None:
    """Other folders of the repository are not checked out."""
    sub_folder(project, folder)
    plain_git(folder.parent, "reset", "-q", "--hard")
    plain_git(folder.parent, "sparse-checkout", "set", "--cone", folder.name)
    assert not (folder.parent / "other").exists()


def sparse_index(project: Path, folder: Path) -> None:
    sparse_beside(project, folder)
    plain_git(folder.parent, "sparse-checkout", "init", "--cone", "--sparse-index")


def partial_and_sparse(project: Path, folder: Path) -> None:
    """The objects of other folders were never fetched, and cannot be."""
    origin = folder.parent / "origin"
    origin.mkdir()
    sub_folder(project, origin / folder.name)
    plain_git(origin, "config", "uploadpack.allowFilter", "true")
    top = folder.parent / "top"
    plain_git(folder.parent, "clone", "-q", "--filter=blob:none", "--no-checkout", origin.as_uri(), str(top))
    plain_git(top, "sparse-checkout", "set", "--cone", folder.name)
    plain_git(top, "checkout", "-q")
    away(origin)
    folder.symlink_to(top / folder.name)


def git_file(project: Path, folder: Path) -> None:
    plain_git(project, "init", "-q", f"--separate-git-dir={folder.parent / 'elsewhere'}")
    shutil.move(project, folder)
    assert (folder / ".git").is_file()


def with_worktree(project: Path, folder: Path) -> None:
    """Git's folder names the work tree."""
    git_file(project, folder)
    plain_git(folder, "config", "core.worktree", str(folder))


def sha256(project: Path, folder: Path) -> None:
    shutil.move(project, folder)
    shutil.rmtree(folder / ".git")
    plain_git(folder, "init", "-q", "--object-format=sha256")
    plain_git(folder, "add", "--all", "--force", ".")
    plain_git(folder, "commit", "-qm", "all")


def borrowing(project: Path, folder: Path) -> None:
    """Its objects lie in another repository, and more in packs."""
    plain_git(project, "gc", "-q")
    plain_git(folder.parent, "clone", "-q", "--shared", str(project), str(folder))


def bare_beside(project: Path, folder: Path) -> None:
    """Linked to a bare repository."""
    bare = folder.parent / "bare.git"
    plain_git(folder.parent, "clone", "-q", "--bare", str(project), str(bare))
    plain_git(bare, "worktree", "add", "-q", str(folder), "-b", "work")


def own_config(project: Path, folder: Path) -> None:
    """A linked work tree with settings of its own, and commits that another replaces."""
    linked(project, folder)
    plain_git(folder, "config", "extensions.worktreeConfig", "true")
    plain_git(folder, "config", "--worktree", "core.autocrlf", "true")


def through_a_link(project: Path, folder: Path) -> None:
    folder.symlink_to(project)


def replaced(project: Path, folder: Path) -> None:
    shutil.move(project, folder)
    plain_git(folder, "replace", "--graft", "HEAD")


SHAPES = (
    linked, submodule, shallow, partial, sub_folder, sparse_beside, sparse_index, partial_and_sparse, git_file,
    with_worktree, sha256, borrowing, bare_beside, own_config, through_a_link, replaced,
)  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__.replace("_", " "))
def test_no_shape_of_a_repository_changes_an_update(
    person: Person, plain: Any, tmp_path: Path, shape: Callable[[Path, Path], None]
) -> None:
    wanted = {name: value for name, value in plain().items() if name != "new"}
    project = person.new()
    person.edits(project)
    (tmp_path / "shaped").mkdir()
    shape(project, tmp_path / "shaped" / "demo")
    assert different(person.goes_on(tmp_path / "shaped" / "demo"), wanted) == []


def test_what_is_staged_elsewhere_in_the_repository_stays_so(person: Person, tmp_path: Path) -> None:
    project = person.new()
    (tmp_path / "outer").mkdir()
    sub_folder(project, tmp_path / "outer" / "demo")
    before = observe(tmp_path / "outer", "diff", "--cached")
    assert person.fwnew("update", "--yes", "--commit", str(tmp_path / "outer" / "demo")).code == 0
    assert observe(tmp_path / "outer", "diff", "--cached") == before != b""
    assert observe(tmp_path / "outer", "diff", "--name-only") == b"other/two.txt\n"


ODD = ["new\nline", "blank ", " blank", "co:lon", "quo'te\"", "ü", "u\u0308", os.fsdecode(b"\xff"), "-dash", "*", "[a]",
       "!not", "#hash", ":(top)x", "back\\slash", "$HOME", "tab\t", "dem o.git"]  # fmt: skip


@pytest.mark.parametrize("name", ODD, ids=ascii)
def test_no_name_of_a_folder_changes_an_update(person: Person, plain: Any, name: str) -> None:
    wanted = {name: value for name, value in plain().items() if name != "new"}
    project = person.new()
    person.edits(project)
    there = project.rename(person.work / name)
    found = person.goes_on(there) if name[0] != "-" else person.goes_on(Path("./") / there)
    assert different(without("says", found), without("says", wanted)) == []


SPARSE = {
    "a file that changes": ("/data.bin", "the update changes data.bin, which is not checked out"),
    "a file that goes": ("/gone.txt", "the update changes gone.txt, which is not checked out"),
    "the answers": ("/.copier-answers.yml", ".copier-answers.yml is not checked out"),
}


@pytest.mark.parametrize("name", SPARSE)
def test_files_that_are_not_checked_out_are_one_sentence_and_nothing_is_written(person: Person, name: str) -> None:
    pattern, message = SPARSE[name]
    project = person.new()
    person.edits(project)
    plain_git(project, "sparse-checkout", "set", "--no-cone", "/*", f"!{pattern}")
    before = seen(project)
    result = person.fwnew("update", "--yes", "demo")
    assert (result.code, message in result.err, "git sparse-checkout disable" in result.err) == (2, True, True)
    assert len(result.err.splitlines()) == 2
    assert different(seen(project), before) == []


def test_a_file_that_is_not_checked_out_is_not_missing(person: Person) -> None:
    project = person.new()
    whole = person.fwnew("check", "demo")
    plain_git(project, "sparse-checkout", "set", "--no-cone", "/*", "!/data.bin")
    assert person.fwnew("check", "demo") == whole
    assert "deleted 0" in whole.out


@pytest.fixture
def windows(person: Person, tmp_path: Path, home: Path) -> Path:
    """A clone by a git that turns line ends."""
    project = person.new()
    person.edits(project)
    plain_git(home, "config", "--global", "core.autocrlf", "true")
    (tmp_path / "windows").mkdir()
    plain_git(tmp_path, "clone", "-q", str(project), "windows/demo")
    assert b"\r\n" in (tmp_path / "windows" / "demo" / "text.txt").read_bytes()
    return tmp_path / "windows" / "demo"


def test_where_git_turned_all_line_ends_an_update_is_the_same_in_the_index_and_the_commit(
    person: Person, plain: Any, windows: Path
) -> None:
    wanted = {name: value for name, value in plain().items() if name != "new"}
    found = person.goes_on(windows)
    assert different(without("work tree", found), without("work tree", wanted)) == []


def test_where_git_turned_all_line_ends_an_update_turns_them_as_well(person: Person, windows: Path) -> None:
    assert person.fwnew("update", "--yes", str(windows)).code == 0
    files = lying(windows)
    assert {name: files[name] for name in FILES["2.0"] if name in ("text.txt", "y.log", "added/text.txt")} == {
        "text.txt": (TEXT, CRLF.replace(b"line 3\r", b"line three\r").replace(b"line 15\r", b"mine\r")),
        "y.log": (TEXT, b"new log\r\n"),
        "added/text.txt": (TEXT, b"added\r\n"),
    }
    assert files["added/data.bin"] == FILES["2.0"]["added/data.bin"]


def test_where_git_turned_all_line_ends_an_abort_leaves_them_so(person: Person, windows: Path) -> None:
    before = lying(windows)
    assert person.fwnew("update", "--yes", str(windows)).code == 0
    assert person.fwnew("update", "--abort", str(windows)).code == 0
    assert different(lying(windows), before) == []


@pytest.mark.parametrize("where", ["core.attributesFile={home}/all", ".git/info/attributes"])
def test_attributes_that_turn_even_binary_files_keep_nobody_from_going_back(
    person: Person, configure: Any, where: str
) -> None:
    rule = "* text eol=crlf\n"
    settings = [where, f"all: {rule}"] if "=" in where else [f"{where}: {rule}"]
    configure(settings)
    project = person.new()
    configure(settings, project)
    person.edits(project)
    before = seen(project)
    assert person.fwnew("update", "--yes", "demo").code in (0, 1)
    assert person.fwnew("update", "--abort", "demo").code == 0
    assert different(seen(project), before) == []


@pytest.mark.parametrize("state", ["MERGE_HEAD", "CHERRY_PICK_HEAD"])
def test_an_update_is_not_committed_as_a_part_of_a_merge(person: Person, git: Any, state: str) -> None:
    project = person.new()
    head = git(project, "rev-parse", "HEAD")
    (project / ".git" / state).write_text(f"{head}\n")
    result = person.fwnew("update", "--yes", "--commit", "demo")
    assert (result.code, "is in progress" in result.err, "fwnew update --abort" in result.err) == (1, True, True)
    assert git(project, "rev-parse", "HEAD") == head
    assert person.fwnew("update", "--abort", "demo").code == 0


NAMES = [name for name in ODD if name not in ("u\u0308", "dem o.git")]


def test_no_name_of_a_file_changes_an_update(fwnew: Fwnew, work: Path, tmp_path: Path) -> None:
    odd = {"1.0": dict.fromkeys(NAMES, (TEXT, b"one\n")), "2.0": dict.fromkeys(NAMES, (TEXT, b"two\n"))}
    odd["2.0"] |= {os.fsdecode(b"added \xfe"): (TEXT, b"added\n")}
    for version in odd:
        odd[version][ANSWERS] = FILES[version][ANSWERS]
    kept = tmp_path / "odd"
    make_template(kept, odd)
    person = Person(fwnew, kept, work)
    project = person.new()
    lay(project, {f"own/{name}": (TEXT, b"mine\n") for name in NAMES})
    person.commits(project)
    before = seen(project)
    assert person.fwnew("update", "--yes", "demo").code == 0
    files = lying(project)
    assert {name: files[name] for name in odd["2.0"] if name != ANSWERS} == {
        name: row for name, row in odd["2.0"].items() if name != ANSWERS
    }
    assert person.status(project) == [line for line in person.status(project) if line[1:2] == b" "]
    assert person.fwnew("update", "--abort", "demo").code == 0
    assert different(seen(project), before) == []
    assert person.fwnew("update", "--yes", "--commit", "demo").code == 0
    assert person.status(project) == []
