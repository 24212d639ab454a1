"""A host follows births, aliases, sequences and deaths, and asks for births when it has lost the thread."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from nodes.codecs.sparkplug.host import ASK_AGAIN_S, LOST, Heard, Host, Topic, rebirth, topic_of
from nodes.codecs.sparkplug.payload import Metric, Payload, decode, encode

BD = Metric("bdSeq", 7, 8)
T, P = Metric("t", 21.5, 10, alias=1), Metric("p", 6, 4, alias=2)


class Told:
    """A host that is told packets of one edge node at a time that moves on by itself."""

    def __init__(self) -> None:
        self.host, self.now_s = Host(), 0.0

    def __call__(
        self, kind: str, seq: int | None, metrics: Sequence[Metric] = (), device: str = ""
    ) -> tuple[list[Heard], bool]:
        self.now_s += 0.001
        topic = Topic("g", kind, "e", device)
        return self.host.take(topic, encode(Payload(1000, seq, metrics)), self.now_s)


@pytest.fixture
def told() -> Told:
    made = Told()
    assert made("NBIRTH", 0, [BD, Metric("Node Control/Rebirth", False, 11), T]) == (
        [Heard("", {"t": 21.5}, {}, 1000)], False
    )  # fmt: skip
    assert made("DBIRTH", 1, [P], "press") == ([Heard("press", {"p": 6}, {}, 1000)], False)
    return made


def test_data_is_read_by_name_and_by_alias(told: Told) -> None:
    assert told("NDATA", 2, [Metric("t", 22.5, 10)]) == ([Heard("", {"t": 22.5}, {}, 1000)], False)
    assert told("DDATA", 3, [Metric("", -5, 4, alias=2)], "press") == ([Heard("press", {"p": -5}, {}, 1000)], False)


def test_a_type_that_only_the_birth_told_is_used(told: Told) -> None:
    by_alias = Metric("", 2**64 - 5, 8, alias=2)  # what travels for -5, with a type that says nothing of a sign
    untyped = encode(Payload(1000, 2, [by_alias])).replace(b"\x20\x08", b"\x20\x00")
    heard, _ = told.host.take(Topic("g", "DDATA", "e", "press"), untyped, 1.0)
    assert heard == [Heard("press", {"p": -5}, {}, 1000)]


def test_null_and_values_that_cannot_be_read_are_bad(told: Told) -> None:
    heard, _ = told("NDATA", 2, [Metric("t", None, 10)])
    assert heard == [Heard("", {}, {"t": "no value"}, 1000)]


def test_what_the_edge_node_had_kept_is_told_apart(told: Told) -> None:
    heard, _ = told("NDATA", 2, [Metric("t", 1.0, 10, time_ms=5, historical=True), Metric("t", 2.0, 10, time_ms=9)])
    assert heard == [Heard("", {"t": 1.0}, {}, 5, True), Heard("", {"t": 2.0}, {}, 9)]


def test_the_sequence_goes_round_after_255(told: Told) -> None:
    for seq in [*range(2, 256), 0, 1]:
        assert told("NDATA", seq, [T])[1] is False
    assert told.host.lost == 0


def test_after_a_gap_all_is_bad_until_the_births_come(told: Told) -> None:
    heard, ask = told("NDATA", 3, [T])
    assert ask and heard == [Heard("", {}, {"t": LOST}, 1000), Heard("press", {}, {"p": LOST}, 1000)]
    assert told("NDATA", 4, [T]) == ([], False), "asked a moment ago"
    told.now_s += ASK_AGAIN_S
    assert told("NDATA", 5, [T]) == ([], True)
    assert told("NBIRTH", 0, [BD, T])[0][-1] == Heard("", {"t": 21.5}, {}, 1000)
    assert told("NDATA", 1, [T])[0] and told.host.lost == 1


def test_data_of_an_edge_node_that_was_not_born_asks_for_its_birth() -> None:
    told = Told()
    assert told("NDATA", 9, [T]) == ([], True)
    assert told("DDATA", 10, [P], "press") == ([], False)


def test_data_of_a_device_or_metric_that_was_not_born_asks_for_births(told: Told) -> None:
    assert told("DDATA", 2, [P], "other") == ([], True)
    told.now_s += ASK_AGAIN_S
    heard, ask = told("NDATA", 3, [T, Metric("", 1, 4, alias=99), Metric("new", 1, 4)])
    assert ask and heard == [Heard("", {"t": 21.5}, {}, 1000)]
    told.now_s += ASK_AGAIN_S
    assert told("NDATA", 4, [Metric("", 6, 4, alias=2)]) == ([], True), (
        "an alias of a device is none of the edge node's"
    )


def test_a_death_makes_all_bad_and_an_old_will_nothing(told: Told) -> None:
    assert told("NDEATH", None, [Metric("bdSeq", 6, 8)]) == ([], False)
    heard, _ = told("NDEATH", None, [BD])
    assert heard == [Heard(d, {}, {m: "the edge node is gone"}, 1000) for d, m in (("", "t"), ("press", "p"))]
    assert told("NDATA", 2, [T]) == ([], True)


def test_a_device_dies_alone(told: Told) -> None:
    assert told("DDEATH", 2, device="press") == ([Heard("press", {}, {"p": "the device is gone"}, 1000)], False)
    assert told("NDATA", 3, [T])[0]
    assert told("DDATA", 4, [P], "press") == ([], True)


def test_a_device_that_a_new_birth_does_not_bring_back_is_bad(told: Told) -> None:
    heard, _ = told("NBIRTH", 0, [BD, T])
    assert heard[0] == Heard("press", {}, {"p": "its device was not born again"}, 1000)


@pytest.mark.parametrize("topic", ["spBv1.0/STATE/h", "other/g/NDATA/e", "spBv1.0/g/NCMD/e", "spBv1.0/g"])
def test_other_topics_are_none_of_edge_nodes(topic: str) -> None:
    assert topic_of(topic) is None


def test_a_malformed_topic_is_refused() -> None:
    assert topic_of("spBv1.0/g/DDATA/e/d") == Topic("g", "DDATA", "e", "d")
    for topic in ("spBv1.0/g/DDATA/e", "spBv1.0/g/NDATA/e/d"):
        with pytest.raises(ValueError, match="another topic"):
            topic_of(topic)


def test_the_question_for_births_is_a_command() -> None:
    topic, data = rebirth("g", "e", 5)
    [metric] = decode(data).metrics
    assert topic == "spBv1.0/g/NCMD/e" and (metric.name, metric.value) == ("Node Control/Rebirth", True)
