"""What a decision suggests for the questions of a project."""

from typing import Any

from fwnew.decision.decide import routes
from fwnew.decision.model import EITHER, PYTORCH, TENSORFLOW, Catalogue, Decision


def suggestions(catalogue: Catalogue, decision: Decision, framework: str = "") -> dict[str, Any]:
    """Answers by the names of the project's questions: what leads to the targets in that framework, and where to start.

    Without a framework, it is the one that the decision leads to; if there is none, only what both have is
    suggested. Whether a template takes it, and a person wants it, is not known here.
    """
    framework = framework or leading(catalogue, decision)
    found: dict[str, Any] = {}
    if framework in (PYTORCH, TENSORFLOW):
        found["framework"] = framework
        ways = [route for route, _, _ in routes(catalogue, decision.answers, framework) if route and route.made != "no"]
        if ways:
            found["exports"] = list(dict.fromkeys(way.export for way in ways))
        if servers := [way.serving for way in ways if way.serving]:
            found["serving"] = list(dict.fromkeys(servers))
    for name, chosen in decision.answers.choices.items():
        for choice in chosen:
            found |= catalogue.criteria[name].choices[choice].project
    if "windows_gpu" in decision.answers.constraints:
        found["accelerator"] = "gpu"
    return found


def leading(catalogue: Catalogue, decision: Decision) -> str:
    """The framework that is recommended, or in which fwnew reaches more of the targets; empty if there is neither."""
    if decision.recommendation == EITHER:
        return reaching_more(catalogue, decision)
    return decision.recommendation if decision.recommendation in (PYTORCH, TENSORFLOW) else ""


def follows(catalogue: Catalogue, decision: Decision, framework: str = "") -> str:
    """A sentence with what is suggested besides the framework, as `exports=onnx`; empty if that is nothing."""
    found = suggestions(catalogue, decision, framework)
    texts = {name: ",".join(value) if isinstance(value, list) else value for name, value in found.items()}
    words = ", ".join(f"{name}={text}" for name, text in texts.items() if name != "framework")
    return f"It suggests for a project: {words}." if words else ""


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
