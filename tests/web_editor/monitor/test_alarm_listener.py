"""Which nodes have alarms is known by their class; nothing is asked of a node itself."""

from functools import cache
from types import SimpleNamespace
from typing import Any

from flowengine import alarms
from flowengine.alarms import Alarms, Change
from flowengine.testing import make
from nodes.stateful.alert import Alert
from nodes.transforms.set import Set
from web_editor.monitor.alarm_listener import AlarmListener


def ears(**nodes: Any) -> AlarmListener:
    stations = {name: SimpleNamespace(name=name, node=node) for name, node in nodes.items()}
    engine: Any = SimpleNamespace(
        flows={"f": SimpleNamespace(stations=stations)}, services=SimpleNamespace(alarms=Alarms())
    )
    return AlarmListener(engine)


def test_nodes_with_alarms_are_found_among_others() -> None:
    hot, plain = make(Alert, "{when: payload > 8}"), make(Set, "values: {meta.x: 0}")
    found = ears(hot=hot, plain=plain)
    assert list(found.sources()) == [("f", "hot", hot)]
    assert found.source("f", "hot") is hot
    assert found.source("f", "plain") is None and found.source("f", "gone") is None


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
