"""The variants of a template: every combination of choices that its `copier.yml` allows.

A factor is a decision with few outcomes: a question with choices, a question for yes or no, or one choice of a question
that takes several. Free text is none. What the questions refuse becomes clauses, combinations of levels that no
variant has.
"""

import hashlib
import itertools
import json
import random
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from jinja2 import meta, nodes

from fwnew.errors import UsageError
from fwnew.questions.question import MISSING, Entry, Question
from fwnew.questions.questions import Questions

SALTS = ("", "a", "b", "c")
"""Orders in which a covering is searched; the one with the fewest rows is kept. Beyond pairs the first will do."""

ANY = object()
"""In what a text depends on: all choices of a question, or whichever is taken."""

ABSENT = None
"""The level of a question that is not asked."""

Levels = dict[int, Any]
"""A level for some of the factors, by the factor's place."""


@dataclass(frozen=True)
class Factor:
    """One decision. Each choice of a question that takes several is a factor of its own, with the levels yes and no."""

    question: str
    levels: tuple[Any, ...]
    choice: Any = None


@dataclass(frozen=True)
class Variant:
    """The answers to every question that has choices and is asked."""

    answers: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The same for the same answers, whatever other variants there are: `pytorch-3f2a1c08`."""
        text = json.dumps(self.answers, sort_keys=True)
        return f"{self.answers.get('framework', 'variant')}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


@dataclass(frozen=True)
class Variants:
    """The factors of a template, in the order of its questions, and what the questions refuse."""

    factors: tuple[Factor, ...]
    clauses: tuple[Levels, ...]

    def every(self, given: Levels | None = None) -> Iterator[Levels]:
        """Every valid combination of levels that has the given ones, in order."""
        return self.search(range(len(self.factors)), given or {})

    def feasible(self, given: Levels) -> bool:
        """Whether any variant has these levels."""
        named = sorted({place for clause in self.clauses for place in clause} - given.keys())
        return next(self.search([*given, *named], given), None) is not None  # of the others any level will do

    def cover(self, strength: int) -> list[Levels]:
        """Few variants in which every feasible combination of the levels of `strength` factors occurs."""
        from covertable import make

        constraints = [_constraint(clause) for clause in self.clauses]
        levels = [list(factor.levels) for factor in self.factors]
        salts = SALTS if strength < 3 else SALTS[:1]
        found = (make(levels, strength=strength, constraints=constraints, salt=salt) for salt in salts)
        return [dict(enumerate(row)) for row in min(found, key=len)]

    def sample(self, count: int, seed: int = 0) -> list[Levels]:
        """Some variants, drawn at random; the same for the same seed."""
        draw = random.Random(seed)

        def shuffled(levels: tuple[Any, ...]) -> list[Any]:
            return draw.sample(levels, len(levels))

        places = range(len(self.factors))
        return [next(self.search(places, {}, shuffled)) for _ in range(count)]

    def variant(self, levels: Levels) -> Variant:
        """The answers that a combination of levels stands for."""
        answers: dict[str, Any] = {}
        for place, factor in enumerate(self.factors):
            if place not in levels or levels[place] is ABSENT:
                continue
            if factor.choice is None:
                answers[factor.question] = levels[place]
            else:
                answers.setdefault(factor.question, []).extend([factor.choice] if levels[place] else [])
        return Variant(answers)

    def search(
        self, places: Sequence[int], given: Levels, order: Callable[[tuple[Any, ...]], Iterable[Any]] = iter
    ) -> Iterator[Levels]:
        """Every combination of levels at these places and the given ones that no clause refuses."""
        if not places:
            yield given
            return
        place, others = places[0], places[1:]
        levels = (given[place],) if place in given else self.factors[place].levels
        for level in order(levels):
            now = {**given, place: level}
            if not any(clause.items() <= now.items() for clause in self._refused.get((place, level), ())):
                yield from self.search(others, now, order)

    @cached_property
    def _refused(self) -> Mapping[tuple[int, Any], Sequence[Levels]]:
        """The clauses that name a level of a factor."""
        found: dict[tuple[int, Any], list[Levels]] = {}
        for clause in self.clauses:
            for level in clause.items():
                found.setdefault(level, []).append(clause)
        return found


def read(questions: Questions) -> Variants:
    """The variants that these questions allow.

    Raises TemplateError when a question is broken.
    """
    reader = _Reader(questions)
    for question in questions.items:
        if not question.hidden and (question.choices or question.kind == "bool"):
            reader.add(question)
    return reader.variants


class _Reader:
    """Evaluates each text of a question once for every combination of just those levels that it depends on."""

    def __init__(self, questions: Questions) -> None:
        self.questions = questions
        self.variants = Variants((), ())

    def add(self, question: Entry) -> None:
        asked = [(given, context.applies) for given, context in self._contexts(question, question.when)]
        offers = [offer for choices in _apart(question) for offer in self._offers(replace(question, choices=choices))]
        values = list(dict.fromkeys(value for _, offer in offers for value, offered in offer.items() if offered))
        absent = () if all(applies for _, applies in asked) else (ABSENT,)
        if question.multiselect:
            new = [Factor(question.name, (False, True, *absent), value) for value in values]
        else:
            new = [Factor(question.name, (*values, *absent))]
        own = dict(enumerate(new, len(self.variants.factors)))
        self.variants = replace(self.variants, factors=(*self.variants.factors, *new))
        self._refuse(_unasked(asked, own))
        self._refuse(_unoffered(offers, own))
        if question.validator:
            self._refuse(self._invalid(question, own))

    def _refuse(self, clauses: Iterable[Levels]) -> None:
        """Add clauses, each without whatever in it does not matter, so that few and short ones say the same."""
        known, new = list(self.variants.clauses), list(clauses)
        self.variants = replace(self.variants, clauses=(*known, *new))
        for clause in new:
            if any(other.items() <= clause.items() for other in known):
                continue
            for place in reversed(clause):
                rest = {other: level for other, level in clause.items() if other != place}
                if not self.variants.feasible(rest):
                    clause = rest
            known.append(clause)
        self.variants = replace(self.variants, clauses=tuple(known))

    def _offers(self, question: Entry) -> Iterator[tuple[Levels, dict[Any, bool]]]:
        """Which of these choices can be chosen, and which not, after which levels."""
        if not question.choices:
            yield {}, {False: True, True: True}
            return
        contexts = [(given, asked) for given, asked in self._contexts(question, question.choices) if asked.applies]
        nothing = {choice.value: False for _, asked in contexts for choice in asked.choices}
        for given, asked in contexts:
            yield given, {**nothing, **{choice.value: not choice.refusal for choice in asked.choices}}

    def _invalid(self, question: Entry, own: Mapping[int, Factor]) -> Iterator[Levels]:
        """The combinations of levels that a question's validator refuses."""
        for given, asked in self._contexts(question, question.validator):
            if ABSENT in (given.get(place, True) for place in own) or not asked.applies:
                continue
            try:
                asked.validate(self.variants.variant(given).answers.get(question.name, []))
            except UsageError:
                yield given

    def _contexts(self, question: Entry, text: Any) -> Iterator[tuple[Levels, Question]]:
        """The question after every combination of the levels that the text, and whether it is asked, depend on."""
        uses = self._uses(question.when, text)
        places = [
            place
            for place, factor in enumerate(self.variants.factors)
            if (factor.question, ANY) in uses or (factor.question, factor.choice) in uses
        ]
        names = {name for name, _ in uses}
        for given in self.variants.search(places, {}):
            yield given, self._asked(question, self.variants.variant(given).answers, names)

    def _asked(self, question: Entry, answers: Mapping[str, Any], names: Container[str]) -> Question:
        """The question after these answers, and after what follows from those."""
        context: dict[str, Any] = {}
        for earlier in itertools.takewhile(lambda other: other.name != question.name, self.questions.items):
            if earlier.name in answers:
                context[earlier.name] = answers[earlier.name]
            elif earlier.name in names:
                default = Question(earlier, self.questions.environment, context).default
                context |= {} if default is MISSING else {earlier.name: default}
        return Question(question, self.questions.environment, context)

    def _uses(self, *texts: Any) -> set[tuple[str, Any]]:
        """What texts depend on, directly or by way of defaults: a question as a whole, or one of its choices alone."""
        found: set[tuple[str, Any]] = set()
        queue = _uses(self.questions, *texts)
        answered = {factor.question for factor in self.variants.factors if ABSENT not in factor.levels}
        while new := queue - found:
            found |= new
            for earlier in self.questions.items:
                if earlier.name in {name for name, _ in new} - answered:
                    queue |= _uses(self.questions, earlier.kind, earlier.default)
        return found


