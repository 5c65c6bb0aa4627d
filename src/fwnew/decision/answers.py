"""What a person answered, from `KEY=VALUE`, a file or an old decision, as the decision takes it."""

import json
import os
from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fwnew.decision.decide import WEIGHTS
from fwnew.decision.model import Catalogue, Criterion, DecisionAnswers
from fwnew.errors import UsageError, nearest

WEIGHT = "weights."
VARIABLE = "FWNEW_DECIDE_"


def parse(catalogue: Catalogue, given: Mapping[str, Any]) -> DecisionAnswers:
    """Answers to everything: what is given, else each question's default with the weight 1.

    Raises UsageError for a question, a choice, a weight, a constraint or a Python that does not exist.
    """
    known = [*catalogue.criteria, "weights", "constraints", "python"]
    for name in given:
        if name not in known:
            hint = nearest(name, known) or f"it asks for {', '.join(known)}"
            raise UsageError(f"the decision has no question '{name}'", hint)
    weights = given.get("weights") or {}
    if not isinstance(weights, Mapping):
        raise UsageError("weights: a number for each question was expected", "such as weights: {goal: 3}")
    for name in weights:
        _one_of(f"{WEIGHT}{name}", name, catalogue.criteria)
    constraints = frozenset(_several("constraints", given.get("constraints"), catalogue.constraints))
    python = given.get("python")
    return DecisionAnswers(
        choices={name: _choices(criterion, given.get(name)) for name, criterion in catalogue.criteria.items()},
        weights={name: _weight(name, weights.get(name, 1)) for name in catalogue.criteria},
        constraints=constraints,
        python=None if python in (None, "any") else _one_of("python", str(python), catalogue.pythons),
    )


def gather(
    catalogue: Catalogue, preset: str | None = None, file: Path | None = None, words: Iterable[str] = ()
) -> dict[str, Any]:
    """Every answer given in advance: words win over the file, that over the preset, that over the environment.

    Raises UsageError when one of them cannot be read.
    """
    given: Mapping[str, Any] = {}
    if preset:
        given = catalogue.presets[_one_of("preset", preset, catalogue.presets)].answers
    if file:
        given = merge(given, from_file(file))
    given = merge(given, from_words(words))
    return merge(from_environment(catalogue, but=given), given)


def from_environment(catalogue: Catalogue, but: Mapping[str, Any] = MappingProxyType({})) -> dict[str, Any]:
    """The answers in FWNEW_DECIDE_GOAL, FWNEW_DECIDE_WEIGHTS_GOAL and so on, but for what is answered already.

    Raises UsageError with the name of the first of these variables that is wrong.
    """
    weighed = but["weights"] if isinstance(but.get("weights"), Mapping) else {}
    answered = {*but, *(f"{WEIGHT}{name}" for name in weighed)}
    given: dict[str, Any] = {}
    for name in [name for name in os.environ if name.startswith(VARIABLE)]:
        answer = name.removeprefix(VARIABLE).lower().replace("weights_", WEIGHT)
        if answer in answered:
            continue
        try:
            one = from_words([f"{answer}={os.environ[name]}"])
            parsed = as_data(parse(catalogue, one))
        except UsageError as error:
            raise UsageError(f"the variable {name} is wrong: {error.message}", error.hint) from error
        weights = {key: parsed["weights"][key] for key in one.get("weights", {})}
        given = merge(given, {"weights": weights} if weights else {key: parsed[key] for key in one})
    return given


def from_words(words: Iterable[str]) -> dict[str, Any]:
    """`goal=research`, `deployment=server,android`, `weights.goal=3` as a dictionary.

    Raises UsageError for a word without an equals sign, and for two that disagree.
    """
    given: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise UsageError(f"'{word}' is not KEY=VALUE", "such as goal=research or weights.goal=3")
        place, name = (
            (given.setdefault("weights", {}), name.removeprefix(WEIGHT)) if name.startswith(WEIGHT) else (given, name)
        )
        if place.get(name, value) != value:
            several = f"several in one: {name}={place[name]},{value}"
            hint = f"give it once; {several}" if name in ("deployment", "constraints") else "give it once"
            raise UsageError(f"{name} is given twice, as {place[name]} and as {value}", hint)
        place[name] = value
    return given


