"""Pins: each option's in its room, in an order that stays, and none against another."""

from pathlib import Path

import pytest

from tests.templates.rendered import Templates
from tests.variants import pins

BASE, ONNX, SERVER = (Path(f"pytorch/{room}/{pins.PINS}") for room in ("", "exports/onnx", "servers/embedded"))


def test_a_pin_is_renewed_where_it_stands_and_a_new_one_goes_where_the_alphabet_puts_it() -> None:
    text = "b==1\n{% if x %}\nc==1\n{% endif %}\nz==1\na==1\n"
    assert (
        pins.text_with(text, {"b": "2", "c": "1", "d": "4", "a": "1"})
        == "b==2\n{% if x %}\nc==1\n{% endif %}\na==1\nd==4\n"
    )


def test_an_option_pins_what_neither_the_framework_nor_an_export_that_it_needs_does(tmp_path: Path) -> None:
    base, onnx, server = (tmp_path / room for room in (BASE, ONNX, SERVER))
    resolved = {
        base: {"torch": "2"},
        onnx: {"torch": "2", "onnx": "1"},
        server: {"torch": "2", "onnx": "1", "web": "3"},
    }
    assert pins.renewed(base, resolved) == {base: "torch==2\n", onnx: "onnx==1\n", server: "web==3\n"}


def test_two_options_that_need_other_versions_are_told() -> None:
    told = pins.disagreements({BASE: {"numpy": "2"}, ONNX: {"numpy": "2", "protobuf": "7"}, SERVER: {"protobuf": "6"}})
    assert told == [f"{ONNX} leads to protobuf 7, {SERVER} to 6"]


@pytest.mark.parametrize("framework", ["pytorch", "tensorflow"])
def test_every_option_has_a_project_with_little_beside_it(framework: str) -> None:
    projects = dict(pins.optional(Templates(), framework))
    assert sum(map(bool, projects.values())) >= 9
    for room, project in projects.items():
        if project:
            options = [option for name in ("exports", "serving", "tools") for option in project.answers[name]]
            assert room.parents[1].name in options
            assert len(options) <= 2
