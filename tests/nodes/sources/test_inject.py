"""`inject` in virtual time: once, at an interval, by the calendar."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from flowengine import Message
from flowengine.testing import TestContext, make, run_virtual
from flowengine.testing.clock import LoopClock
from nodes.sources.inject import Inject

START_NS = int(datetime(2026, 3, 28, 12, tzinfo=UTC).timestamp()) * 10**9


def played(config: str, seconds: float, slow: Callable[[int], float] = lambda n: 0) -> tuple[list[Any], TestContext]:
    """(virtual seconds, message) of each message, and what the node counted."""

    async def scenario() -> tuple[list[Any], TestContext]:
        context = TestContext()
        context.clock = LoopClock(asyncio.get_running_loop(), START_NS)  # type: ignore[assignment]
        got: list[tuple[float, Message]] = []
        start_s = context.clock.now_s()

        async def emit(messages: Any, *_: Any, **__: Any) -> None:
            got.append((round(context.clock.now_s() - start_s, 3), messages))
            await asyncio.sleep(slow(len(got)))

        running = asyncio.create_task(make(Inject, config, context).run(emit))
        await asyncio.sleep(seconds)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return got, context

    result: tuple[list[Any], TestContext] = run_virtual(scenario)
    return result


def times(config: str, seconds: float) -> list[float]:
    return [at for at, _ in played(config, seconds)[0]]


def test_without_a_schedule_there_is_one_message() -> None:
    assert times("{payload: 1}", 3600) == [0]
    assert times("{payload: 1, delay: 5s}", 3600) == [5]
    assert times("{payload: 1, at_start: false}", 3600) == []


def test_an_interval_keeps_its_pace() -> None:
    assert times("{every: 10s}", 35) == [0, 10, 20, 30]
    assert times("{every: 10s, at_start: false, delay: 1s}", 35) == [11, 21, 31]
    assert times("{every: 10s, count: 2}", 3600) == [0, 10]


def test_a_full_flow_makes_it_leave_out_and_count() -> None:
    got, context = played("{every: 10s}", 75, slow=lambda n: 34 if n == 2 else 0)
    assert [at for at, _ in got] == [0, 10, 50, 60, 70]
    assert context.recorded.counted["left out, flow was full"] == 3


def test_the_calendar_follows_the_zone_over_a_change_of_clocks() -> None:
    got, _ = played("{cron: '0 6 * * *', zone: Europe/Paris}", 3 * 86_400)
    assert [datetime.fromtimestamp(m.time_ns / 1e9, UTC).strftime("%d %H:%M") for _, m in got] == [
        "29 04:00",  # summer time began that night
        "30 04:00",
        "31 04:00",
    ]


def test_the_calendar_has_seconds_and_a_message_at_start_if_asked() -> None:
    assert times("{cron: '*/20 * * * * *', at_start: true}", 59) == [0, 20, 40]


def test_templates_are_filled_inside_the_payload() -> None:
    config = "{payload: {n: '{n}', list: ['{n:03d}', 1], at: '{time:%H:%M:%S}', b: no}, topic: 't/{n}', every: 1s}"
    message = played(config, 1.5)[0][1][1]
    assert message.topic == "t/1"
    assert message.payload == {"n": 1, "list": ["001", 1], "at": "12:00:01", "b": "no"}


@pytest.mark.parametrize(
    ("config", "fault"),
    [
        ("{every: 1s, cron: '* * * * *'}", "either"),
        ("{every: 0s}", "longer"),
        ("{cron: '* * *'}", "fields"),
        ("{cron: '0 0 30 2 *'}", ""),
        ("{cron: '@daily', zone: Mars/Base}", "zone"),
    ],
)
def test_schedules_that_cannot_be_are_reported(config: str, fault: str) -> None:
    [(_, said)] = Inject.check(make(Inject, config).config)
    assert fault in said


def test_a_bad_template_is_refused() -> None:
    with pytest.raises(ValueError):
        make(Inject, "{payload: {a: ['{']}}")
