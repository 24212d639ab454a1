"""Which nodes have alarms is known by their class; nothing is asked of a node itself."""

from functools import cache
from types import SimpleNamespace
from typing import Any

from flowengine import alarms
from flowengine.alarms import Alarms, Change
from flowengine.flow.model import Flow
from flowengine.testing import make, messages
from nodes.stateful.alert import Alert
from nodes.transforms.set import Set
from web_editor.monitor.alarm_listener import AlarmListener


def ears(**nodes: Any) -> AlarmListener:
    stations = {name: SimpleNamespace(name=name, node=node) for name, node in nodes.items()}
    return listener(f=SimpleNamespace(flow=Flow("f"), stations=stations))


def listener(**here: Any) -> AlarmListener:
    engine: Any = SimpleNamespace(here=here, services=SimpleNamespace(alarms=Alarms()))
    return AlarmListener(engine)


def test_nodes_with_alarms_are_found_among_others() -> None:
    hot, plain = make(Alert, "{when: payload > 8}"), make(Set, "values: {meta.x: 0}")
    found = ears(hot=hot, plain=plain)
    assert list(found.sources()) == [("f", "hot", hot)]
    assert found.source("f", "hot", "k") is hot
    assert found.source("f", "plain", "k") is None and found.source("f", "gone", "k") is None


def test_of_a_flow_in_partitions_the_one_with_the_key_is_found_by_the_name_of_the_whole() -> None:
    one, other = [make(Alert, '{by: "{payload.d}", when: payload.v > 8}') for _ in range(2)]
    one.process(messages([{"d": "a", "v": 9}]), 0.0)
    other.process(messages([{"d": "b", "v": 9}]), 0.0)
    parts = {
        f"f.hot.{number}": SimpleNamespace(
            flow=Flow(f"f.hot.{number}", part_of="f", parts=3),
            stations={"hot": SimpleNamespace(name="hot", node=node)},
        )
        for number, node in enumerate([one, other])
    }
    found = listener(**parts)
    assert [(flow, node) for flow, node, _ in found.sources()] == [("f", "hot")] * 2
    assert [found.source("f", "hot", key) for key in "abc"] == [one, other, None]


def test_a_class_is_looked_at_once_however_many_nodes_it_has(monkeypatch: Any) -> None:
    looked: list[type] = []

    class Kind(type):
        def __subclasscheck__(cls, kind: type) -> bool:
            looked.append(kind)
            return False

    class Source(metaclass=Kind): ...

    monkeypatch.setattr(alarms, "AlarmSource", Source)
    monkeypatch.setattr(alarms, "_alarms_of", cache(alarms._alarms_of.__wrapped__))
    found = ears(**{f"n{n}": make(Set, "values: {meta.x: 0}") for n in range(50)})
    for _ in range(3):
        assert list(found.sources()) == []
    assert looked == [Set]


def test_what_nodes_tell_is_taken_once_and_in_order() -> None:
    found = ears()
    changes = [Change("f", "p2.hot", {"key": key}, 1) for key in "ab"]
    found._engine.services.alarms.tell(changes)
    assert [(each.node, each.entry["key"]) for each in found.take()] == [("p2/hot", "a"), ("p2/hot", "b")]
    assert list(found.take()) == []
