"""Which node writes a point is known by what its class says; how old it may be by its rhythm or by its flow."""

from types import SimpleNamespace
from typing import Any

from flowengine.store.rtdb import SETPOINT, Point, Rtdb
from web_editor.monitor.pace import LEARNED
from web_editor.monitor.values import ValueFeed


class House:
    """A feed on a made-up engine, at a made-up time."""

    def __init__(self, points_option: str = "point", stale_after: float | None = None):
        node = SimpleNamespace(points_option=points_option)
        config = SimpleNamespace(stale_after=stale_after)
        spec = SimpleNamespace(type="my_gauge", options={"point": "{device}/level", "other": "x"}, config=config)
        flow = SimpleNamespace(nodes={"tank": spec})
        self.now_s, self.rtdb = 0.0, Rtdb()
        clock = SimpleNamespace(now_s=lambda: self.now_s)
        engine: Any = SimpleNamespace(
            catalog=SimpleNamespace(node=lambda type: node),
            flows={"farm": SimpleNamespace(flow=flow)},
            rtdb=self.rtdb,
            clock=clock,
        )
        self.feed = ValueFeed(engine)

    def written(self, times: int, every_s: float, key: str = "t1/level", kind: str = "") -> None:
        for n in range(times):
            self.rtdb.put([(key, Point(n, kind=kind))])
            self.feed.tick(self.now_s)
            self.now_s += every_s

    def stale_after(self, silent_s: float, key: str = "t1/level") -> bool:
        self.now_s += silent_s
        self.feed.tick(self.now_s)
        [value] = self.feed.rows([key])
        assert value.quality == "good"
        return value.stale


def test_a_node_of_another_package_owns_the_points_of_its_template() -> None:
    assert House().feed.owner("t1/level") == ("farm", "tank")
    assert House().feed.owner("t1/height") == ("", "")
    assert House("").feed.owner("t1/level") == ("", "")


def test_a_regular_point_that_falls_silent_is_stale_and_its_node_says_so_until_it_comes_again() -> None:
    house = House()
    house.written(LEARNED + 5, every_s=20)
    assert not house.stale_after(0)
    assert house.feed.late("farm") == {}
    assert house.stale_after(45)
    assert house.feed.late("farm") == {"tank": 1} and house.feed.late("other") == {}
    house.written(1, every_s=1)
    assert not house.stale_after(0) and house.feed.late("farm") == {}


def test_a_point_that_came_a_few_times_or_irregularly_never_ages_by_itself() -> None:
    few = House()
    few.written(5, every_s=1)
    assert not few.stale_after(86_400)
    door = House()
    for pause_s in (3, 400, 20, 7000, 90) * 10:
        door.written(1, every_s=pause_s)
    assert not door.stale_after(86_400) and door.feed.late("farm") == {}


def test_what_the_flow_says_makes_any_point_stale() -> None:
    house = House(stale_after=30.0)
    house.written(1, every_s=1)
    assert not house.stale_after(20)
    assert house.stale_after(20)
    assert house.feed.rows(["t1/level"])[0].stale_after_s == 30.0


def test_a_point_that_is_deleted_is_late_no_more() -> None:
    house = House(stale_after=5.0)
    house.written(1, every_s=10)
    house.feed.tick(house.now_s)
    assert house.feed.late("farm") == {"tank": 1}
    house.rtdb.delete(["t1/level"])
    house.feed.tick(house.now_s)
    assert house.feed.late("farm") == {}


def test_a_set_point_is_never_stale_nor_late_however_long_ago_it_was_set() -> None:
    house = House(stale_after=5.0)
    house.written(LEARNED + 5, every_s=1, kind=SETPOINT)
    assert not house.stale_after(1_000_000) and house.feed.late("farm") == {}
    house.rtdb.load({"t2/level": Point(8, kind=SETPOINT)})
    assert not house.stale_after(0, "t2/level")
