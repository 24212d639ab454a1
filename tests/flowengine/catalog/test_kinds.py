"""A class says its kind; folder, word and group of the palette follow from it."""

from typing import get_args

import pytest

from flowengine.catalog import installed
from flowengine.catalog.kinds import CONNECTIONS, FOLDERS, KINDS, NodeWord, kind_of
from flowengine.catalog.schema import describe
from flowengine.node import Node


def test_each_kind_has_its_word_and_a_folder() -> None:
    assert {kind.word for kind in KINDS} == {*get_args(NodeWord), "connection"}
    assert FOLDERS == ("sources", "transforms", "stateful", "sinks", CONNECTIONS)


@pytest.mark.parametrize("name", installed().node_types())
def test_a_type_lies_in_the_folder_of_its_kind(name: str) -> None:
    node = installed().node(name)
    assert kind_of(node).folder == node.__module__.split(".")[-2]


def test_a_type_says_folder_kind_and_group() -> None:
    told = [describe(name, installed().node(name)) for name in ("switch", "filter", "mqtt_in", "buffer", "log")]
    assert [(each["folder"], each["kind"], each["category"]) for each in told] == [
        ("transforms", "router", "logic"),
        ("transforms", "transform", "logic"),
        ("sources", "source", "source"),
        ("stateful", "stateful", "store"),
        ("sinks", "sink", "tool"),
    ]
    assert describe("mqtt", installed().connection("mqtt"))["category"] is None


def test_a_node_of_no_kind_is_none() -> None:
    with pytest.raises(TypeError, match="Node is no kind of node"):
        kind_of(Node)
