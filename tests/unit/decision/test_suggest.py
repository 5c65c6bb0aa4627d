"""What a decision suggests for a project, taken by fwnew's own templates."""

import pytest

from fwnew.decision import answers, catalogue
from fwnew.decision.decide import decide
from fwnew.decision.model import PYTORCH, TENSORFLOW
from fwnew.decision.suggest import suggestions
from fwnew.questions.questions import load, resolve
from tests.kit import ROOT
from tests.unit.decision.test_decide import TODAY

KNOWN = catalogue.load()
TARGETS = [name for name in KNOWN.criteria["deployment"].choices if name != "undecided"]


@pytest.mark.parametrize("framework", [PYTORCH, TENSORFLOW])
@pytest.mark.parametrize("target", TARGETS)
def test_the_templates_take_whatever_a_target_suggests(target: str, framework: str) -> None:
    found = suggestions(KNOWN, decide(KNOWN, answers.parse(KNOWN, {"deployment": target}), TODAY), framework)
    taken = resolve(load(ROOT, "demo"), {"project_name": "demo"}, found).values
    assert {name: taken[name] for name in found} == found


@pytest.mark.parametrize(("framework", "servers"), [(PYTORCH, ["embedded"]), (TENSORFLOW, ["tf_serving"])])
def test_whoever_decides_for_a_server_gets_one(framework: str, servers: list[str]) -> None:
    found = suggestions(KNOWN, decide(KNOWN, answers.parse(KNOWN, {"deployment": "server"}), TODAY), framework)
    assert resolve(load(ROOT, "demo"), {"project_name": "demo"}, found).values["serving"] == servers
