"""A person, two projects in one repository, fwnew's commands, and kills at every write: nothing written is lost.

Each command runs as forked.py says, and at a given write it ends, or the person saves a file, or another command runs.
"""

import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.harness.updates import people
from tests.harness.updates.forked import KILLED, die, run
from tests.harness.updates.people import act, marks_kept, snapshot
from tests.harness.updates.world import PROJECTS
from tests.kit.git import git

PATHS = ["app.py", "old.txt", "lib/new.txt", "lib", "notes.log", "notes.log.template", "own.txt", ".gitignore"]
COMMANDS = {
    "update": ["update", "--yes"],
    "commit": ["update", "--yes", "--commit"],
    "dry run": ["update", "--dry-run"],
    "check": ["check"],
    "fix": ["check", "--fix"],
    "abort": ["update", "--abort"],
    "continue": ["update", "--continue"],
    "add": ["add", "level", "2", "--yes"],
}
MOMENTS = st.integers(30, 75) | st.integers(0, 90)  # the writes to the project itself, or any
WORK = st.lists(st.tuples(st.sampled_from(PATHS), st.sampled_from([*people.ACTIONS])), max_size=4)
READ_ONLY = ("dry run", "check")


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
        command=st.sampled_from(["update", "commit", "abort", "continue", "add", "fix"]),
        number=MOMENTS,
    )
    def is_killed(self, project: str, command: str, number: int) -> None:
        code, said = self.fwnew(project, command, number, die)
        assert code in (0, 1, 2, KILLED), said

    @rule(project=st.sampled_from(PROJECTS), number=MOMENTS, back=st.booleans())
    def is_killed_and_settled_at_once(self, project: str, number: int, back: bool) -> None:
        before = snapshot(self.repository)
        code, _ = self.fwnew(project, "update", number, die)
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
        self.fwnew(project, "update", number, die)
        for path, action in work:
            self.works(project, path, action)
        if staged != "nothing":
            self.by_git("add", "-A", "--", project)
        if staged == "a commit":
            self.by_git("commit", "-qm", "work")
        for path, action in more:
            self.works(project, path, action)
        self.fwnew(project, settle, again, die)
        self.nothing_is_lost()
        self.fwnew(project, settle)

    @rule(
        project=st.sampled_from(PROJECTS),
        command=st.sampled_from(["update", "commit", "abort", "continue", "fix"]),
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
            told.write_text(run(self.repository, arguments(self.repository / second, command)).said)

        self.fwnew(first, "update", number, other)
        self.heard(told.read_text() if told.exists() else "")

    def fwnew(
        self, project: str, command: str, number: int = -1, then: Callable[[], None] | None = None, at: str = ""
    ) -> tuple[int, str]:
        words = arguments(self.repository / project, command)
        done = run(self.repository, words, number, then, at, copies=True)
        note(f"fwnew {command} in {project}: {done.code}\n{done.said}")
        self.heard(done.said)
        return done.code, done.said

    def heard(self, said: str) -> None:
        self.refs += people.REFS.findall(said)

    @invariant()
    def nothing_is_lost(self) -> None:
        if hasattr(self, "repository"):
            missing = self.owed - marks_kept(self.repository, self.refs)
            assert not missing


def arguments(project: Path, command: str) -> list[str]:
    name, *options = COMMANDS[command]
    at = 2 if name == "add" else 0
    return [name, *options[:at], str(project), *options[at:]]
