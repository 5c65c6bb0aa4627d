"""What people do to a project: random edits, each of whose lines carries a mark that is found again."""

import random
import re
from collections.abc import Callable
from pathlib import Path

from tests.harness.updates.template import files
from tests.kit.git import commit, git, start_repository
from tests.kit.snapshots import lying

MARK = re.compile(rb"<mark-\d+>")
NAMES = ["größe 数.md", "with space.py", "src/extra.py", "src/util.py", "manual/guide.md", "src/new/deep.py", "runs.md"]
IGNORED = ["report.log", "local.env", "runs/last.bin", "other.log"]


class Person:
    """Somebody at work in a project; the same number makes the same edits."""

    def __init__(self, project: Path, number: int) -> None:
        self.project = project
        self.random = random.Random(number)
        self.marks = 0

    def work(self) -> list[str]:
        """Make some edits, and commit them; what was done, in words."""
        edits: list[Callable[[], str]] = [
            *(self.insert, self.insert, self.replace, self.replace, self.append, self.delete_lines),
            *(self.add, self.add, self.delete, self.rename, self.rename_and_edit, self.move_folder),
            *(self.overwrite_binary, self.ignored, self.ignored, self.crlf, self.executable),
        ]
        done = [edit() for edit in self.random.choices(edits, k=self.random.randint(1, 6))]
        git(self.project, "add", "-A")
        if git(self.project, "status", "--porcelain"):
            commit(self.project)
        return done

    def insert(self) -> str:
        path, lines = self.text()
        lines.insert(self.random.randint(0, len(lines)), self.line())
        return self.write(path, lines, "a line into")

    def replace(self) -> str:
        path, lines = self.text()
        if lines:
            lines[self.random.randrange(len(lines))] = self.line()
        return self.write(path, lines, "another line in")

    def append(self) -> str:
        path, lines = self.text()
        return self.write(path, [*lines, *(self.line() for _ in range(3))], "lines at the end of")

    def delete_lines(self) -> str:
        path, lines = self.text()
        start = self.random.randint(0, len(lines))
        return self.write(path, lines[:start] + lines[start + 3 :], "fewer lines in")

    def add(self) -> str:
        path = self.project / self.random.choice(NAMES)
        return self.write(path, [self.line() for _ in range(4)], "a file")

    def delete(self) -> str:
        path = self.random.choice(self.tracked())
        path.unlink()
        return f"no {path.name}"

    def rename(self) -> str:
        path = self.random.choice(self.tracked())
        target = path.with_name(f"my-{self.random.randint(0, 99)}-{path.name}")
        path.rename(target)
        return f"{path.name} as {target.name}"

    def rename_and_edit(self) -> str:
        path, lines = self.text()
        path.unlink()
        return self.write(path.with_name(f"our-{path.name}"), [*lines, self.line()], f"{path.name} as")

    def move_folder(self) -> str:
        folder = self.project / self.random.choice(["src", "docs", "conf", "data"])
        target = self.project / f"moved-{folder.name}"
        if folder.is_dir() and not target.exists():
            folder.rename(target)
        return f"{folder.name} elsewhere"

    def overwrite_binary(self) -> str:
        path = self.project / "data" / "logo.bin"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"\0\1\2" + self.line() + b"\0\xff")
        return "another logo"

    def ignored(self) -> str:
        path = self.project / self.random.choice(IGNORED)
        return self.write(path, [self.line()], "ignored")

    def crlf(self) -> str:
        path, lines = self.text()
        return self.write(path, [line.rstrip(b"\r\n") + b"\r\n" for line in [*lines, self.line()]], "CRLF in")

    def executable(self) -> str:
        path = self.random.choice(self.tracked())
        path.chmod(path.stat().st_mode ^ 0o111)
        return f"another mode of {path.name}"

    def text(self) -> tuple[Path, list[bytes]]:
        paths = [path for path in self.tracked() if path.suffix != ".bin" and not path.name.startswith(".")]
        path = self.random.choice(paths or [self.project / "only.txt"])
        return path, path.read_bytes().splitlines(keepends=True) if path.exists() else []

    def tracked(self) -> list[Path]:
        known = [path for path in self.project.rglob("*") if path.is_file() and ".git" not in path.parts]
        ignored = {self.project / name for name in IGNORED} | {self.project / ".copier-answers.yml"}
        return sorted(set(known) - ignored) or [self.write_one()]

    def write_one(self) -> Path:
        path = self.project / "only.txt"
        path.write_bytes(self.line())
        return path

    def write(self, path: Path, lines: list[bytes], what: str) -> str:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(lines))
        return f"{what} {path.name}"

    def line(self) -> bytes:
        self.marks += 1
        return f"mine <mark-{self.marks}> ü\n".encode()


def marks(project: Path) -> dict[str, list[bytes]]:
    """The marks in each file of a project, in their order; whether git knows the file or ignores it."""
    return {path: found for path, (_, content) in lying(project).items() if (found := MARK.findall(content))}


def start(project: Path, version: str) -> None:
    """Commit what the template gave."""
    start_repository(project)
    for name in files(version).keys() - {"report.log"}:
        git(project, "add", "--force", "--", name)
    commit(project, "start")
