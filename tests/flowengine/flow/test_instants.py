"""A sink that is coarser than arrivals differ is told, where messages have no time of their own."""

from __future__ import annotations

import pytest

from flowengine.catalog import installed
from flowengine.flow.load import load

FLOW = """flow: f
connections:
  b: {{type: mqtt, url: "mqtt://127.0.0.1:1"}}
  ts: {{type: influxdb, url: "http://127.0.0.1:1", bucket: x}}
nodes:
  in: {{type: mqtt_in, connection: b, topic: t, format: json, to: on}}
  on: {{{node}, to: out}}
  out: {{type: influxdb_out, connection: ts, measurement: m, {options}}}
"""
FILTER = "type: filter, where: payload > 1"


def told(node: str, options: str) -> list[str]:
    """Its warnings."""
    problems = load(FLOW.format(node=node, options=options), "f.yaml", installed(), {}, lambda _: "").problems
    return [each.message for each in problems if each.severity == "warning"]


@pytest.mark.parametrize("precision", ["s", "ms"])
def test_a_coarse_precision_is_told_with_the_source(precision: str) -> None:
    [warning] = told(FILTER, f"precision: {precision}")
    assert warning.startswith("messages from in have no time of their own")


@pytest.mark.parametrize(
    ("node", "options"),
    [
        (FILTER, "precision: us"),
        (FILTER, "precision: ns"),
        (FILTER, "precision: ms, time: payload.at"),
        ("type: normalise", "precision: ms"),
        ("type: set, compute: {time: payload.at}", "precision: ms"),
        ("type: aggregate, every: 1s", "precision: ms"),
    ],
)
def test_a_fine_one_and_messages_with_a_time_are_not(node: str, options: str) -> None:
    assert told(node, options) == []


def test_a_set_without_a_time_gives_none() -> None:
    assert told("type: set, values: {payload: 1}", "precision: ms")
