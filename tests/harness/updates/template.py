"""A template that does in three versions whatever makes updates lose work, and a project made of its first."""

from pathlib import Path

from tests.kit.git import commit, git, start_repository
from tests.kit.snapshots import lying

VERSIONS = ("1.0", "2.0", "3.0")

RENAMED = {"src/helper.py": "src/util.py", "docs/guide.md": "manual/guide.md"}
"""What the template calls otherwise in a later version."""


def files(version: str) -> dict[str, bytes]:
    """Every file of a version; a project holds the same, but for the answers."""
    number = VERSIONS.index(version) + 1
    app = [f"def step_{i}():\n    return {i}\n\n" for i in range(12)]
    helper = [f"HELP_{i} = {i}\n" for i in range(20)]
    guide = [f"Paragraph {i} of the guide.\n\n" for i in range(12)]
    settings = [f"key_{i} = {i}\n" for i in range(15)]
    found = {
        "src/app.py": app,
        "src/helper.py": helper,
        "src/old.py": [f"OLD_{i} = {i}\n" for i in range(10)],
        "docs/guide.md": guide,
        "conf/settings.toml": settings,
        "run.sh": ["#!/bin/sh\n", "exec python -m app\n"],
        "data/logo.bin": ["\0\1\2logo, first\n"],
        ".gitignore": ["runs/\n", "*.log\n", "local.env\n"],
    }
    if number >= 2:
        app[5] = "def step_5():\n    return 'five'\n\n"
        app[9] = "def step_9(n=9):\n    return n\n\n"
        settings[3] = "key_3 = 'three'\n"
        helper[2] = "HELP_2 = 'two'\n"
        found["src/util.py"] = found.pop("src/helper.py")
        del found["src/old.py"]
        found["data/logo.bin"] = ["\0\1\2logo, second\n"]
        found["src/extra.py"] = [f"EXTRA_{i} = {i}\n" for i in range(6)]
        found["report.log"] = ["made by the template\n"]
    if number >= 3:
        app[0] = "import sys\n\n\ndef step_0():\n    return sys.argv\n\n"
        guide[6] = "Paragraph 6, rewritten.\n\n"
        found["manual/guide.md"] = found.pop("docs/guide.md")
        del found["run.sh"], found["src/extra.py"]
    return {name: "".join(lines).encode("utf-8") for name, lines in found.items()}


def make(folder: Path) -> Path:
    """The template as a git repository with a tag for each version."""
    start_repository(folder)
    for version in VERSIONS:
        for old in lying(folder):
            (folder / old).unlink()
        (folder / "copier.yml").write_text("_subdirectory: files\nname: {type: str, default: demo}\n")
        for name, content in files(version).items():
            file = folder / "files" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            file.chmod(0o755 if name == "run.sh" else 0o644)
        (folder / "files" / "{{ _copier_conf.answers_file }}.jinja").write_text("{{ _copier_answers | to_nice_yaml }}")
        git(folder, "add", "--force", ".")
        commit(folder, version, version)
    return folder
