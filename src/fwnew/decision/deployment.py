"""How the model gets to each target, in words: the routes of a decision, and what a project makes of them."""

from collections.abc import Iterator

from fwnew.decision.model import NAMES, Catalogue, Decision, Route
from fwnew.terminal.blocks import Block, Stack, Text

MADE = {
    "run": "fwnew makes the export, and checks it in this runtime",
    "written": "fwnew writes the file; its tests do not run it there",
    "no": "fwnew does not make this export yet",
}


def routes(catalogue: Catalogue, decision: Decision) -> list[Block]:
    """Return how the model gets to each target."""
    blocks: list[Block] = [Text("how the model gets to each target:", "heading")]
    for route, target, framework in decision.routes:
        place = f"{catalogue.criteria['deployment'].choices[target].label}, with {NAMES[framework]}"
        if route is None:
            blocks.append(Text(f"{place}: no supported route", indent=2))
            continue
        server = f", served by {route.server}" if route.server else ""
        about = [MADE[made(catalogue, decision, route)], route.note, *warnings(catalogue, route)]
        blocks.append(Text(f"{place}: {route.export} -> {route.runtime}{server}", indent=2))
        blocks.append(Text("; ".join(filter(None, about)), "quiet", indent=4))
    return [Stack(blocks)] if decision.routes else []


def made(catalogue: Catalogue, decision: Decision, route: Route) -> str:
    """What a project does of a route: nothing for a model that it does not load, whatever it does for its own."""
    question = catalogue.criteria["pretrained"]
    chosen = decision.answers.choices["pretrained"]
    loaded = all(name == question.default or question.choices[name].project for name in chosen)
    return route.made if loaded else "no"


def warnings(catalogue: Catalogue, route: Route) -> Iterator[str]:
    """A clause for each part of a route that is not active."""
    for part in (catalogue.parts[id_] for id_ in route.parts):
        if part.status != "active":
            state = f"in {part.status}" if part.status in ("beta", "maintenance") else part.status
            yield f"{part.name} is {state}" + (f"; instead: {part.instead}" if part.instead else "")
