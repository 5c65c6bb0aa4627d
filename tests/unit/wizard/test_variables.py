"""What the environment gives is where a question begins, and what is wrong with it is said."""

import pytest

from tests.kit.terminal import ENTER, Start
from tests.kit.wizard import CONSTRAINTS, DECISION, FRAMEWORK, GOAL, PROJECT, PYTHON, START, WHERE, accept, quick


@pytest.mark.parametrize("arguments", [["new", "demo"], ["decide"]], ids=["new", "decide"])
def test_variables_are_what_the_questions_that_decide_begin_with(start: Start, arguments: list[str]) -> None:
    given = {"GOAL": "research", "DEPLOYMENT": "ios,browser_training", "CONSTRAINTS": "no_beta", "WEIGHTS_TEAM": "3"}
    at = start(*arguments, **{f"FWNEW_DECIDE_{name}": answer for name, answer in given.items()})
    if arguments == ["new", "demo"]:
        at.asks(START).press(ENTER)
    at.asks(GOAL).until(lambda: at.at("Research"), "the answer of the variable").press(ENTER)
    accept(at, *DECISION[1:3]).asks(WHERE).until(lambda: at.prompt.count("●") == 2, "two that are ticked").press(ENTER)
    accept(at, *DECISION[4:-1]).asks(CONSTRAINTS).until(lambda: at.prompt.count("●") == 1, "one").press(ENTER)
    at.asks(PYTHON).press(ENTER)
    if arguments == ["decide"]:
        assert at.until(lambda: "weights.team=3" in at.printed, "the weight").ends() == 0


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("FWNEW_DECIDE_GOAL", "fame", "the variable FWNEW_DECIDE_GOAL is wrong: goal: there is no 'fame'"),
        ("FWNEW_DECIDE_GAOL", "research", "the variable FWNEW_DECIDE_GAOL is wrong: "),
        ("FWNEW_DECIDE_WEIGHTS_TEAM", "9", "the variable FWNEW_DECIDE_WEIGHTS_TEAM is wrong: "),
        ("FWNEW_FRAMEWORK", "jax", "the variable FWNEW_FRAMEWORK is wrong: there is no 'jax'"),
        ("FWNEW_EXPORTS", "docx", "the variable FWNEW_EXPORTS is wrong: there is no 'docx'"),
        ("FWNEW_SERVE", "perhaps", "the variable FWNEW_SERVE is wrong: "),
    ],
)
def test_a_wrong_variable_is_named_before_the_first_question(
    start: Start, variable: str, value: str, message: str
) -> None:
    at = start("new", "demo", columns=200, **{variable: value})
    assert at.ends() == 2
    assert at.screen.startswith(f"error: {message}")


def test_a_variable_that_other_answers_rule_out_is_named_at_its_question(start: Start) -> None:
    at = quick(start("new", "demo", FWNEW_EXPORTS="saved_model"))
    accept(at, *PROJECT[:3]).asks("Export formats")
    at.shows("The variable FWNEW_EXPORTS is ignored: 'saved_model' is a TensorFlow format.")


def test_where_either_could_do_the_variable_is_what_enter_gives(start: Start) -> None:
    at = accept(start("new", "demo", FWNEW_FRAMEWORK="tensorflow"), START, *DECISION)
    at.shows("Either framework would do").asks(FRAMEWORK)
    at.until(lambda: at.at("TensorFlow"), "the framework of the variable")
