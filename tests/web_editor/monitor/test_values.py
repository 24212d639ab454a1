"""Which node writes a point is known by what its class says, whatever the type is called."""

from types import SimpleNamespace
from typing import Any

from flowengine.store.rtdb import Rtdb
from web_editor.monitor.values import ValueFeed


def _feed(points_option: str) -> ValueFeed:
    node = SimpleNamespace(points_option=points_option)
    spec = SimpleNamespace(type="my_gauge", options={"point": "{device}/level", "other": "x"})
    flow = SimpleNamespace(nodes={"tank": spec})
    engine: Any = SimpleNamespace(
        catalog=SimpleNamespace(node=lambda type: node), flows={"farm": SimpleNamespace(flow=flow)}, rtdb=Rtdb()
    )
    return ValueFeed(engine)


def test_a_node_of_another_package_owns_the_points_of_its_template() -> None:
    assert _feed("point").owner("t1/level") == ("farm", "tank")
    assert _feed("point").owner("t1/height") == ("", "")
    assert _feed("").owner("t1/level") == ("", "")
