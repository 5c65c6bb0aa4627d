"""What the README says of the templates is so."""

import re

import pytest

from tests.kit import ROOT
from tests.kit.templates import Templates

ROWS = re.findall(r"^\| `(\w+)` \| (.*) \|$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
LISTED = {name: re.findall(r"`([\w.-]+)`", choices) for name, choices in ROWS}
QUESTIONS = ("exports", "serving", "container", "ci", "tools", "task", "start", "loop", "accelerator", "license")


@pytest.mark.parametrize("name", QUESTIONS)
def test_it_lists_the_choices_that_a_question_has(name: str) -> None:
    factors = Templates().variants.factors
    choices = {factor.choice for factor in factors if factor.question == name and factor.choice is not None}
    choices |= {
        level for factor in factors if factor.question == name and factor.choice is None for level in factor.levels
    }
    assert set(LISTED[name]) == choices
