"""From a decision to a project without a terminal: options, variables and files; the record; the replay."""

import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kit.commands import Fwnew, refused
from tests.kit.project_files import RECORD, files, front, recorded


def test_the_decision_gives_the_framework_and_the_exports_for_the_targets(
    fwnew: Fwnew, packaged: Path, work: Path
) -> None:
    result = fwnew("new", "demo", "--decide", "deployment=tf_estate,server")
    assert "Recommended: TensorFlow, the only one possible" in result.out
    assert (recorded(work / "demo")["framework"], recorded(work / "demo")["exports"]) == ("tensorflow", ["saved_model"])
    fwnew("new", "other", "--decide", "pretrained=hugging_face", "--decide", "deployment=browser")
    assert (recorded(work / "other")["framework"], recorded(work / "other")["exports"]) == ("pytorch", ["onnx"])


def test_either_takes_pytorch_and_says_so(fwnew: Fwnew, packaged: Path, work: Path) -> None:
    result = fwnew("new", "demo", "--defaults", "--decide", "goal=both")
    assert "Either framework would do. PyTorch was chosen." in result.out
    assert (front(work / "demo")["recommendation"], front(work / "demo")["framework"]) == ("either", "pytorch")


def test_where_nobody_was_asked_the_record_claims_no_decision(fwnew: Fwnew, packaged: Path, work: Path) -> None:
    result = fwnew("new", "demo", "--defaults")
    assert "so this is PyTorch, the default. `fwnew decide` asks, and recommends one." in " ".join(result.out.split())
    assert "it is the default of the template" in (work / "demo" / RECORD).read_text()
    refused(fwnew("decide", "--revisit", "demo"), "PyTorch is default there: nothing was decided")


def test_a_framework_that_was_given_is_recorded_as_given(fwnew: Fwnew, packaged: Path, work: Path) -> None:
    fwnew("new", "demo", "--framework", "tensorflow")
    assert (front(work / "demo")["origin"], front(work / "demo")["framework"]) == ("given", "tensorflow")
    assert "TensorFlow: it was given." in (work / "demo" / RECORD).read_text()


def test_a_given_framework_overrules_the_decision_later_as_well(fwnew: Fwnew, packaged: Path, work: Path) -> None:
    result = fwnew("new", "demo", "--decide", "pretrained=hugging_face", "--framework", "tensorflow")
    assert "Overruled: TensorFlow was chosen instead." in " ".join(result.out.split())
    assert "Overruled: TensorFlow was chosen instead." in (work / "demo" / RECORD).read_text()
    revisited = fwnew("decide", "--revisit", "demo")
    assert revisited.out.startswith("Unchanged: PyTorch, forced")
    assert "the project itself is in TensorFlow" in revisited.out


def test_the_record_of_one_project_gives_the_answers_for_the_next(fwnew: Fwnew, packaged: Path, work: Path) -> None:
    fwnew("new", "one", "--decide", "team=keras", "--decide", "weights.team=3")
    assert fwnew("new", "two", "--decision", f"one/{RECORD}", "--decide", "goal=production").code == 0
    assert front(work / "two")["answers"] == {**front(work / "one")["answers"], "goal": "production"}


def test_a_preset_begins_and_other_answers_win(fwnew: Fwnew, packaged: Path, work: Path) -> None:
    fwnew("new", "demo", "--preset", "device", "--decide", "team=pytorch")
    answers = front(work / "demo")["answers"]
    assert (answers["goal"], answers["deployment"], answers["team"]) == ("production", ["android", "ios"], "pytorch")
    by_preset = fwnew("decide", "--preset", "device", "--json").json
    assert (by_preset["recommendation"], by_preset["answers"]["weights"]["deployment"]) == ("either", 3)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--defaults"],
        ["--framework", "pytorch"],
        ["--decide", "goal=both"],
        ["--decide", "team=keras", "--decide", "weights.team=3", "-d", "serve=yes"],
        ["--decide", "pretrained=hugging_face", "--framework", "tensorflow"],
        ["--preset", "research", "-d", "author=Grace"],
    ],
    ids=" ".join,
)
def test_the_replay_makes_the_same_project_and_the_same_record(
    fwnew: Fwnew, packaged: Path, work: Path, arguments: list[str]
) -> None:
    result = fwnew("new", "demo", *arguments, "--json")
    (work / "demo").rename(work / "first")
    assert fwnew(*shlex.split(result.json["replay"])[1:]).code == 0
    assert files(work / "demo") == files(work / "first")


