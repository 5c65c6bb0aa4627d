"""What a decision suggests for the questions of a project."""

from typing import Any

from fwnew.decision.decide import routes
from fwnew.decision.model import EITHER, PYTORCH, TENSORFLOW, Catalogue, Decision


def suggestions(catalogue: Catalogue, decision: Decision, framework: str | None = None) -> dict[str, Any]:
    """Answers by the names of the project's questions: what leads to the targets, in that framework.

    Without a framework it is the recommended one, or else the one in which fwnew reaches more of the targets. Where
    there is neither, nothing is suggested.
    """
    framework = framework or decision.recommendation
    if framework == EITHER:
        framework = reaching_more(catalogue, decision)
    if framework not in (PYTORCH, TENSORFLOW):
        return {}
    ways = [route for route, _, _ in routes(catalogue, decision.answers, framework) if route and route.made != "no"]
    found: dict[str, Any] = {"framework": framework}
    if ways:
        found["exports"] = list(dict.fromkeys(way.export for way in ways))
    if servers := [way.serving for way in ways if way.serving]:
        found["serving"] = list(dict.fromkeys(servers))
    if "vision" in decision.answers.choices["pretrained"]:
        found["start"] = "pretrained"
    if "windows_gpu" in decision.answers.constraints:
        found["accelerator"] = "gpu"
    return found


def reaching_more(catalogue: Catalogue, decision: Decision) -> str:
    """The framework in which fwnew makes the exports for more of the targets; empty where it makes no difference."""
    made = {
        framework: sum(
            bool(route and route.made != "no") for route, _, _ in routes(catalogue, decision.answers, framework)
        )
        for framework in (PYTORCH, TENSORFLOW)
    }
    if made[PYTORCH] == made[TENSORFLOW]:
        return ""
    return max(made, key=made.__getitem__)
