"""nodes/transforms/set.py"""

import pytest
from pydantic import ValidationError

from flowengine import Message, Rejected
from flowengine.testing import make, messages, payloads
from nodes.transforms.set import Set


def test_set_fills_templates_and_keeps_the_type_of_a_lone_one():
    node = make(Set, "values: {payload.n: '{payload.a}', payload.text: 'a={payload.a}', meta.unit: '{unit}'}")
    [out] = node.process([Message({"a": 3}, meta={"unit": "C"})])
    assert out.payload == {"a": 3, "n": 3, "text": "a=3"}
    assert out.meta == {"unit": "C"}


def test_set_reaches_into_nested_maps_and_makes_them():
    node = make(Set, "values: {payload.a.b: 1, payload.c.d: 2, meta.x.y: 3}")
    [out] = node.process([Message({"a": {"z": 0}})])
    assert out.payload == {"a": {"z": 0, "b": 1}, "c": {"d": 2}}
    assert out.meta == {"x": {"y": 3}}


def test_set_moves_a_field_because_values_are_taken_before_anything_is_deleted():
    node = make(Set, "{values: {payload.b: '{payload.a}'}, delete: [payload.a, meta.old]}")
    [out] = node.process([Message({"a": 1}, meta={"old": 1, "new": 2})])
    assert (out.payload, out.meta) == ({"b": 1}, {"new": 2})


def test_set_computes_topic_and_time():
    node = make(Set, "{values: {topic: 'p/{device}'}, compute: {time: payload.ts}}")
    out = node.process([Message({"ts": "2025-09-17T12:03:20Z"}, meta={"device": "c1"}),
                        Message({"ts": 1758110600500}, meta={"device": "c2"})])  # fmt: skip
    assert [(m.topic, m.time_ns) for m in out] == [
        ("p/c1", 1758110600_000000000),
        ("p/c2", 1758110600_500000000),
    ]


def test_set_keeps_everything_else_of_the_message():
    given = Message({"a": 1}, "t", 1, {"m": 2}, 3, 4)
    [out] = make(Set, "values: {payload.b: 2}").process([given])
    assert out == given.replace(payload={"a": 1, "b": 2})


@pytest.mark.parametrize("value", ["payload.x: 1", "payload.x: '{topic}'", "payload.x.y: 1"])
def test_set_rejects_a_payload_that_is_no_map(value):
    with pytest.raises(Rejected, match="map"):
        make(Set, f"values: {{{value}}}").process(messages([5]))


def test_set_rejects_a_time_it_cannot_read():
    with pytest.raises(Rejected, match="RFC 3339"):
        make(Set, "compute: {time: payload.ts}").process(messages([{"ts": "noon"}]))


@pytest.mark.parametrize("config", [
    "values: {pay: 1}", "values: {id: 1}", "values: {meta: {}}", "compute: {payload.x: 'payload +'}",
    "values: {payload.x: '{'}", "delete: [topic]", "delete: [payload]",
])  # fmt: skip
def test_set_refuses_targets_and_texts_it_does_not_know(config):
    with pytest.raises(ValidationError):
        make(Set, config)


def test_set_gives_a_whole_payload_and_then_its_fields():
    assert payloads(make(Set, "values: {payload: {a: 1}, payload.b: 2}").process(messages([7]))) == [{"a": 1, "b": 2}]
