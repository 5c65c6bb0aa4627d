"""Answers given in advance, by options, a file or the folder's name; and the command that repeats them."""

import os
import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from fwnew.errors import UsageError, nearest
from fwnew.questions.questions import Answers, Questions
from fwnew.questions.types import YAML_ERRORS, why_not_yaml
from fwnew.system.git import configured

NAME = "project_name"
"""The one question that the folder answers."""

VARIABLE = "FWNEW_"
OWN_VARIABLES = ("FWNEW_DEST", "FWNEW_PRESET", "FWNEW_TEMPLATE")
"""Options of fwnew, and no answers."""


WITHOUT_ACCENTS = str.maketrans({"ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ø": "o", "Ø": "O"})
"""The letters of Western Europe that Unicode does not take apart."""


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


def project_name(folder: str) -> str:
    """The folder's name as a project can have it: ASCII without blanks; empty when nothing is left of it."""
    plain = unicodedata.normalize("NFKD", folder.translate(WITHOUT_ACCENTS)).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9._-]+", "-", plain).strip("._-")


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


def from_machine(questions: Questions) -> dict[str, Any]:
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
            hint = "give it once; several choices of one question in one, such as exports=onnx,torch_export"
            raise UsageError(f"{name} is given twice, as {values[name]} and as {value}", hint)
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
