"""Group and colour of a node type come from its class, so that nodes of other packages are no second class."""

import json

import pytest

from flowengine.catalog import installed
from flowengine.node import Sink, Source, Transform
from web_editor.palette.node_types import types_of


class Plain(Transform):
    """Says nothing of its group."""


class Watchdog(Sink):
    """Says it."""

    category = "logic"


class Meter(Source):
    """Says nothing either."""


def test_a_class_says_its_group_else_its_kind_does() -> None:
    assert Watchdog.category == "logic"
    assert [kind.category for kind in (Plain, Meter, Sink)] == ["transform", "source", "output"]


@pytest.mark.parametrize(
    ("type", "title"),
    [
        ("opcua_in", "OPC UA in"),
        ("snmp_trap_in", "SNMP trap in"),
        ("lorawan_encode", "LoRaWAN encode"),
        ("s7_in", "S7 in"),
    ],
)
def test_a_type_is_called_as_its_field_calls_it(type: str, title: str) -> None:
    [found] = [each["title"] for each in json.loads(types_of(installed()))["nodes"] if each["type"] == type]
    assert found == title
