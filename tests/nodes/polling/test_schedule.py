"""The poll schedule by itself, on a clock set by hand: fair, without drift or pile-up, silent units by themselves."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nodes.polling.blocks import ReadPlan, Span, blocks
from nodes.polling.schedule import Cycle, Schedule, Turn


def plan(*starts: int) -> ReadPlan:
    return ReadPlan(blocks([Span("holding", start, 1, place) for place, start in enumerate(starts)], 0, 125))


class Bus:
    """Drives a schedule: every request takes `takes_s`, or `timeout_s` where the unit is silent."""

    def __init__(self, takes_s: float = 0.001, timeout_s: float = 1.0):
        self.schedule, self.now_s = Schedule(), 0.0
        self.takes_s, self.timeout_s = takes_s, timeout_s
        self.silent: set[Any] = set()
        self.refused: dict[int, str] = {}
        self.asked: list[tuple[float, Any, int]] = []
        self.cycles: dict[Any, list[tuple[float, Cycle]]] = {}

    def add(self, unit: Any, every_s: float, made: ReadPlan) -> Any:
        cycles = self.cycles.setdefault(unit, [])
        return self.schedule.add(unit, every_s, made, lambda cycle: cycles.append((self.now_s, cycle)), self.now_s)

    def run(self, until_s: float) -> None:
        while self.now_s < until_s:
            turn = self.schedule.next(self.now_s)
            if turn is None:
                wake_at_s = self.schedule.wake_at_s()
                self.now_s = until_s if wake_at_s is None else max(self.now_s + 1e-6, min(wake_at_s, until_s))
            else:
                self.do(turn)

    def do(self, turn: Turn) -> None:
        unit = turn.poll.unit.id
        self.asked.append((self.now_s, unit, turn.block.start))
        if unit in self.silent:
            self.now_s += self.timeout_s
            self.schedule.silent(turn, self.now_s)
            return
        self.now_s += self.takes_s
        addresses = range(turn.block.start, turn.block.start + turn.block.length)
        reason = next((self.refused[address] for address in addresses if address in self.refused), None)
        if reason is None:
            self.schedule.answered(turn, b"x")
        else:
            self.schedule.refused(turn, reason, self.now_s, search=True)


def test_cycles_come_at_their_times_without_drift() -> None:
    bus = Bus(takes_s=0.03)
    bus.add(1, 0.1, plan(0))
    bus.run(100)
    first_s = bus.asked[0][0]
    assert 999 <= len(bus.asked) <= 1001
    assert all(abs(at_s - first_s - n * 0.1) < 0.001 for n, (at_s, _, _) in enumerate(bus.asked))


def test_a_cycle_that_is_late_is_left_out_and_counted() -> None:
    bus = Bus(takes_s=0.25)
    bus.add(1, 0.1, plan(0))
    bus.run(10)
    skipped = bus.schedule.unit(1).counted["skipped cycles"]
    assert len(bus.asked) <= 41
    assert abs(len(bus.asked) + skipped - 100) <= 3, "every period was read or counted"


def test_first_values_come_within_a_second_and_not_all_at_once() -> None:
    bus = Bus()
    for unit in range(20):
        bus.add(unit, 60, plan(0))
    bus.run(1.1)
    assert {unit for _, unit, _ in bus.asked} == set(range(20))
    gaps = [b[0] - a[0] for a, b in zip(bus.asked, bus.asked[1:], strict=False)]
    assert max(gaps) < 0.2


def test_units_take_turns_block_by_block() -> None:
    bus = Bus(takes_s=0.01)
    bus.add("long", 10, plan(*range(0, 200, 2)))
    bus.add("short", 10, plan(0))
    bus.run(5)
    at_s = next(at_s for at_s, unit, _ in bus.asked if unit == "short")
    assert at_s - 0.618 < 0.03, "it does not wait until the long one is read to its end, 0.4 s later"


def test_a_silent_unit_delays_the_others_by_one_time_out_and_is_left_alone_longer_and_longer() -> None:
    bus = Bus(takes_s=0.001, timeout_s=0.5)
    bus.add("dead", 1, plan(*range(0, 20, 2)))
    bus.add("well", 1, plan(0))
    bus.silent.add("dead")
    bus.run(200)
    tries_s = [at_s for at_s, unit, _ in bus.asked if unit == "dead"]
    pauses = [round(b - a) for a, b in itertools.pairwise(tries_s)]
    assert pauses[:5] == sorted(pauses[:5]) and pauses[4] > 4 * pauses[0]
    assert max(pauses) <= 62 and len(tries_s) < 12
    well_s = [at_s for at_s, unit, _ in bus.asked if unit == "well"]
    assert len(well_s) >= 198
    assert max(b - a for a, b in itertools.pairwise(well_s)) < 1.0 + 0.5 + 0.01
    assert len(bus.cycles["dead"]) >= 190, "a reading without values is told in every cycle"
    assert all(set(cycle.bad) == set(range(10)) and not cycle.answers for _, cycle in bus.cycles["dead"])


def test_a_unit_that_answers_again_is_read_as_before() -> None:
    bus = Bus()
    bus.add(1, 1, plan(0))
    bus.silent.add(1)
    bus.run(5)
    bus.silent.clear()
    bus.run(15)
    last_s = [at_s for at_s, _, _ in bus.asked][-5:]
    assert all(abs(b - a - 1) < 0.01 for a, b in itertools.pairwise(last_s))
    assert not bus.cycles[1][-1][1].bad


def test_a_unit_in_a_hurry_is_read_at_once_though_it_was_left_alone_and_then_at_its_own_pace() -> None:
    bus = Bus()
    bus.add("a", 5.0, plan(0))
    bus.add("b", 5.0, plan(0))
    bus.silent = {"a"}
    bus.run(62.0)
    bus.silent.clear()
    asked = len([each for each in bus.asked if each[1] == "a"])
    bus.schedule.read_now(bus.schedule.units["a"], bus.now_s)
    bus.run(82.5)
    times = [at_s for at_s, unit, _ in bus.asked if unit == "a"][asked:]
    assert [round(at_s, 1) for at_s in times] == [62.0, 67.0, 72.0, 77.0, 82.0]
    others = [at_s for at_s, unit, _ in bus.asked if unit == "b"]
    assert min(b - a for a, b in itertools.pairwise(others[13:])) > 4.9  # the others keep their times


def test_what_is_removed_is_not_read_any_more() -> None:
    bus = Bus()
    poll = bus.add(1, 1, plan(0, 5))
    bus.run(3)
    bus.schedule.remove(poll)
    before = len(bus.asked)
    bus.run(10)
    assert len(bus.asked) == before


@given(st.sets(st.integers(0, 400), min_size=1, max_size=60), st.data())
def test_the_refused_points_are_found_named_and_left_out_and_all_others_come(starts: set[int], data: Any) -> None:
    ordered = sorted(starts)
    refused = data.draw(st.sets(st.sampled_from(ordered), max_size=len(ordered)))
    spans = [Span("holding", start, 1, place) for place, start in enumerate(ordered)]
    bus = Bus()
    bus.add(1, 1, ReadPlan(blocks(spans, 8, 125)))
    bus.refused = dict.fromkeys(refused, "exception 2")
    bus.run(4)
    for _, cycle in bus.cycles[1][:2]:
        came = {span.point for block, _ in cycle.answers for span in block.spans}
        assert {ordered[place] for place in cycle.bad} == refused
        assert {ordered[place] for place in came} == starts - refused
    asked_in_second = [start for at_s, _, start in bus.asked if 1.5 < at_s < 2.5]
    assert asked_in_second or refused == starts


@given(
    st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 4)), min_size=1, max_size=80),
    st.integers(0, 20),
    st.integers(4, 125),
)
def test_blocks_hold_every_point_once_within_their_bounds(
    where: list[tuple[int, int]], max_gap: int, longest: int
) -> None:
    spans = [Span("input", start, length, place) for place, (start, length) in enumerate(where)]
    made = blocks(spans, max_gap, longest)
    assert sorted(span.point for block in made for span in block.spans) == list(range(len(spans)))
    for block in made:
        assert block.length <= longest
        ends = block.start
        for span in block.spans:
            assert span.start - ends <= max_gap
            ends = max(ends, span.end)
