"""Going back and forth, in any order: every answer that was taken back is what Enter gives again."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fwnew.decision.catalogue import load
from fwnew.terminal import prompts
from fwnew.terminal.parts import Back, Option
from fwnew.wizard import ask_decision
from fwnew.wizard.ask_decision import names, next_question
from fwnew.wizard.state import State, walk

KNOWN, TODAY = load(), date(2026, 1, 1)
BACK, ENTER = "back", "enter"
ACTIONS = st.lists(st.sampled_from([BACK, ENTER]) | st.integers(0, 12), max_size=40)


class Person:
    """Answers as told, then by Enter; knows what every answer should be."""

    def __init__(self, actions: list[str | int]) -> None:
        self.actions: Iterator[str | int] = iter(actions)
        self.answered = list[tuple[str, Any]]()
        self.last = dict[str, Any]()

    def asks(self, name: str, options: list[Option], offered: Any, several: bool) -> Any:
        assert name == next(
            each for each in names(KNOWN, dict(self.answered), TODAY) if each not in dict(self.answered)
        )
        action = next(self.actions, ENTER)
        if action == BACK:
            if self.answered:
                self.last.update([self.answered.pop()])
            raise Back
        if action == ENTER:
            answer = offered
            assert answer == self.last.get(name, answer)
        else:
            chosen = options[int(action) % len(options)].value
            answer = [chosen] if several else chosen
        self.answered.append((name, answer))
        self.last[name] = answer
        return answer


@settings(max_examples=200)
@given(ACTIONS)
def test_what_was_taken_back_is_offered_again_and_nothing_else_is_kept(actions: list[str | int]) -> None:
    person = Person(actions)

    def ask_one(catalogue: Any, name: str, before: dict[str, Any], about: Any) -> Any:
        if name in catalogue.criteria:
            criterion = catalogue.criteria[name]
            options = [Option(choice.label, choice.name) for choice in criterion.choices.values()]
            return person.asks(name, options, before.get(name, criterion.default), criterion.several)
        several = name == "constraints"
        values = list(catalogue.constraints) if several else ["any", *catalogue.pythons]
        offered = before.get(name, [] if several else "any")
        return person.asks(name, [Option(value, value) for value in values], offered, several)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ask_decision, "ask_one", ask_one)
        patch.setattr(prompts, "FIRST", "")
        end = walk(State(), lambda state: next_question(KNOWN, TODAY, state))
    assert end.decision_answers == dict(person.answered)
    assert set(names(KNOWN, end.decision_answers, TODAY)) == set(end.decision_answers)