def _apart(question: Entry) -> Iterator[Any]:
    """The choices of a question one by one, or all at once where text makes them."""
    choices = question.choices
    if not choices or isinstance(choices, str):
        yield choices
    elif isinstance(choices, Mapping):
        yield from ({label: value} for label, value in choices.items())
    else:
        yield from ([choice] for choice in choices)


def _unasked(asked: Iterable[tuple[Levels, bool]], own: Mapping[int, Factor]) -> Iterator[Levels]:
    """What cannot be where a question is asked, and where it is not."""
    for given, applies in asked:
        for place, factor in own.items():
            yield from (given | {place: level} for level in factor.levels if (level is ABSENT) == applies)


def _unoffered(offers: Iterable[tuple[Levels, dict[Any, bool]]], own: Mapping[int, Factor]) -> Iterator[Levels]:
    for given, offer in offers:
        for place, factor in own.items():
            refused = [value for value, offered in offer.items() if not offered]
            if factor.choice is None:
                yield from (given | {place: value} for value in refused if value in factor.levels)
            elif factor.choice in refused:
                yield given | {place: True}


def _uses(questions: Questions, *texts: Any) -> set[tuple[str, Any]]:
    """The variables of the Jinja templates in a question's texts, however nested.

    Where a text asks of a variable only whether it holds one thing or another, the thing stands beside the name.
    """
    found: set[tuple[str, Any]] = set()
    for text in texts:
        if isinstance(text, str):
            tree = questions.environment.parse(text)
            names = meta.find_undeclared_variables(tree)
            held = list(_held(tree))
            for name in names:
                mentions = sum(node.name == name for node in tree.find_all(nodes.Name))
                single = [choice for other, choice in held if other == name]
                found |= {(name, choice) for choice in single} if len(single) == mentions else {(name, ANY)}
        elif isinstance(text, Mapping):
            found |= _uses(questions, *text.keys(), *text.values())
        elif isinstance(text, (list, tuple)):
            found |= _uses(questions, *text)
    return found


def _held(tree: nodes.Template) -> Iterator[tuple[str, Any]]:
    """What is asked for in `'onnx' in exports`: the name of the list, and the thing."""
    for compared in tree.find_all(nodes.Compare):
        thing, (operand, *more) = compared.expr, compared.ops
        holds = operand.op in ("in", "notin") and isinstance(operand.expr, nodes.Name)
        if holds and isinstance(thing, nodes.Const) and not more:
            yield operand.expr.name, thing.value


def _constraint(clause: Levels) -> dict[str, Any]:
    """A clause as covertable wants it: not all of these."""
    equal = [{"operator": "eq", "left": place, "value": level} for place, level in clause.items()]
    return {"operator": "not", "condition": {"operator": "and", "conditions": equal}}
