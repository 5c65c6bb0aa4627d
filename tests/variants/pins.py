"""The versions that a project is tested with, room by room: `python -m tests.variants.pins`, or `nox -s pins`.

For each framework uv resolves the smallest project, then one for each option that brings packages of its own. An
option's packages are pinned in its room, so that they drag nothing where it is not chosen.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path

from fwnew.errors import UsageError
from fwnew.install import uv_environment
from fwnew.template.questions import resolve
from tests.machine import UV
from tests.templates.rendered import ROOT, Templates
from tests.variants.model import Variant

PINS = "dependencies/pins.txt"
QUESTIONS = {"exports": "exports", "servers": "serving", "tools": "tools"}
"""The question of each kind of room that an option has."""

HELD = "torch"
"""Its builds without CUDA are not on PyPI: its version is raised by hand."""

Versions = dict[str, str]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.variants.pins")
    parser.add_argument("--quick", action="store_true", help="the smallest project of PyTorch only; nothing is written")
    quick = parser.parse_args().quick
    templates = Templates()
    conflicts = []
    for framework in ["pytorch"] if quick else ["pytorch", "tensorflow"]:
        base = ROOT / "templates" / framework / PINS
        projects = {base: smallest(templates, framework), **({} if quick else dict(optional(templates, framework)))}
        resolved = {room: resolution(templates, project) for room, project in projects.items() if project}
        conflicts += disagreements(resolved)
        for room, text in renewed(base, resolved).items():
            if text == read(room):
                continue
            print(f"{room.relative_to(ROOT)} {'would change' if quick else 'changed'}")
            if not quick:
                room.parent.mkdir(parents=True, exist_ok=True)
                room.write_text(text, "utf-8")
    for conflict in conflicts:
        print(conflict)
    return 1 if conflicts else 0


def optional(templates: Templates, framework: str) -> Iterator[tuple[Path, Variant | None]]:
    """The pins of each option's room, and the smallest project that has the option."""
    for kind, question in QUESTIONS.items():
        for option in choices(templates, question):
            room = ROOT / "templates" / framework / kind / option / PINS
            yield room, smallest(templates, framework, **{question: [option]})


def smallest(templates: Templates, framework: str, **chosen: Sequence[str]) -> Variant | None:
    """The project with as few packages as what is chosen allows; none if the framework does not have it."""
    few = {"serving": [], "container": [], "tools": [], **chosen}
    formats = [[name] for name in choices(templates, "exports")]
    formats.sort(key=lambda names: (ROOT / "templates" / framework / "exports" / names[0] / "dependencies").exists())
    for exports in formats:
        answers = {"framework": framework, "exports": exports, **few}
        try:
            resolve(templates.questions, answers)
        except UsageError:
            continue
        return Variant(answers)
    return None


def choices(templates: Templates, question: str) -> list[str]:
    found = next(item for item in templates.questions.items if item.name == question)
    return [each["value"] if isinstance(each, dict) else each for each in dict(found.choices).values()]


def resolution(templates: Templates, variant: Variant) -> Versions:
    """The newest version of each package that the project allows, on Linux with Python 3.11, by its name."""
    held = re.findall(rf"^{HELD}==.*$", "\n".join(path.read_text() for path in rooms("pytorch")), re.MULTILINE)
    with tempfile.TemporaryDirectory(prefix="fwnew-pins-") as name:
        folder = Path(name)
        (folder / "pyproject.toml").write_text(templates.render(variant)["pyproject.toml"], "utf-8")
        (folder / "held.txt").write_text("\n".join(held), "utf-8")
        environment = uv_environment(os.environ)
        backend = [] if environment.get("UV_FIND_LINKS") else ["--torch-backend=cpu"]
        options = ["--all-extras", "--python-version=3.11", "--python-platform=linux", "--no-header", "--no-annotate"]
        command = [UV, "pip", "compile", "pyproject.toml", "--quiet", "--constraint=held.txt", *options, *backend]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{variant.answers} cannot be resolved:\n{done.stderr}")
    return dict(re.findall(r"^([\w.-]+)==([^+\s;]+)", done.stdout, re.MULTILINE))


def rooms(framework: str) -> Iterator[Path]:
    return (ROOT / "templates" / framework).rglob("pins.txt")


def disagreements(resolved: Mapping[Path, Versions]) -> list[str]:
    """Two rooms that need different versions of a package: a validator must keep their options apart."""
    return [
        f"{one} leads to {name} {ours[name]}, {other} to {theirs[name]}"
        for (one, ours), (other, theirs) in combinations(resolved.items(), 2)
        for name in ours.keys() & theirs.keys()
        if ours[name] != theirs[name]
    ]


def renewed(base: Path, resolved: Mapping[Path, Versions]) -> dict[Path, str]:
    """The text of each room. What the framework's own room names or needs stays there; so with what an export needs."""
    general = {name: version for versions in resolved.values() for name, version in versions.items()}
    common = {*resolved[base], *(name for name in pinned(read(base)) if name in general)}
    exported = {name for room, versions in resolved.items() if is_export(room) for name in versions}
    texts = {}
    for room in resolved:
        elsewhere = common if is_export(room) else common | exported
        names = common if room == base else resolved[room].keys() - elsewhere
        texts[room] = text_with(read(room), {name: general[name] for name in names})
    return texts


def is_export(room: Path) -> bool:
    return room.parents[2].name == "exports"


def read(room: Path) -> str:
    return room.read_text("utf-8") if room.exists() else ""


def pinned(text: str) -> list[str]:
    return re.findall(r"^([\w.-]+)==", text, re.MULTILINE)


def text_with(text: str, versions: Versions) -> str:
    """The pins in the order that they have; new ones where the alphabet puts them, and none that nothing needs."""
    lines = []
    for line in text.splitlines():
        name, pin, _ = line.partition("==")
        if not pin or name in versions:
            lines.append(f"{name}=={versions[name]}" if pin else line)
    for name in sorted(set(versions) - set(pinned(text))):
        place = next((i for i, line in enumerate(lines) if "==" in line and line.partition("==")[0] > name), len(lines))
        lines.insert(place, f"{name}=={versions[name]}")
    return "".join(f"{line}\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
