"""The content of a project on disk."""

from pathlib import Path
from typing import Any

import yaml

from tests.kit import ROOT
from tests.kit.snapshots import lying

RECORD = Path("docs", "decisions", "0001-framework.md")


def recorded(project: Path) -> dict[str, Any]:
    """Return the answers that a project records."""
    content: dict[str, Any] = yaml.safe_load((project / ".copier-answers.yml").read_text())
    return content


def front(project: Path) -> dict[str, Any]:
    """Return the front matter of a project's decision record."""
    content: dict[str, Any] = yaml.safe_load((project / RECORD).read_text().split("---\n")[1])
    return content


def files(project: Path) -> dict[str, str]:
    """Return the text of every file by its path, without git's own files."""
    return {name: content.decode() for name, (_, content) in lying(project).items()}


def edit(file: Path, old: str, new: str) -> None:
    """Change what must be there."""
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def real_questions() -> dict[str, str]:
    """Return the files of the real questions, for a template with other files, in a folder for each framework."""
    copier = (ROOT / "copier.yml").read_text("utf-8").replace("templates/project", '"templates/{{ framework }}"', 1)
    chapters = (ROOT / "templates" / "questions").glob("*.yml")
    return {"copier.yml": copier, **{f"templates/questions/{file.name}": file.read_text("utf-8") for file in chapters}}
