"""The variants of a template: every combination of choices that its `copier.yml` allows.

A factor is a decision with few outcomes: a question with choices, a question for yes or no, or one choice of a question
that takes several. Free text is none. What the questions refuse becomes clauses, combinations of levels that no
variant has.
"""

import hashlib
import itertools
import json
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import meta

from fwnew.errors import UsageError
from fwnew.template.asked import MISSING, Asked, Question
from fwnew.template.questions import Questions

ALL = 2000
"""Up to so many variants are all taken; of more, a three-wise covering and a sample."""

SALTS = ("", "a", "b", "c")
"""Orders in which a covering is searched; the one with the fewest rows is kept. Beyond pairs the first will do."""

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
        places = [*given, *(place for place in range(len(self.factors)) if place not in given)]  # soonest refused
        return next(self.search(places, given), None) is not None

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

    def many(self) -> list[Levels]:
        """Every variant; of more than 2,000 a three-wise covering, which is a pairwise one too, and 500 at random."""
        found = list(itertools.islice(self.every(), ALL + 1))
        return found if len(found) <= ALL else [*self.cover(3), *self.sample(500)]

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
            if not any(place in clause and clause.items() <= now.items() for clause in self.clauses):
                yield from self.search(others, now, order)


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
    """Asks each question once for every combination of the earlier levels that it refers to."""

    def __init__(self, questions: Questions) -> None:
        self.questions = questions
        self.variants = Variants((), ())

    def add(self, question: Question) -> None:
        offers = [(given, self._offer(question, given)) for given in self._scopes(question)]
        offered = {value: None for _, offer in offers for value in offer or []}
        declared = (choice.value for given, offer in offers if offer for choice in self._asked(question, given).choices)
        values = {value: None for value in (*declared, *offered) if value in offered}  # in the order of the question
        absent = (ABSENT,) if any(offer is None for _, offer in offers) else ()
        if question.multiselect:
            new = [Factor(question.name, (False, True, *absent), value) for value in values]
        else:
            new = [Factor(question.name, (*values, *absent))]
        first = len(self.variants.factors)
        own = range(first, first + len(new))
        self.variants = Variants((*self.variants.factors, *new), self.variants.clauses)
        for given, offer in offers:
            self._refuse(
                given | {place: level}
                for place, factor in zip(own, new, strict=True)
                for level in factor.levels
                if level not in _allowed(factor, offer)
            )
            if offer is not None and question.validator:
                self._refuse(list(self._invalid(question, given, own)))
        self._shorten()

    def _refuse(self, clauses: Iterable[Levels]) -> None:
        self.variants = Variants(self.variants.factors, (*self.variants.clauses, *clauses))

    def _shorten(self) -> None:
        """Drops from each clause what does not matter, so that few and short ones say the same."""
        short: list[Levels] = []
        for clause in self.variants.clauses:
            for place in reversed(clause):
                rest = {other: level for other, level in clause.items() if other != place}
                if not self.variants.feasible(rest):
                    clause = rest
            if clause not in short:
                short.append(clause)
        self.variants = Variants(self.variants.factors, tuple(short))

    def _offer(self, question: Question, given: Levels) -> list[Any] | None:
        """What can be chosen; None when the question is not asked."""
        asked = self._asked(question, given)
        if not asked.applies:
            return None
        if not question.choices:
            return [False, True]
        return [choice.value for choice in asked.choices if not choice.refusal]

    def _invalid(self, question: Question, given: Levels, own: Sequence[int]) -> Iterator[Levels]:
        """The combinations of its own levels that a question's validator refuses."""
        asked = self._asked(question, given)
        for levels in self.variants.search(own, given):
            try:
                asked.validate(self.variants.variant(levels).answers[question.name])
            except UsageError:
                yield levels

    def _scopes(self, question: Question) -> Iterator[Levels]:
        names = self._references(question)
        places = [place for place, factor in enumerate(self.variants.factors) if factor.question in names]
        return self.variants.search(places, {})

    def _asked(self, question: Question, given: Levels) -> Asked:
        """The question after the answers that these levels stand for, and after what follows from those."""
        names = self._references(question)
        answers = self.variants.variant(given).answers
        context: dict[str, Any] = {}
        for earlier in self.questions.items:
            if earlier is question:
                break
            if earlier.name in answers:
                context[earlier.name] = answers[earlier.name]
            elif earlier.name in names:
                default = Asked(earlier, self.questions.environment, context).default
                context |= {} if default is MISSING else {earlier.name: default}
        return Asked(question, self.questions.environment, context)

    def _references(self, question: Question) -> set[str]:
        """The questions that a question refers to, directly or by way of values that nobody chooses."""
        found: set[str] = set()
        queue = _names(self.questions, question.kind, question.when, question.choices, question.validator)
        factors = {factor.question for factor in self.variants.factors if ABSENT not in factor.levels}
        while new := queue - found - {question.name}:
            found |= new
            for earlier in self.questions.items:
                if earlier.name in new - factors:
                    queue |= _names(self.questions, earlier.kind, earlier.default)
        return found


def _names(questions: Questions, *texts: Any) -> set[str]:
    """The variables of the Jinja templates in a question's texts, however nested."""
    found: set[str] = set()
    for text in texts:
        if isinstance(text, str):
            found |= meta.find_undeclared_variables(questions.environment.parse(text))
        elif isinstance(text, Mapping):
            found |= _names(questions, *text.keys(), *text.values())
        elif isinstance(text, (list, tuple)):
            found |= _names(questions, *text)
    return found


def _allowed(factor: Factor, offer: list[Any] | None) -> list[Any]:
    if offer is None:
        return [ABSENT]
    if factor.choice is None:
        return offer
    return [False, True] if factor.choice in offer else [False]


def _constraint(clause: Levels) -> dict[str, Any]:
    """A clause as covertable wants it: not all of these."""
    equal = [{"operator": "eq", "left": place, "value": level} for place, level in clause.items()]
    return {"operator": "not", "condition": {"operator": "and", "conditions": equal}}
