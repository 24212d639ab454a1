"""What an edge node says is what a host understands, in any order; what is new is born."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.codecs.sparkplug.edge import Edge, Packet
from nodes.codecs.sparkplug.host import Host, rebirth, topic_of
from nodes.codecs.sparkplug.payload import decode


def kinds(packets: list[Packet]) -> list[tuple[str, int | None]]:
    return [(packet.topic.split("/")[2], decode(packet.data).seq) for packet in packets]


def test_births_begin_the_sequence_and_data_goes_on() -> None:
    edge = Edge("g", "e", 4)
    edge.data("", {"t": 1.5}, 5)
    edge.data("press", {"p": 6}, 5)
    assert kinds(edge.births(9)) == [("NBIRTH", 0), ("DBIRTH", 1)]
    assert kinds(edge.data("press", {"p": 7}, 10)) == [("DDATA", 2)]
    assert kinds(edge.data("", {"t": 2}, 11)) == [("NDATA", 3)], (
        "a whole number of a metric that is none stays a Double"
    )


def test_what_is_new_is_born() -> None:
    edge = Edge("g", "e", 4)
    edge.births(1)
    assert kinds(edge.data("press", {"p": 6}, 5)) == [("DBIRTH", 1)]
    assert kinds(edge.data("press", {"q": 6}, 5)) == [("DBIRTH", 2)]
    assert kinds(edge.data("press", {"p": 6.5}, 5)) == [("DBIRTH", 3)], "it is whole no more"
    assert kinds(edge.data("", {"t": 1.5}, 5)) == [("NBIRTH", 0), ("DBIRTH", 1)]


def test_each_session_has_a_number_in_its_will_and_its_birth() -> None:
    edge = Edge("g", "e", 255)
    for wanted in (255, 0, 1):
        [death], birth = decode(edge.will().data).metrics, decode(edge.births(1)[0].data).metrics[0]
        assert (death.name, death.value) == (birth.name, birth.value) == ("bdSeq", wanted)
        edge.new_session()


@pytest.mark.parametrize("values", [{"": 1}, {"bdSeq": 1}, {"Node Control/Rebirth": True}, {"a": [1]}, {"a": 2**70}])
def test_what_is_no_metric_is_refused_and_nothing_is_born(values: dict[str, Any]) -> None:
    edge = Edge("g", "e", 0)
    with pytest.raises(ValueError, match=r"no name of a metric|no value of a metric|does not fit"):
        edge.data("", values, 1)
    assert kinds(edge.births(1)) == [("NBIRTH", 0)] and len(decode(edge.births(1)[0].data).metrics) == 2


def test_the_question_of_a_host_is_understood() -> None:
    edge = Edge("g", "e", 0)
    topic, data = rebirth("g", "e", 5)
    assert topic == edge.commands and edge.asks_for_births(data)
    assert not edge.asks_for_births(edge.will().data)


VALUES = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
SAID = st.tuples(st.sampled_from(["", "d1", "d2"]), st.dictionaries(st.sampled_from("abc"), VALUES, min_size=1))


@given(st.lists(SAID, max_size=30), st.integers(0, 30))
def test_a_host_knows_what_was_said(said: list[tuple[str, dict[str, Any]]], births_at: int) -> None:
    edge, host = Edge("g", "e", 0), Host()
    known: dict[tuple[str, str], Any] = {}
    packets = edge.births(0)
    for place, (device, values) in enumerate(said):
        packets += edge.births(place) if place == births_at else []
        packets += edge.data(device, values, place)
    for packet in packets:
        topic = topic_of(packet.topic)
        assert topic is not None
        heard, ask = host.take(topic, packet.data, 0.0)
        assert not ask
        for each in heard:
            known |= {(each.device, name): value for name, value in each.good.items()}
            known |= dict.fromkeys([(each.device, name) for name in each.bad], None)
    assert known == {(device, name): value for device, values in said for name, value in values.items()}
