"""What is typed as YAML is read as a flow file is, by the engine."""

from __future__ import annotations

import pytest

from tests.web_editor.conftest import House


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", "5"),
        ("[1, on, 0x1F]", '[1,"on",31]'),
        ("a: {b: no}", '{"a":{"b":"no"}}'),
        ("9007199254740993", "9007199254740993"),
        ("2001-01-01", '"2001-01-01"'),
        ("~", "null"),
    ],
)
async def test_a_value_is_what_the_engine_reads_in_a_flow(house: House, text: str, value: str) -> None:
    found = await house.call("POST", "yaml/read", {"text": text}, "viewer")
    assert found.status == 200 and found.raw.decode().replace(" ", "") == f'{{"value":{value}}}'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: 1\na: 2", "line 2, column 1: 'a' is here twice"),
        ("[1, 2", "line 1"),
        ("&a [*a]", "contain itself"),
        ("[.inf]", "infinite"),
        ("!!python/name:os.system x", "core schema"),
    ],
)
async def test_what_no_flow_could_hold_is_refused_with_its_place(house: House, text: str, reason: str) -> None:
    found = await house.call("POST", "yaml/read", {"text": text}, "viewer")
    assert found.problem == "refused" and reason in found.json["detail"]
