"""flowengine/flow/wires.py: where messages go, read once for running and for drawing."""

from __future__ import annotations

from typing import Any

import pytest

from flowengine.flow.wires import inputs_of, outputs_of, wires_of, wiring_of, wirings_of


@pytest.mark.parametrize(
    ("node", "fallback", "wires"),
    [
        ({}, None, {}),
        ({"to": "a"}, None, {"out": ("a",)}),
        ({"to": ["a", "b"], "on_error": "c"}, None, {"out": ("a", "b"), "error": ("c",)}),
        ({"to": {"hot": "a", "cold": ["b"]}}, None, {"hot": ("a",), "cold": ("b",)}),
        ({"to": "a"}, "bad", {"out": ("a",), "error": ("bad",)}),
        ({"on_error": "c"}, "bad", {"error": ("c",)}),
        ({"on_error": None}, "bad", {"error": ()}),
        ({"to": {"error": "mine"}}, "bad", {"error": ("mine",)}),
        ({"to": [5, "a", None]}, {"wrong": 1}, {"out": ("a",)}),
    ],
)
def test_wires_of_a_node(node: dict[str, Any], fallback: Any, wires: dict[str, tuple[str, ...]]) -> None:
    assert wires_of("n", node, fallback) == wires


def test_the_node_that_takes_rejects_of_all_does_not_feed_itself() -> None:
    assert wires_of("bad", {"type": "log"}, "bad") == {}


def test_doors_of_a_subflow() -> None:
    assert inputs_of({"inputs": ["a", "b"]}) == {"in": ("a", "b")} and inputs_of({}) == {}
    assert outputs_of({"outputs": "split.hot"}) == {"out": ("split", "hot")}
    assert outputs_of({"outputs": {"hot": "split.hot", "rest": "b", "wrong": 5}}) == {
        "hot": ("split", "hot"),
        "rest": ("b", "out"),
    }


def test_every_place_that_names_nodes_is_told_once() -> None:
    flow = {
        "on_error": "bad",
        "inputs": {"in": ["a"]},
        "nodes": {"a": {"to": {"hot": "b", "out": ["c", "d"]}, "on_error": "e"}, "b": {"to": "c"}, "wrong": 5},
        "pages": {"p": {"widgets": {"send": {"to": "a"}, "show": {"key": "k"}}}},
        "outputs": "a.hot",
    }
    assert dict(wirings_of(flow)) == {
        ("on_error",): "bad",
        ("inputs", "in"): ["a"],
        ("nodes", "a", "to", "hot"): "b",
        ("nodes", "a", "to", "out"): ["c", "d"],
        ("nodes", "a", "on_error"): "e",
        ("nodes", "b", "to"): "c",
        ("pages", "p", "widgets", "send", "to"): "a",
    }
    assert list(wirings_of("no flow")) == []


@pytest.mark.parametrize(
    ("node", "port", "place"),
    [
        ({"to": "a"}, "out", (("to",), "a")),
        ({"to": {"hot": "a"}}, "hot", (("to", "hot"), "a")),
        ({"to": {"hot": "a"}}, "cold", (("to", "cold"), None)),
        ({"to": "a", "on_error": "b"}, "error", (("on_error",), "b")),
        ({}, "out", (("to",), None)),
    ],
)
def test_a_port_has_one_place(node: dict[str, Any], port: str, place: tuple[tuple[str, ...], Any]) -> None:
    assert wiring_of(node, port) == place