def test_variables_answer_what_no_option_and_no_file_does(
    fwnew: Fwnew, packaged: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FWNEW_AUTHOR", "Grace")
    monkeypatch.setenv("FWNEW_SERVE", "yes")
    monkeypatch.setenv("FWNEW_DECIDE_TEAM", "keras")
    monkeypatch.setenv("FWNEW_DECIDE_WEIGHTS_TEAM", "3")
    result = fwnew("new", "demo", "--defaults", "-d", "author=Hopper", "--json")
    answers = recorded(work / "demo")
    assert (answers["author"], answers["serve"], answers["framework"]) == ("Hopper", True, "tensorflow")
    assert fwnew("decide", "--data", "team=pytorch", "--json").json["answers"]["weights"]["team"] == 3
    # The replay says what they said: it makes the same where they are not set.
    (work / "demo").rename(work / "first")
    for name in ("FWNEW_AUTHOR", "FWNEW_SERVE", "FWNEW_DECIDE_TEAM", "FWNEW_DECIDE_WEIGHTS_TEAM"):
        monkeypatch.delenv(name)
    assert fwnew(*shlex.split(result.json["replay"])[1:]).code == 0
    assert files(work / "demo") == files(work / "first")


def test_the_replay_holds_against_a_variable_that_agrees_with_the_default(
    fwnew: Fwnew, packaged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FWNEW_SERVE", "yes")
    replay = fwnew("new", "demo", "--defaults", "-d", "serve=no", "--json").json["replay"]
    assert "--data serve=false" in replay


def test_the_folder_too_can_be_given_by_a_variable(
    fwnew: Fwnew, packaged: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FWNEW_DEST", "demo")
    assert fwnew("new", "--defaults").code == 0
    assert (work / "demo").is_dir()


def test_a_template_of_one_framework_gets_no_record(
    fwnew: Fwnew, packaged: Path, work: Path, build_file_tree: Callable[..., Path], tmp_path: Path
) -> None:
    folder = build_file_tree(tmp_path / "single", {"copier.yml": "name: x", "README.md": "x"})
    assert fwnew("new", "demo", "--defaults", "--template", str(folder)).code == 0
    assert not (work / "demo" / "docs").exists()
    refused(
        fwnew("new", "other", "--decide", "goal=research", "--template", str(folder)),
        "offers no choice of framework",
    )


@pytest.mark.parametrize(
    ("arguments", "variables", "code", "message", "hint"),
    [
        (["--decide", "gaol=research"], {}, 2, "the decision has no question 'gaol'", "did you mean 'goal'?"),
        (["--decide", "goal=reserch"], {}, 2, "goal: there is no 'reserch'", "did you mean 'research'?"),
        (["--preset", "reserch"], {}, 2, "preset: there is no 'reserch'", "did you mean 'research'?"),
        (["--decision", "none.md"], {}, 2, "none.md cannot be read", "YAML"),
        (
            ["--decide", "pretrained=hugging_face", "--decide", "deployment=tf_estate"],
            {}, 1, "what is needed excludes both frameworks", "--framework",
        ),
        (["--defaults"], {"FWNEW_AUTHR": "Grace"}, 2, "FWNEW_AUTHR answers", "did you mean 'FWNEW_AUTHOR'?"),
        (["--defaults"], {"FWNEW_SERVE": "maybe"}, 2, "serve: 'maybe' is not true or false", "variable FWNEW_SERVE"),
        (["--defaults"], {"FWNEW_DECIDE_GAOL": "x"}, 2, "the decision has no question 'gaol'", "did you mean 'goal'?"),
        (["--defaults"], {"FWNEW_PRESET": "none"}, 2, "preset: there is no 'none'", "choose from"),
    ],
)  # fmt: skip
def test_nonsense_is_one_sentence_and_a_hint_and_writes_nothing(
    fwnew: Fwnew,
    packaged: Path,
    work: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    variables: dict[str, str],
    code: int,
    message: str,
    hint: str,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    result = fwnew("new", "demo", *arguments)
    assert result.code == code, result
    *_, first, second = result.err.splitlines()
    assert message in first
    assert second.startswith("hint: ")
    assert hint in second
    assert list(work.iterdir()) == []
