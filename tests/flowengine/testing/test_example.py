"""flowengine/testing/example.py: runs nodes, and tells differences apart."""

import pytest

from flowengine import Config, Emit, Example, Message, Router, Stateful, Transform
from flowengine.testing import TestContext, differences, fits, messages, run_example, run_node


class Half(Transform):
    config: Config

    def process(self, messages):
        return [m.with_payload(m.payload / 2) for m in messages]


class Sign(Router):
    config: Config

    def route(self, messages):
        return {"plus": [m for m in messages if m.payload > 0], "minus": [m for m in messages if m.payload < 0]}


class Picky(Stateful):
    config: Config

    def process(self, messages, now_s):
        return Emit(messages[1:], rejected=[(messages[0], "first")])


def outputs(kind, *given):
    ports = run_node(kind(Config(), TestContext()), messages(given))
    return {port: [m.payload for m in found] for port, found in ports.items()}


def test_every_kind_gives_its_outputs_by_port():
    assert outputs(Half, 4) == {"out": [2.0]}
    assert outputs(Sign, 4, 5) == {"plus": [4, 5]}
    assert outputs(Picky, 4, 5) == {"out": [5], "error": [4]}


def test_an_example_is_set_up_and_fed():
    assert run_example(Half, Example("a half", given=[3]))["out"][0].payload == 1.5
    assert run_example(Half, Example("nothing")) == {}


def test_a_message_fits_by_payload_or_by_fields():
    assert fits(Message(1), 1) and not fits(Message(1), 1.0) and not fits(Message(True), 1)
    assert fits(Message(1, "t"), {"payload": 1, "topic": "t"})
    assert not fits(Message(1, "t"), {"payload": 1, "topic": "u"})
    assert fits(Message({"topic": "t"}), {"topic": "t"})


def test_differences_name_port_count_and_message():
    found = {"a": [Message(1)], "b": [Message(2)]}
    assert differences(found, {"a": [1], "b": [2]}) == []
    assert len(differences(found, {"a": [1]})) == 1
    assert len(differences(found, {"a": [1, 1], "b": [3]})) == 2


def test_what_talks_to_the_outside_cannot_be_run_alone():
    with pytest.raises(TypeError):
        run_node(object(), [])
