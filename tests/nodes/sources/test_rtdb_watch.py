"""nodes/sources/rtdb_watch.py"""

import asyncio

from flowengine.store.rtdb import Point
from flowengine.testing import TestContext, make, run_virtual
from nodes.sources.rtdb_watch import RtdbWatch


def watched(config, steps):
    """What is emitted as (virtual second, {key: value}) while `steps` write, one after the other."""
    context, emitted = TestContext(), []

    async def emit(messages, *_rest, **_more):
        now_s = round(asyncio.get_running_loop().time(), 3)
        emitted.append((now_s, {m.meta["key"]: m.payload for m in messages}))

    async def work():
        for key, value in steps[0][1].items():
            context.rtdb.put([(key, Point(value))])
        task = asyncio.ensure_future(make(RtdbWatch, config, context).run(emit))
        await asyncio.sleep(0.001)
        for wait_s, points in steps[1:]:
            await asyncio.sleep(wait_s)
            context.rtdb.put([(key, Point(value)) for key, value in points.items()])
        await asyncio.sleep(100)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert not context.rtdb._watchers

    run_virtual(work)
    return [values for _, values in emitted], [at_s for at_s, _ in emitted]


def test_rtdb_watch_sends_points_whose_name_fits():
    sent, _ = watched("keys: ['a/*/temp', b]", [(0, {}), (1, {"a/1/temp": 1, "a/1/hum": 2, "b": 3, "bb": 4})])
    assert sent == [{"a/1/temp": 1, "b": 3}]


def test_rtdb_watch_sends_what_is_there_when_asked():
    assert watched("{}", [(0, {"a": 1}), (1, {"b": 2})])[0] == [{"b": 2}]
    assert watched("initial: true", [(0, {"a": 1}), (1, {"b": 2})])[0] == [{"a": 1}, {"b": 2}]


def test_of_several_changes_in_its_interval_the_last_counts():
    sent, times = watched("every: 10s", [(0, {}), (1, {"a": 1}), (1, {"a": 2}), (1, {"a": 3})])
    assert sent == [{"a": 1}, {"a": 3}]
    assert times[1] - times[0] >= 10


def test_a_value_written_again_may_be_left_out():
    steps = [(0, {}), (1, {"a": 1}), (1, {"a": 1}), (1, {"a": 2})]
    assert watched("{}", steps)[0] == [{"a": 1}, {"a": 1}, {"a": 2}]
    assert watched("changed_only: true", steps)[0] == [{"a": 1}, {"a": 2}]


def test_a_message_carries_name_unit_quality_and_times():
    point = Point(1, 2, 3, "°C", "uncertain")
    m = make(RtdbWatch)._message("k", point)
    assert (m.payload, m.topic, m.time_ns, m.arrived_ns) == (1, "k", 2, 3)
    assert m.meta == {"key": "k", "unit": "°C", "quality": "uncertain"}
