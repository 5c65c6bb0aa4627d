"""A person, two projects in one repository, fwnew's commands, and kills at every write: nothing written is lost.

Each command runs in a process of its own, forked off, in which an audit hook counts whatever is written below the
repository: at a given write the process ends as by `kill -9`, or a person saves a file, or another command runs.
"""

import json
import os
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from fwnew import cli
from fwnew.sources import source, trust
from fwnew.updates import prepare, tracked
from tests.harness.updates import people
from tests.harness.updates.people import act, git, marks_kept, snapshot

KILLED = 137
PROJECTS = ("a", "b")
PATHS = ["app.py", "old.txt", "lib/new.txt", "lib", "notes.log", "notes.log.template", "own.txt", ".gitignore"]
COMMANDS = {
    "update": ["update", "--yes"],
    "commit": ["update", "--yes", "--commit"],
    "dry run": ["update", "--dry-run"],
    "check": ["check"],
    "abort": ["update", "--abort"],
    "continue": ["update", "--continue"],
    "add": ["add", "level", "2", "--yes"],
}
MOMENTS = st.integers(30, 75) | st.integers(0, 90)  # the writes to the project itself, or any
WORK = st.lists(st.tuples(st.sampled_from(PATHS), st.sampled_from([*people.ACTIONS])), max_size=4)
READ_ONLY = ("dry run", "check")
WRITES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod"}
GIT_WRITES = {"update-index", "unpack-objects", "update-ref", "commit"}


def make_template(folder: Path) -> Path:
    """Two versions: a file changes, one goes, one comes in a new folder, and one that the project's git ignores."""
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    files = folder / "files"
    files.mkdir()
    (folder / "copier.yml").write_text("_subdirectory: files\nlevel: {type: int, default: 1}\n")
    (files / "{{ _copier_conf.answers_file }}.jinja").write_text("{{ _copier_answers | to_nice_yaml }}")
    (files / "app.py.jinja").write_text("".join(f"line {i}\n" for i in range(9)) + "level {{ level }}\n")
    (files / "old.txt").write_text("old\n" * 5)
    (files / ".gitignore").write_text("*.log\nlib/*.tmp\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "1.0")
    git(folder, "tag", "1.0")
    (files / "app.py.jinja").write_text((files / "app.py.jinja").read_text().replace("line 3\n", "line three\n"))
    (files / "old.txt").unlink()
    (files / "lib").mkdir()
    (files / "lib" / "new.txt").write_text("new\n")
    (files / "notes.log").write_text("the template's\n")
    git(folder, "add", "-A", "--force")
    git(folder, "commit", "-qm", "2.0")
    git(folder, "tag", "2.0")
    return folder


@contextmanager
def world() -> Iterator[Path]:
    """A home, a template and a repository with two projects of its first version; renderings are kept and copied."""
    with tempfile.TemporaryDirectory(prefix="fwnew-machine-", ignore_cleanup_errors=True) as name:
        folder = Path(name).resolve()
        home = folder / "home"
        home.mkdir()
        (home / ".gitconfig").write_text("[user]\nname = Ada Lovelace\nemail = ada@example.com\n")
        old = {key: os.environ.get(key) for key in ("HOME", "GIT_CONFIG_NOSYSTEM", "XDG_CONFIG_HOME")}
        os.environ |= {"HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1", "XDG_CONFIG_HOME": str(home / ".config")}
        trust.file().parent.mkdir(parents=True)
        trust.file().write_text(f'allow = ["{folder}/"]\n')
        template = make_template(folder / "template")
        with rendered_once(folder / "cache"):
            repository = folder / "start"
            repository.mkdir()
            git(repository, "init", "-q", "-b", "main")
            for project in PROJECTS:
                questions = prepare.load(template, project)
                prepare.run_copier(str(template), "1.0", prepare.resolve(questions, {}), repository / project)
            git(repository, "add", "-A")
            git(repository, "commit", "-qm", "start")
            try:
                yield folder
            finally:
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


def run(
    repository: Path, arguments: list[str], number: int = -1, then: Callable[[], None] | None = None, at: str = ""
) -> Any:
    """Run fwnew in a process of its own, and do something before one of its writes: exit code, output, was it done.

    The write is one of those to a path, or of all.
    """
    room = Path(tempfile.mkdtemp(dir=repository.parent))
    output, happened = room / "output", room / "happened"
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = 70
        signal.alarm(60)  # what hangs ends by this signal
        try:
            descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(descriptor, 1)
            os.dup2(descriptor, 2)
            sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)
            sys.stdin = open(os.devnull)  # noqa: PTH123, SIM115 - until the process ends
            sys.argv = ["fwnew", *arguments]
            if then:
                before_write(f"{repository}/{at}", number, then, happened)
            cli.main()
        except SystemExit as error:
            code = int(error.code or 0)
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), output.read_text("utf-8", "replace"), happened.exists()


