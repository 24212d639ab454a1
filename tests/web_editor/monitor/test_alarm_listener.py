"""Which nodes have alarms is known by their class; nothing is asked of a node itself."""

from types import SimpleNamespace
from typing import Any

from flowengine.testing import make
from nodes.stateful.alert import Alert
from nodes.transforms.set import Set
from web_editor.monitor.alarm_listener import AlarmListener


def ears(**nodes: Any) -> AlarmListener:
    stations = {name: SimpleNamespace(name=name, node=node) for name, node in nodes.items()}
    return AlarmListener(SimpleNamespace(flows={"f": SimpleNamespace(stations=stations)}))  # type: ignore[arg-type]


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

    monkeypatch.setattr("web_editor.monitor.alarm_listener.AlarmSource", Source)
    monkeypatch.setattr("web_editor.monitor.alarm_listener._alarms_of", _fresh())
    found = ears(**{f"n{n}": make(Set, "values: {meta.x: 0}") for n in range(50)})
    for _ in range(3):
        assert list(found.sources()) == []
    assert looked == [Set]


def _fresh() -> Any:
    from functools import cache

    from web_editor.monitor import alarm_listener

    return cache(alarm_listener._alarms_of.__wrapped__)
