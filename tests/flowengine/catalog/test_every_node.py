"""flowengine/catalog/every_node.py: what flows may say of every node, judged alike by parser and schema."""

from __future__ import annotations

from functools import cache
from math import inf, nan
from typing import Any

import jsonschema
import pytest

from flowengine.catalog import installed
from flowengine.catalog.every_node import OPTIONS, QueueLimits, SpoolLimits
from flowengine.catalog.schema import flow_schema
from flowengine.flow.document.document import Document
from flowengine.flow.load import load
from flowengine.flow.parse import Parser
from flowengine.flow.variables import Variables

VALUES: list[Any] = [
    None, True, False, "yes", "true", "off", 0, 1, 5, -1, 1.5, "text", "5", "at_least_once", [], ["show"], [1, 2], {},
    {"count": 3}, {"count": True}, {"count": "3"}, {"bytes": "1MiB"}, {"max": "1GiB"}, {"max": "lots"},
    {"live_first": "yes"}, {"live_first": True}, {"rate": -1}, {"rate": True}, {"slower": {"10": 0.5}},
    {"slower": {"10": 2}}, {"keep": "1h"}, {"keep_s": 3600}, {"when_full": "drop"}, {"key": "{id}"}, {"key": 5},
    {"window": "1 parsec"}, {"out": "show"}, {"out": ["show"]}, {"out": 5}, {"out": None},
]  # fmt: skip


class NoSecrets:
    def get(self, name: str) -> str | None:
        return None


def parsed(data: dict[str, Any]) -> list[Any]:
    document = Document.parse("flow: f", "f.yaml")
    document.data = data
    found = Parser(document, Variables({}, NoSecrets())).parse()
    return [problem for problem in found.problems if problem.path[:2] == ("nodes", "show")]


@cache
def validator() -> Any:
    return jsonschema.Draft202012Validator(flow_schema(installed()))


@pytest.mark.parametrize("option", [option for option in OPTIONS if option != "type"])
def test_parser_and_schema_judge_every_value_alike(option: str) -> None:
    for value in VALUES:
        data = {"flow": "f", "nodes": {"show": {"type": "log", option: value}}}
        assert bool(parsed(data)) == (not validator().is_valid(data)), (option, value, parsed(data))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"disabled": "yes"}, "disabled: true or false, not 'yes' (did you mean true?)"),
        ({"disabled": "off"}, "disabled: true or false, not 'off' (did you mean false?)"),
        ({"disabled": 1}, "disabled: true or false, not 1 (did you mean true?)"),
        ({"title": [1, 2]}, "title: text, not a list"),
        ({"title": 2024}, 'title: text, not 2024 (did you mean "2024"?)'),
        ({"durable": {"rate": inf}}, "durable.rate: a finite number, not .inf"),
        ({"durable": {"rate": nan}}, "durable.rate: a finite number, not .nan"),
        ({"durable": {"rat": 5}}, "unknown option 'durable.rat' (did you mean rate?)"),
        ({"durable": {"keep_s": 5}}, "unknown option 'durable.keep_s' (did you mean keep?)"),
        ({"durable": "yes"}, "durable: true or false or a map, not 'yes' (did you mean true?)"),
        ({"queue": {"count": 0}}, "queue.count: at least 1, not 0"),
        ({"queue": 0}, "queue: at least 1, not 0"),
        ({"queue": {"when_full": "drop_oldst"}}, "queue.when_full: one of block, drop_oldest, drop_newest, not"),
        ({"guarantee": "at_least_onc"}, "guarantee: one of at_least_once, not 'at_least_onc' (did you mean at_least_"),
        ({"to": 5}, "to: text or a list or a map, not 5"),
        ({"type": 5}, 'type: text, not 5 (did you mean "5"?)'),
    ],
)
def test_each_fault_is_one_problem_in_words_of_ours(options: dict[str, Any], said: str) -> None:
    [problem] = parsed({"flow": "f", "nodes": {"show": {"type": "log", **options}}})
    assert said in str(problem)


def test_short_forms_take_the_defaults() -> None:
    text = "flow: f\nnodes:\n  a: {type: log, durable: true, queue: 7}\n  b: {type: log, durable: {}, queue: {}}\n"
    nodes = load(text, "f.yaml", installed(), {}, NoSecrets()).flow.nodes
    assert nodes["a"].durable == nodes["b"].durable == SpoolLimits()
    assert nodes["a"].queue == QueueLimits(count=7) and nodes["b"].queue == QueueLimits()
