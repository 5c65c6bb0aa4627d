"""Answers given in advance, by options, a file or the folder's name; and the command that repeats them."""

import os
import shlex
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from fwnew.errors import UsageError, nearest
from fwnew.template.git import configured
from fwnew.template.questions import Answers, Questions, resolve
from fwnew.template.source import Source
from fwnew.template.target import project_name
from fwnew.template.values import YAML_ERRORS, as_text, why_not_yaml

# Taken from git's configuration: the next machine would suggest another one.
MACHINE_DEPENDENT = ("author",)

NAME = "project_name"
"""The one question that the folder answers."""

VARIABLE = "FWNEW_"
OWN_VARIABLES = ("FWNEW_DEST", "FWNEW_PRESET", "FWNEW_TEMPLATE")
"""Options of fwnew, and no answers."""


def gather(
    questions: Questions,
    folder: str,
    file: Path | None = None,
    assignments: Sequence[str] = (),
    framework: str | None = None,
) -> dict[str, Any]:
    """Every answer given in advance: options win over the file, that over the environment, that over the folder's name.

    Raises UsageError when the file, an option or a variable cannot be read.
    """
    options = parse_assignments([*assignments, *([f"framework={framework}"] if framework is not None else [])])
    given = {**from_folder(questions, folder), **from_environment(questions)}
    return {**given, **(read_file(file) if file else {}), **options}


def from_folder(questions: Questions, folder: str) -> dict[str, Any]:
    """The project is called as its folder is, or nearly: in ASCII and without blanks, if only that can be."""
    if not questions.find(NAME):
        return {}
    if questions.takes(NAME, folder):
        return {NAME: folder}
    near = project_name(folder)
    return {NAME: near if questions.takes(NAME, near) else folder} if near else {}


def renamed(questions: Questions, given: Mapping[str, Any], answers: Answers, folder: str) -> str:
    """A line that says what the project is called, where nobody said it and the folder's name could not be taken."""
    name = answers.values.get(NAME, folder)
    if name == folder or given.get(NAME) != from_folder(questions, folder).get(NAME):
        return ""
    return f"a project cannot be called '{folder}', so this one is called {name}"


def from_environment(questions: Questions) -> dict[str, str]:
    """FWNEW_LICENSE answers `license`, and so on.

    Raises UsageError for a variable that answers nothing but nearly does.
    """
    names = {f"{VARIABLE}{question.name.upper()}": question.name for question in questions.items if not question.hidden}
    for name in {name for name in os.environ if name.startswith(VARIABLE)} - {*names, *OWN_VARIABLES}:
        if hint := nearest(name.removeprefix(VARIABLE), [other.removeprefix(VARIABLE) for other in names]):
            raise UsageError(f"the variable {name} answers no question", hint.replace("'", f"'{VARIABLE}", 1))
    return {
        answer: os.environ[name] for name, answer in names.items() if name in os.environ and name not in OWN_VARIABLES
    }


def suggestions(questions: Questions) -> dict[str, Any]:
    """What this machine knows: the author, from git's configuration."""
    author = configured("user.name") if questions.find("author") else ""
    return {"author": author} if author else {}


def parse_assignments(assignments: Sequence[str]) -> dict[str, str]:
    """Read `--data KEY=VALUE` options.

    Raises UsageError for one without `=`, and for two that contradict each other.
    """
    values: dict[str, str] = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        name = name.strip()
        if not equals or not name:
            raise UsageError(f"'{assignment}' is not KEY=VALUE", "write for example --data license=MIT")
        if values.get(name, value) != value:
            raise UsageError(f"{name}: given twice, as '{values[name]}' and as '{value}'")
        values[name] = value
    return values


def read_file(file: Path) -> dict[str, Any]:
    """Read answers from YAML or JSON: a project's `.copier-answers.yml` will do, but for its `_commit`.

    Raises UsageError when the file cannot be read or holds no answers.
    """
    hint = "name a file of answers, such as a project's .copier-answers.yml"
    try:
        content = yaml.safe_load(file.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"the answers file {file} cannot be read: {error.strerror}", hint) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"the answers file {file} cannot be read: it is not UTF-8 text", hint) from error
    except YAML_ERRORS as error:
        raise UsageError(f"the answers file {file} is neither YAML nor JSON: {why_not_yaml(error)}", hint) from error
    if not isinstance(content, Mapping):
        raise UsageError(f"the answers file {file} holds no answers", "write one `question: answer` a line")
    return {str(name): value for name, value in content.items() if not str(name).startswith("_")}


def replay(
    questions: Questions,
    answers: Answers,
    source: Source,
    destination: str,
    folder: str,
    *,
    git: bool = True,
    pinned: Collection[str] = (),
    options: Sequence[str] = (),
) -> str:
    """The shortest command that gives the same answers, on any machine that has the same template.

    It says what is `pinned` even where that is the default, and has these `options` besides.
    """
    needed = _needed(questions, answers, folder, {*pinned, *MACHINE_DEPENDENT, *from_environment(questions)})
    data = [word for name in needed for word in ("--data", f"{name}={as_text(answers.data[name])}")]
    template = [] if source.is_default else ["--template", source.url]
    options = [*options, *data, *template, *([] if git else ["--no-git"])]
    end = ["--", destination] if destination.startswith("-") else []
    start = [] if end else [destination]
    return shlex.join(["fwnew", "new", *start, "--defaults", *options, *end])


def _needed(questions: Questions, answers: Answers, folder: str, pinned: Collection[str]) -> list[str]:
    """Leave out, one after the other, every answer that the others imply and that is not pinned."""
    needed = list(answers.values)
    for name in answers.values:
        if name in pinned:
            continue
        fewer = {other: answers.data[other] for other in needed if other != name}
        try:
            implied = resolve(questions, {**from_folder(questions, folder), **fewer})
        except UsageError:
            continue  # there is no default for it, or not with these answers
        if implied.values == answers.values:
            needed.remove(name)
    return needed