def from_file(path: Path) -> dict[str, Any]:
    """The answers in a YAML or JSON file; a decision record, or the JSON of a decision, will do.

    Raises UsageError when it cannot be read as answers.
    """
    import yaml

    try:
        text = path.read_text("utf-8")
        front = text.removeprefix("---\n").partition("\n---\n")[0] if text.startswith("---\n") else text
        content = yaml.safe_load(front)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError, ValueError) as error:
        reason = getattr(error, "strerror", None) or getattr(error, "problem", None) or "it is not YAML"
        raise UsageError(f"{path} cannot be read: {reason}", "give answers in YAML or JSON") from error
    if content is not None and not (isinstance(content, dict) and all(isinstance(key, str) for key in content)):
        raise UsageError(f"{path} holds no answers by name", "such as goal: research")
    if not content:
        raise UsageError(f"{path} holds no answers", "such as goal: research")
    return from_record(content, path) if "schema" in content else content


def from_record(content: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """The answers in the front matter of a decision record.

    Raises UsageError when the framework was not decided there.
    """
    answers = content.get("answers")
    if not isinstance(answers, dict):
        raise UsageError(f"{path} records no answers to the decision", "give answers, such as goal: research")
    return answers


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """The answers of both, the second's where both have one; weights one by one."""
    weights = [each.get("weights") for each in (base, over)]
    if not all(isinstance(each, Mapping) for each in weights):
        return {**base, **over}
    return {**base, **over, "weights": {**base["weights"], **over["weights"]}}


def as_words(answers: DecisionAnswers, catalogue: Catalogue) -> list[str]:
    """The shortest `KEY=VALUE` words that give these answers again."""
    words = [f"{name}={','.join(answers.choices[name])}" for name, criterion in catalogue.criteria.items()
             if answers.choices[name] != (criterion.default,)]  # fmt: skip
    words += [f"{WEIGHT}{name}={weight}" for name, weight in answers.weights.items() if weight != 1]
    words += [f"constraints={','.join(sorted(answers.constraints))}"] if answers.constraints else []
    return words + ([f"python={answers.python}"] if answers.python else [])


def as_options(answers: DecisionAnswers, catalogue: Catalogue) -> list[str]:
    """The options of `fwnew new` that give these answers again, at least one."""
    first = next(iter(catalogue.criteria.values()))
    words = as_words(answers, catalogue) or [f"{first.name}={first.default}"]
    return [part for word in words for part in ("--decide", word)]


def as_data(answers: DecisionAnswers) -> dict[str, Any]:
    """The same for a file; `parse` reads it back as the same answers."""
    return {
        **{name: list(chosen) if len(chosen) > 1 else chosen[0] for name, chosen in answers.choices.items()},
        "weights": {name: int(weight) for name, weight in answers.weights.items()},
        "constraints": sorted(answers.constraints),
        "python": answers.python or "any",
    }


def _choices(criterion: Criterion, value: Any) -> tuple[str, ...]:
    if value is None:
        return (criterion.default,)
    if not criterion.several:
        if isinstance(value, list | tuple) or "," in str(value):
            raise UsageError(f"{criterion.name} takes one answer", f"choose from {', '.join(criterion.choices)}")
        return (_one_of(criterion.name, value, criterion.choices),)
    words = value.split(",") if isinstance(value, str) else value
    if isinstance(words, (list, tuple)):  # other names of an answer are understood, and not offered
        words = [name for word in words for name in criterion.renamed.get(str(word).strip().casefold(), (word,))]
    chosen = _several(criterion.name, words, criterion.choices)
    if criterion.default in chosen and len(chosen) > 1:
        raise UsageError(f"{criterion.name}: '{criterion.default}' and another contradict each other", "leave one out")
    return tuple(name for name in criterion.choices if name in chosen) or (criterion.default,)


def _several(name: str, value: Any, known: Iterable[str]) -> list[str]:
    words = value.split(",") if isinstance(value, str) else value or []
    if not isinstance(words, (list, tuple)):
        raise UsageError(f"{name}: a list was expected, not {json.dumps(value)}", f"such as {name}=a,b")
    return [_one_of(name, word.strip() if isinstance(word, str) else word, known) for word in words if word != ""]


def _one_of(name: str, value: Any, known: Iterable[str]) -> str:
    possible = list(known)
    if value in possible:
        return str(value)
    if isinstance(value, str) and value.casefold() in possible:
        return value.casefold()
    hints = [nearest(str(value), possible), f"choose from {', '.join(possible)}"]
    raise UsageError(f"{name}: there is no '{value}'", " ".join(filter(None, hints)))


def _weight(name: str, value: Any) -> Fraction:
    try:
        weight = -1 if isinstance(value, bool | float) else int(value)
    except (TypeError, ValueError):
        weight = -1
    if weight not in WEIGHTS:
        scale = "0 does not matter, 1 normal, 2 matters, 3 decisive"
        raise UsageError(f"{WEIGHT}{name}: there is no weight {value}", scale)
    return Fraction(weight)