def before_write(below: str, number: int, then: Callable[[], None], happened: Path) -> None:
    """Do something right before the write of that number, counted below a path."""
    counted, busy = 0, False

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal counted, busy
        if busy or not writes(event, arguments, below):
            return
        if counted == number:
            busy = True
            happened.touch()
            then()
        counted += 1
        busy = False

    sys.addaudithook(hook)


def writes(event: str, arguments: tuple[Any, ...], below: str) -> bool:
    if event == "subprocess.Popen":
        _, command, folder, _ = arguments
        return f"{folder}/".startswith(below) and bool(GIT_WRITES & set(map(str, command)))
    if event == "open":
        path, _, flags = arguments
        return isinstance(path, (str, os.PathLike)) and str(path).startswith(below) and bool(flags & 3)
    return event in WRITES and any(str(argument).startswith(below) for argument in arguments[:2])


class Updates(RuleBasedStateMachine):
    """The person's marks are in the work tree, the index, the branch, or a ref that the output named."""

    folder: Path  # of the world, set by the test

    @initialize()
    def start(self) -> None:
        self.room = Path(tempfile.mkdtemp(dir=self.folder))
        self.repository = Path(shutil.copytree(self.folder / "start", self.room / "repository"))
        self.owed, self.refs, self.number = set[bytes](), list[str](), 0

    def teardown(self) -> None:
        if hasattr(self, "room"):
            shutil.rmtree(self.room)

    def mark(self) -> bytes:
        self.number += 1
        return b"<mark-%d>" % self.number

    def did(self, mark: bytes, removed: set[bytes]) -> None:
        self.owed |= {mark} & people.marks_in(self.repository)
        # what the person overwrote may still be staged or committed: fwnew owes that as well
        self.owed -= removed - marks_kept(self.repository, self.refs)

    @rule(project=st.sampled_from(PROJECTS), path=st.sampled_from(PATHS), action=st.sampled_from([*people.ACTIONS]))
    def works(self, project: str, path: str, action: str) -> None:
        mark = self.mark()
        self.did(mark, act(self.repository, action, f"{project}/{path}", mark))

    @rule(project=st.sampled_from(PROJECTS), path=st.sampled_from(PATHS), everything=st.booleans())
    def stages(self, project: str, path: str, everything: bool) -> None:
        self.by_git("add", "-A", "--", project if everything else f"{project}/{path}")

    @rule(project=st.sampled_from([*PROJECTS, "."]))
    def commits(self, project: str) -> None:
        self.by_git("add", "-A", "--", project)
        self.by_git("commit", "-qm", "work")

    def by_git(self, *arguments: str) -> None:
        """The person's own git may drop what they had staged."""
        before = marks_kept(self.repository, self.refs)
        git(self.repository, *arguments, check=False)
        self.owed -= before - marks_kept(self.repository, self.refs)

    @rule(
        project=st.sampled_from(PROJECTS),
        path=st.sampled_from(PATHS),
        flag=st.sampled_from(["--assume-unchanged", "--skip-worktree", "--no-assume-unchanged", "--no-skip-worktree"]),
    )
    def flags(self, project: str, path: str, flag: str) -> None:
        git(self.repository, "update-index", flag, f"{project}/{path}", check=False)

    @rule()
    def another_git_dies(self) -> None:
        (self.repository / ".git" / "index.lock").touch()

    @precondition(lambda self: (self.repository / ".git" / "index.lock").exists())
    @rule()
    def the_lock_is_removed(self) -> None:
        (self.repository / ".git" / "index.lock").unlink(missing_ok=True)

    @rule(project=st.sampled_from(PROJECTS), command=st.sampled_from([*COMMANDS]))
    def runs(self, project: str, command: str) -> None:
        before = snapshot(self.repository)
        code, said = self.fwnew(project, command)
        assert code in (0, 1, 2), said
        assert "Traceback" not in said, said
        if command in READ_ONLY:
            assert snapshot(self.repository) == before

    @rule(
        project=st.sampled_from(PROJECTS),
        command=st.sampled_from(["update", "commit", "abort", "continue", "add"]),
        number=MOMENTS,
    )
    def is_killed(self, project: str, command: str, number: int) -> None:
        code, said = self.fwnew(project, command, number, lambda: os._exit(KILLED))
        assert code in (0, 1, 2, KILLED), said

    @rule(project=st.sampled_from(PROJECTS), number=MOMENTS, back=st.booleans())
    def is_killed_and_settled_at_once(self, project: str, number: int, back: bool) -> None:
        before = snapshot(self.repository)
        code, _ = self.fwnew(project, "update", number, lambda: os._exit(KILLED))
        if code != KILLED:
            return
        interrupted = "interrupted" in self.fwnew(project, "dry run")[1]
        code, said = self.fwnew(project, "abort" if back or not interrupted else "continue")
        after = snapshot(self.repository)
        if back and "rolled back" in said:
            assert after == before, said
        elif interrupted and not back:
            assert code in (0, 1), said
            assert after != before

    @rule(
        project=st.sampled_from(PROJECTS),
        number=MOMENTS,
        work=WORK,
        staged=st.sampled_from(["nothing", "everything", "a commit"]),
        more=WORK,
        settle=st.sampled_from(["abort", "continue", "update"]),
        again=MOMENTS | st.just(-1),
    )
    def is_killed_and_the_person_goes_on(
        self, project: str, number: int, work: Any, staged: str, more: Any, settle: str, again: int
    ) -> None:
        """From a clean project: update, kill or not, work, stage or commit, work, settle, kill that or not."""
        (self.repository / ".git" / "index.lock").unlink(missing_ok=True)
        self.fwnew(project, "abort")
        self.commits(".")
        self.fwnew(project, "update", number, lambda: os._exit(KILLED))
        for path, action in work:
            self.works(project, path, action)
        if staged != "nothing":
            self.by_git("add", "-A", "--", project)
        if staged == "a commit":
            self.by_git("commit", "-qm", "work")
        for path, action in more:
            self.works(project, path, action)
        self.fwnew(project, settle, again, lambda: os._exit(KILLED))
        self.nothing_is_lost()
        self.fwnew(project, settle)

    @rule(
        project=st.sampled_from(PROJECTS),
        command=st.sampled_from(["update", "commit", "abort", "continue"]),
        number=MOMENTS,
        path=st.sampled_from(PATHS),
        action=st.sampled_from([*people.ACTIONS]),
        near=st.integers(0, 3) | st.none(),
    )
    def runs_while_the_person_works(
        self, project: str, command: str, number: int, path: str, action: str, near: int | None
    ) -> None:
        """The person saves a file at any moment, or right before fwnew touches that very file."""
        mark, told = self.mark(), self.room / "told"

        def work() -> None:
            removed = act(self.repository, action, f"{project}/{path}", mark)
            told.write_text(json.dumps([each.decode() for each in removed]))

        told.unlink(missing_ok=True)
        if near is None:
            self.fwnew(project, command, number, work)
        else:
            self.commits(".")
            self.fwnew(project, command, near, work, at=f"{project}/{path}")
        if told.exists():
            self.did(mark, {each.encode() for each in json.loads(told.read_text())})

    @rule(
        first=st.sampled_from(PROJECTS),
        second=st.sampled_from(PROJECTS),
        command=st.sampled_from([*COMMANDS]),
        number=MOMENTS,
    )
    def runs_in_two_terminals(self, first: str, second: str, command: str, number: int) -> None:
        told = self.room / "told"
        told.unlink(missing_ok=True)

        def other() -> None:
            told.write_text(run(self.repository, arguments(self.repository / second, command))[1])

        self.fwnew(first, "update", number, other)
        self.heard(told.read_text() if told.exists() else "")

    def fwnew(
        self, project: str, command: str, number: int = -1, then: Callable[[], None] | None = None, at: str = ""
    ) -> tuple[int, str]:
        code, said, _ = run(self.repository, arguments(self.repository / project, command), number, then, at)
        note(f"fwnew {command} in {project}: {code}\n{said}")
        self.heard(said)
        return code, said

    def heard(self, said: str) -> None:
        self.refs += re.findall(r"refs/fwnew/rescue/[\w.-]+", said)

    @invariant()
    def nothing_is_lost(self) -> None:
        if hasattr(self, "repository"):
            missing = self.owed - marks_kept(self.repository, self.refs)
            assert not missing


def arguments(project: Path, command: str) -> list[str]:
    name, *options = COMMANDS[command]
    at = 2 if name == "add" else 0
    return [name, *options[:at], str(project), *options[at:]]
