"""A change of layout changes no project: what the working tree renders is, byte for byte, what was released.

This file goes with the first change of a project, such as a new choice.
"""

from dataclasses import replace

import pytest

from fwnew.template.git import git
from fwnew.template.questions import resolve
from fwnew.template.source import PACKAGED
from tests.templates.rendered import AWKWARD, Templates
from tests.variants import plan
from tests.variants.model import Variant

RELEASED = "0.7.0"
ROWS = {variant.id: variant for rows in plan.read() for variant in rows}


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    folder = tmp_path_factory.mktemp("released")
    git("clone", "--quiet", "--branch", RELEASED, "--", str(PACKAGED), "templates", cwd=folder)
    return Templates(folder / "templates")


@pytest.fixture(scope="module")
def today() -> Templates:
    return Templates()


@pytest.mark.parametrize("variant", ROWS.values(), ids=ROWS)
@pytest.mark.parametrize("source", ["~/.local/share/fwnew/template.bundle", "https://git.example.com/team/starter.git"])
def test_a_variant_is_what_it_was(released: Templates, today: Templates, variant: Variant, source: str) -> None:
    assert today.render(variant, source, **AWKWARD) == released.render(variant, source, **AWKWARD)


def test_what_is_asked_and_offered_is_what_it_was(released: Templates, today: Templates) -> None:
    def asked(templates: Templates) -> list[object]:
        items = [question for question in templates.questions.items if not question.hidden]
        offered = [_values(item.choices) for item in items]
        return [
            replace(item, choices=each, validator="", default="") for item, each in zip(items, offered, strict=True)
        ]

    assert asked(today) == asked(released)


@pytest.mark.parametrize("framework", ["pytorch", "tensorflow"])
def test_so_are_the_answers_by_default(released: Templates, today: Templates, framework: str) -> None:
    before, now = (resolve(each.questions, {"framework": framework}).values for each in (released, today))
    assert now == before


def _values(choices: object) -> object:
    """What can be chosen, without the conditions."""
    if not isinstance(choices, dict):
        return choices
    return {label: each["value"] if isinstance(each, dict) else each for label, each in choices.items()}
