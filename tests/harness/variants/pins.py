"""The versions that a project is tested with, room by room: `python -m tests.harness.variants.pins`, or `nox -s pins`.

For each framework uv resolves the smallest project, then one for each option that brings packages of its own. An
option's packages are pinned in its room, so that they drag nothing where it is not chosen.
"""

import argparse
import os
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from itertools import combinations, product
from pathlib import Path

from fwnew.errors import UsageError
from fwnew.project.install import install_arguments, uv_environment
from fwnew.questions.questions import resolve
from tests.harness.variants.model import Variant
from tests.kit.commands import run
from tests.kit.machine import UV
from tests.kit.templates import ROOT, Templates

QUESTIONS = {"tasks": "task", "loops": "loop", "exports": "exports", "servers": "serving", "tools": "tools"}
"""The question of each kind of room that an option has."""

HELD = "torch"
"""Its builds without CUDA are not on PyPI: its version is raised by hand."""

Versions = dict[str, str]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.harness.variants.pins")
    parser.add_argument("--quick", action="store_true", help="the smallest project of PyTorch only; nothing is written")
    quick = parser.parse_args().quick
    templates = Templates()
    conflicts = []
    for framework in ["pytorch"] if quick else ["pytorch", "tensorflow"]:
        base = pins_of(framework)
        projects = {base: smallest(templates, framework)} | ({} if quick else optional(templates, framework))
        resolved = {room: resolution(templates, project) for room, project in projects.items()}
        if found := disagreements(resolved):
            conflicts += found
            continue
        exports = {
            room: [pins_of(framework, "exports", name) for name in each.answers["exports"]]
            for room, each in projects.items()
        }
        for room, text in renewed(base, resolved, exports).items():
            if text == read(room):
                continue
            print(f"{room.relative_to(ROOT)} {'would change' if quick else 'changed'}")
            if not quick:
                room.parent.mkdir(parents=True, exist_ok=True)
                room.write_text(text, "utf-8")
    for conflict in conflicts:
        print(conflict)
    return 1 if conflicts else 0


def pins_of(*room: str) -> Path:
    return ROOT.joinpath("templates", *room, "dependencies", "pins.txt")


def optional(templates: Templates, framework: str) -> dict[Path, Variant]:
    """The smallest project that has an option, by the pins of the option's room; for each option of the framework."""
    found = {}
    for kind, question in QUESTIONS.items():
        for option in choices(templates, question):
            room = pins_of(kind, option, framework) if kind == "tasks" else pins_of(framework, kind, option)
            chosen = option if question in ("task", "loop") else [option]
            if project := smallest(templates, framework, **{question: chosen}):
                found[room] = project
    for task, start in product(choices(templates, "task"), choices(templates, "start")):
        if project := smallest(templates, framework, task=task, start=start):
            found[pins_of("tasks", task, "starts", start, framework)] = project
    return found


def smallest(templates: Templates, framework: str, **chosen: object) -> Variant | None:
    """The project with as few packages as what is chosen allows; none if the framework does not have it."""
    few = {"serving": [], "container": [], "tools": [], **chosen}
    formats = [[name] for name in choices(templates, "exports")]
    formats.sort(key=lambda names: pins_of(framework, "exports", *names).parent.exists())
    for exports in formats:
        try:
            resolve(templates.questions, answers := {"framework": framework, "exports": exports, **few})
        except UsageError:
            continue
        return Variant(answers)
    return None


def choices(templates: Templates, question: str) -> list[str]:
    found = next(item for item in templates.questions.items if item.name == question)
    return [each["value"] if isinstance(each, dict) else each for each in dict(found.choices).values()]


def resolution(templates: Templates, project: Variant) -> Versions:
    """The newest version of each package that the project allows, on Linux with Python 3.11, by its name."""
    held = re.findall(rf"^{HELD}==.*$", read(pins_of("pytorch")), re.MULTILINE)
    with tempfile.TemporaryDirectory(prefix="fwnew-pins-") as name:
        folder = Path(name)
        (folder / "pyproject.toml").write_text(templates.render(project)["pyproject.toml"], "utf-8")
        (folder / "held.txt").write_text("\n".join(held), "utf-8")
        backend = [
            word for word in install_arguments(project.answers, os.environ) if word.startswith("--torch-backend")
        ]
        options = ["--all-extras", "--python-version=3.11", "--python-platform=linux", "--no-header", "--no-annotate"]
        command = [UV, "pip", "compile", "pyproject.toml", "--quiet", "--constraint=held.txt", *options, *backend]
        done = run(command, folder, uv_environment(os.environ))
    if done.code:
        sys.exit(f"{project.answers} cannot be resolved:\n{done.err}")
    return dict(re.findall(r"^([\w.-]+)==([^+\s;]+)", done.out, re.MULTILINE))


def disagreements(resolved: Mapping[Path, Versions]) -> list[str]:
    """Two projects that lead to different versions of a package: a validator must keep them apart, or a limit in
    `dependencies/` must bring them together."""
    return [
        f"{one} leads to {name} {ours[name]}, {other} to {theirs[name]}"
        for (one, ours), (other, theirs) in combinations(resolved.items(), 2)
        for name in ours.keys() & theirs.keys()
        if ours[name] != theirs[name]
    ]


def renewed(base: Path, resolved: Mapping[Path, Versions], exports: Mapping[Path, Sequence[Path]]) -> dict[Path, str]:
    """The text of each room. What the framework's own room names or needs stays there; so with the exports that a
    project has beside the option."""
    general = {name: version for versions in resolved.values() for name, version in versions.items()}
    common = {*resolved[base], *(name for name in pinned(read(base)) if name in general)}
    texts = {}
    for room in resolved:
        names = common
        if room != base:
            beside = [resolved[export] for export in exports[room] if export != room]
            names = resolved[room].keys() - common.union(*beside)
        texts[room] = text_with(read(room), {name: general[name] for name in names})
    return texts


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
        lines.insert(place_for(name, lines), f"{name}=={versions[name]}")
    return "".join(f"{line}\n" for line in lines)


def place_for(name: str, lines: Sequence[str]) -> int:
    """Before the first pin that the alphabet puts later, and never inside of a condition."""
    inside = False
    for place, line in enumerate(lines):
        if line.startswith("{%"):
            inside = not inside
        elif not inside and line.partition("==")[0] > name:
            return place
    return len(lines)


if __name__ == "__main__":
    sys.exit(main())
