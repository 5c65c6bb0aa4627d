"""Pins: each option's in its room, in an order that stays, and none against another."""

from pathlib import Path

import pytest

from tests.harness.variants import pins
from tests.kit.templates import Templates

BASE, ONNX, SERVER = (Path(f"pytorch/{room}/pins.txt") for room in ("", "exports/onnx", "servers/embedded"))


def test_a_pin_stays_in_its_place_and_a_new_one_follows_the_alphabet() -> None:
    text = "b==1\n{% if x %}\nc==1\n{% endif %}\nz==1\na==1\n"
    assert (
        pins.text_with(text, {"b": "2", "c": "1", "d": "4", "a": "1"})
        == "b==2\n{% if x %}\nc==1\n{% endif %}\na==1\nd==4\n"
    )


def test_a_new_pin_is_not_put_into_a_condition() -> None:
    text = "a==1\n{% if x %}\nd==1\n{% endif %}\ne==1\n"
    assert pins.text_with(text, {"a": "1", "c": "3", "d": "1", "e": "1"}) == text.replace("e==1", "c==3\ne==1")


def test_an_option_pins_what_nothing_beside_it_pins(tmp_path: Path) -> None:
    base, onnx, server = (tmp_path / room for room in (BASE, ONNX, SERVER))
    other = tmp_path / "pytorch" / "servers" / "torchserve" / "pins.txt"
    resolved = {
        base: {"torch": "2"},
        onnx: {"torch": "2", "onnx": "1"},
        server: {"torch": "2", "onnx": "1", "web": "3"},
        other: {"torch": "2", "onnx": "1"},  # which needs it itself
    }
    texts = pins.renewed(base, resolved, {base: [], onnx: [onnx], server: [onnx], other: []})
    assert texts == {base: "torch==2\n", onnx: "onnx==1\n", server: "web==3\n", other: "onnx==1\n"}


def test_two_options_that_need_other_versions_are_told() -> None:
    told = pins.disagreements({BASE: {"numpy": "2"}, ONNX: {"numpy": "2", "protobuf": "7"}, SERVER: {"protobuf": "6"}})
    assert told == [f"{ONNX} leads to protobuf 7, {SERVER} to 6"]


@pytest.mark.parametrize("framework", ["pytorch", "tensorflow"])
def test_every_option_has_a_project_with_little_beside_it(framework: str) -> None:
    projects = pins.optional(Templates(), framework)
    assert len(projects) >= 11
    for project in projects.values():
        assert sum(len(project.answers[name]) for name in ("exports", "serving", "tools")) <= 2
