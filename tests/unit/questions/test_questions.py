"""Answers are judged as Copier would judge them, but strictly, and before Copier is called."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from copier import Settings, run_copy
from hypothesis import given, settings
from hypothesis import strategies as st

from fwnew.errors import TemplateError, UsageError
from fwnew.questions.question import Question
from fwnew.questions.questions import Questions, load, resolve
from fwnew.questions.types import NOUNS, accepts, as_text, cast, split_list
from tests.kit import ROOT

REAL = load(ROOT, "demo")


@pytest.fixture
def questions(template: Callable[..., Path]) -> Questions:
    return load(template(), "demo")


def refusal(questions: Questions, **given: Any) -> UsageError:
    with pytest.raises(UsageError) as caught:
        resolve(questions, {"project_name": "demo", **given})
    return caught.value


def write(folder: Path, text: str) -> Questions:
    (folder / "copier.yml").write_text(text)
    return load(folder, "demo")


def test_defaults_follow_the_answers_before_them(questions: Questions) -> None:
    answers = resolve(questions, {"project_name": "my-demo", "framework": "tensorflow"})
    assert answers.values["package"] == "my_demo"
    assert answers.values["exports"] == ["saved_model"]


def test_hidden_values_are_used_but_are_no_answers(questions: Questions) -> None:
    assert "reserved" not in resolve(questions, {"project_name": "demo"}).values


def test_the_first_line_of_the_help_is_asked_and_the_rest_explains(tmp_path: Path) -> None:
    text = "what: {type: str}\nname:\n  help: |\n    Name of {{ what }}\n    Short,\n    and sweet.\n"
    questions = write(tmp_path, text)
    asked = Question(questions.items[1], questions.environment, {"what": "it"})
    assert (asked.label, asked.details) == ("Name of it", "Short, and sweet.")
    bare = Question(questions.items[0], questions.environment, {})
    assert (bare.label, bare.details) == ("what", "")
    assert all(Question(item, REAL.environment, {}).details for item in REAL.items if not item.hidden)


def test_another_folder_changes_what_is_derived_from_its_name(tmp_path: Path) -> None:
    questions = write(tmp_path, 'title: "{{ _folder_name }}!"\n')
    other = questions.in_folder("other")
    assert [resolve(each, {}).values["title"] for each in (questions, other)] == ["demo!", "other!"]


@pytest.mark.parametrize(("name", "takes"), [("demo", True), ("torch", False), ("two words", True)])
def test_a_value_is_judged_by_the_question_itself(questions: Questions, name: str, takes: bool) -> None:
    assert questions.takes("project_name", name) is takes


def test_a_question_without_answer_and_default_must_be_answered(questions: Questions) -> None:
    with pytest.raises(UsageError, match="project_name: an answer is needed"):
        resolve(questions, {})


def test_an_unknown_question_is_refused_with_the_nearest_one(questions: Questions) -> None:
    error = refusal(questions, framewrok="pytorch")
    assert (error.message, error.hint) == (
        "the template has no question 'framewrok'",
        "did you mean 'framework'?",
    )


def test_a_derived_value_cannot_be_given(questions: Questions) -> None:
    assert "derives this value" in refusal(questions, reserved="x").message


def test_a_question_that_does_not_apply_cannot_be_answered(questions: Questions) -> None:
    assert "leave no room" in refusal(questions, port=80).message
    assert resolve(questions, {"project_name": "a", "serve": True, "port": 80}).values["port"] == 80


def test_an_unknown_choice_is_refused_with_the_nearest_one(questions: Questions) -> None:
    error = refusal(questions, framework="pytorhc")
    assert error.message == "framework: there is no 'pytorhc'"
    assert error.hint == "did you mean 'pytorch'? choose from pytorch, tensorflow"


def test_an_export_of_the_other_framework_is_refused(questions: Questions) -> None:
    error = refusal(questions, framework="tensorflow", exports=["torchscript"])
    assert error.message == "exports: 'torchscript' is a PyTorch format"
    assert error.hint == "choose from onnx, saved_model"


def test_the_templates_own_validators_speak(questions: Questions) -> None:
    assert refusal(questions, project_name="torch").message == "project_name: 'torch' is taken"


@pytest.mark.parametrize("exports", ["torchscript,onnx", "[onnx, torchscript]", ["torchscript", "onnx", "onnx"]])
def test_a_list_is_written_in_many_ways_and_comes_in_declared_order(questions: Questions, exports: Any) -> None:
    answers = resolve(questions, {"project_name": "demo", "exports": exports})
    assert answers.values["exports"] == ["onnx", "torchscript"]


@pytest.mark.parametrize(
    "given",
    [
        {"package": 3.11},
        {"package": None},
        {"package": ["a"]},
        {"serve": "maybe"},
        {"serve": 1},
        {"serve": True, "port": "80.5"},
        {"serve": True, "port": True},
        {"exports": {"onnx": True}},
        {"exports": 3},
        {"exports": "[onnx"},
    ],
    ids=str,
)
def test_an_answer_of_another_type_is_refused(questions: Questions, given: dict[str, Any]) -> None:
    refusal(questions, **given)


def test_a_suggestion_counts_only_if_it_is_valid(questions: Questions) -> None:
    for suggested, taken in (("Ada", "Ada"), ("", "The demo authors")):
        assert resolve(questions, {"project_name": "demo"}, {"author": suggested}).values["author"] == taken


def test_a_broken_question_is_the_templates_fault(tmp_path: Path) -> None:
    envops = "_envops: {undefined: jinja2.StrictUndefined}\n"
    with pytest.raises(TemplateError, match="question 'a' is broken: 'b' is undefined"):
        resolve(write(tmp_path, envops + "a: {type: str, default: '{{ b }}'}"), {})
    with pytest.raises(TemplateError, match="unknown type 'text'"):
        resolve(write(tmp_path, "a: {type: text, default: x}"), {})
    with pytest.raises(TemplateError, match="default for 'a' is wrong"):
        resolve(write(tmp_path, "a: {type: int, default: x}"), {})


@pytest.mark.parametrize("text", ["a: [", "- a", "a: {type: str, choices: !include x.yml}"])
def test_an_unreadable_copier_yml_is_an_error_in_one_sentence(tmp_path: Path, text: str) -> None:
    with pytest.raises(TemplateError, match=r"the template's copier\.yml cannot be read"):
        write(tmp_path, text)


def test_a_template_without_copier_yml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"no copier\.yml"):
        load(tmp_path, "demo")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
NAMES = [question.name for question in REAL.items if not question.hidden]


@given(st.dictionaries(st.sampled_from(NAMES), ANYTHING, max_size=3))
def test_whatever_is_given_is_answered_or_refused(given: dict[str, Any]) -> None:
    try:
        answers = resolve(REAL, given)
    except UsageError:
        return
    assert list(answers.values) == NAMES


@given(st.sampled_from(["pytorch", "tensorflow"]), st.data())
def test_an_accepted_answer_is_accepted_again_and_does_not_change(framework: str, data: st.DataObject) -> None:
    asked = {
        "framework": framework,
        "description": data.draw(st.text(st.characters(min_codepoint=32), min_size=1)),
    }
    try:
        answers = resolve(REAL, asked)
    except UsageError:
        return
    again = resolve(REAL, {name: as_text(value) for name, value in answers.data.items()})
    assert again == answers


VALUES = {
    "bool": st.booleans(),
    "float": st.floats(allow_nan=False, allow_infinity=False),
    "int": st.integers(),
    "path": st.text(),
    "str": st.text(),
}


@given(st.sampled_from(sorted(VALUES)).flatmap(lambda kind: st.tuples(st.just(kind), VALUES[kind])))
def test_every_value_survives_the_way_through_an_option(pair: tuple[str, Any]) -> None:
    kind, value = pair
    assert accepts(kind, as_text(value))
    assert cast(kind, as_text(value)) == value


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]))))
def test_every_list_survives_the_way_through_an_option(items: list[str]) -> None:
    assert split_list(as_text(items)) == items


SCALARS = st.one_of(
    st.booleans(),
    st.integers(-9, 9),
    st.floats(-9, 9, width=16),
    st.text("ab1.'{ ", max_size=4).filter(lambda text: "{{" not in text),
    st.sampled_from(["yes", "off", "3.10", "null", "[a, b]", "{{ 1 + 1 }}", "{{ first | default('x') }}"]),
)
QUESTION = st.fixed_dictionaries(
    {"default": SCALARS, "type": st.sampled_from(sorted(NOUNS))},
    optional={"when": st.sampled_from([True, False, "{{ 1 == 2 }}", "yes"])},
)
CHOICES = st.builds(
    lambda choices, picks, several: {
        "type": "str",
        "choices": choices,
        "multiselect": several,
        "default": [choices[i % len(choices)] for i in picks] if several else choices[picks[0] % len(choices)],
    },
    st.lists(st.sampled_from(["onnx", "3.10", "a b", "yes", "-"]), min_size=1, unique=True),
    st.lists(st.integers(0, 9), min_size=1, max_size=3),
    st.booleans(),
)


@given(st.fixed_dictionaries({"first": QUESTION | CHOICES, "second": QUESTION | CHOICES}))
@settings(max_examples=40)
def test_copier_records_what_was_resolved(tmp_path_factory: pytest.TempPathFactory, questions: Any) -> None:
    """With the answers as data, and without any: Copier's defaults are ours."""
    folder = tmp_path_factory.mktemp("template")
    (folder / "copier.yml").write_text(yaml.safe_dump(questions, sort_keys=False))
    (folder / "answers.json.jinja").write_text("{{ _copier_answers | to_nice_yaml }}")

    def recorded(data: dict[str, Any]) -> dict[str, Any]:
        target = tmp_path_factory.mktemp("project")
        run_copy(str(folder), target, data=data, defaults=True, quiet=True, settings=Settings())
        content: dict[str, Any] = yaml.safe_load((target / "answers.json").read_text())
        return {name: value for name, value in content.items() if not name.startswith("_")}

    try:
        answers = resolve(load(folder, "project"), {})
    except TemplateError:
        with pytest.raises(Exception, match=r".*"):
            recorded({})
        return
    assert recorded({}) == recorded(dict(answers.data)) == dict(answers.values)
