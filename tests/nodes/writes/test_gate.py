"""What a write has to pass at its moment, on a clock that somebody sets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from flowengine import Message
from flowengine.store.rtdb import Point
from nodes.sinks.modbus_out import ModbusOutConfig
from nodes.writes.gate import Gate
from nodes.writes.journal import Write

NOON_NS = 1_790_000_000 * 10**9


class SetClock:
    """Stands, and is set."""

    wall_ns = NOON_NS
    passed_s = 0.0

    def now_s(self) -> float:
        return self.passed_s

    def time_ns(self) -> int:
        return self.wall_ns


def gate(clock: SetClock, known: Mapping[str, Point] | None = None, **more: Any) -> Gate:
    points = [{"name": "sp", "address": 20, "min_interval": 10}]
    rules = ModbusOutConfig.model_validate({"connection": "bus", "points": points, **more})
    return Gate(rules, {"sp": rules.points[0]}, known or {}, clock)  # type: ignore[arg-type]  # a map has `get` too


def asked(time_ns: int = NOON_NS) -> Write:
    return Write(point="sp", value=20, command=Message({"sp": 20}, time_ns=time_ns))


def test_a_command_passes_while_it_is_young() -> None:
    assert gate(SetClock()).refusal(asked(NOON_NS - 4 * 10**9)) == ""
    assert "it is 6.0 s old" in gate(SetClock()).refusal(asked(NOON_NS - 6 * 10**9))


@pytest.mark.parametrize("jump_s", [-3600, 3600])
def test_a_clock_that_was_set_in_between_lets_nothing_old_pass(jump_s: int) -> None:
    clock = SetClock()
    clock.wall_ns += jump_s * 10**9
    assert gate(clock).refusal(asked())


def test_a_clock_that_was_set_does_not_shorten_the_distance_of_two_writes() -> None:
    clock = SetClock()
    one = gate(clock)
    assert one.refusal(asked()) == ""
    clock.wall_ns += 3600 * 10**9
    clock.passed_s = 9.0
    assert "10 s must lie between" in one.refusal(asked(clock.wall_ns))
    clock.passed_s = 10.0
    assert one.refusal(asked(clock.wall_ns)) == ""


@pytest.mark.parametrize(
    ("age_s", "said"),
    [(4, ""), (6, "is 6.0 s old, at most 5 s"), (-4, ""), (-3600, "is 3600.0 s ahead of the clock here")],
)
def test_an_interlock_takes_no_value_of_unknown_age(age_s: int, said: str) -> None:
    at_ns = NOON_NS - age_s * 10**9
    one = gate(
        SetClock(), {"boiler/p": Point(3.0, at_ns, at_ns)}, interlock="meta.p < 6",
        values={"p": {"key": "boiler/p", "max_age": 5}},
    )  # fmt: skip
    refusal = one.refusal(asked())
    assert said in refusal and bool(refusal) == bool(said)


@pytest.mark.parametrize(("ago_s", "passes"), [(9, False), (11, True), (-3600, False)])
def test_the_distance_of_two_writes_outlives_a_restart(ago_s: int, passes: bool) -> None:
    one = gate(SetClock())
    one.remember({"sp": NOON_NS - ago_s * 10**9, "gone": NOON_NS})
    assert (one.refusal(asked()) == "") == passes
