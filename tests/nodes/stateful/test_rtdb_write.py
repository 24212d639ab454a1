"""nodes/stateful/rtdb_write.py"""

import json
from pathlib import Path

from flowengine import Message
from flowengine.testing import ManualClock, TestContext, make
from nodes.stateful.rtdb_write import RtdbWrite

SEED = json.loads((Path(__file__).parents[2] / "vectors" / "pipelines.json").read_text("utf-8"))["esp32_server"][0]
KEYED = {"device": "c1", "sensor": "temp"}


def write(config, *given, now_s=0.0, context=None):
    context = context or TestContext()
    return make(RtdbWrite, config, context).process(given, now_s), context.rtdb


def test_rtdb_write_stores_the_value_with_its_times_and_passes_the_message_on():
    given = Message({"value": 9.1}, time_ns=ManualClock().time_ns() - 5, meta=KEYED)
    emit, rtdb = write("key: '{device}/{sensor}'", given)
    assert emit.messages == (given,) or emit.messages == [given]
    point = rtdb.get("c1/temp")
    assert (point.value, point.time_ns, point.stored_ns) == (9.1, given.time_ns, ManualClock().time_ns())
    assert (point.unit, point.quality) == ("", "good")


def test_rtdb_write_stores_the_last_value_of_each_key_as_the_seed_says():
    context = TestContext()
    node = make(RtdbWrite, "key: '{payload.io}'", context)
    for arrival in SEED["in"]:
        node.process([Message(arrival, time_ns=arrival["t"])], arrival["t"])
        expected = SEED["rtdb_at"].get(f"{arrival['t']:.1f}")
        if expected is not None:
            assert {key: point.value for key, point in context.rtdb.items()} == expected


def test_rtdb_write_takes_bare_payloads_other_fields_units_and_times():
    _, rtdb = write("key: k", Message(21.5))
    assert rtdb.get("k").value == 21.5
    given = Message({"t_c": 3, "unit": "°C", "ts": "2025-09-17T12:03:20Z"})
    _, rtdb = write("{key: k, value: payload.t_c, unit: '{payload.unit}', time: payload.ts}", given)
    assert (rtdb.get("k").value, rtdb.get("k").unit, rtdb.get("k").time_ns) == (3, "°C", 1758110600_000000000)


def test_rtdb_write_marks_what_the_broker_had_kept():
    _, rtdb = write("key: k", Message(1, meta={"retained": True}))
    assert rtdb.get("k").quality == "uncertain"


def test_what_the_broker_had_kept_without_a_time_of_its_own_is_older_than_any_age():
    now_ns = 1758110600_000000000
    kept = {"retained": True}
    _, rtdb = write("key: k", Message(1, meta=kept))
    assert rtdb.get("k").is_older(3600, now_ns)
    _, rtdb = write("{key: k, time: payload.ts}", Message({"value": 1, "ts": now_ns}, meta=kept))
    assert not rtdb.get("k").is_older(3600, now_ns)
    _, rtdb = write("key: k", Message(1, "t", now_ns, kept, now_ns + 5))
    assert not rtdb.get("k").is_older(3600, now_ns), "the device gave a time"
    _, rtdb = write("{key: k, kind: setpoint}", Message(1, meta=kept))
    assert not rtdb.get("k").is_older(3600, now_ns), "it holds until somebody sets another"


def test_rtdb_write_rejects_only_the_message_that_has_no_key_or_time():
    emit, rtdb = write("{key: '{device}', time: payload.ts}", Message({"ts": 1758110600}, meta=KEYED),
                       Message({"ts": 1758110600}), Message({"ts": "noon"}, meta=KEYED))  # fmt: skip
    assert len(emit.messages) == 1 and len(rtdb) == 1
    no_key, no_time = [reason for _, reason in emit.rejected]
    assert "device is missing" in no_key
    assert no_time == "'noon' is no time: RFC 3339 text, or an epoch number of at least 1e8"


def test_rtdb_write_forgets_points_that_were_not_written_for_long():
    context = TestContext()
    node = make(RtdbWrite, "{key: '{device}', keep: 60s}", context)
    node.process([Message(1, meta={"device": "a"}), Message(1, meta={"device": "b"})], 0.0)
    node.process([Message(2, meta={"device": "a"})], 30.0)
    assert node.wake_at_s() == 60.0
    node.on_time(60.0)
    assert list(context.rtdb) == ["a"]
    assert node.wake_at_s() == 90.0
    assert context.recorded.counted == {"forgotten": 1}


def test_rtdb_write_removes_the_points_of_what_was_deleted_and_passes_the_message_on():
    context = TestContext()
    gone, stays = Message(1, meta={"device": "a"}), Message(1, meta={"device": "b"})
    write("key: '{device}'", gone, stays, context=context)
    emit, _ = write("{key: '{device}', remove: true}", gone, gone, Message(1), context=context)
    assert list(context.rtdb) == ["b"] and list(emit.messages) == [gone, gone] and len(emit.rejected) == 1
    assert context.recorded.counted == {"forgotten": 1}


def test_rtdb_write_says_that_nothing_is_written_where_points_are_removed():
    config = make(RtdbWrite, "{key: k, remove: true, keep: 60s}").config
    assert RtdbWrite.check(config) == [("keep", "nothing is written with `remove`")]


def test_rtdb_write_goes_on_forgetting_after_a_restart():
    before = make(RtdbWrite, "{key: k, keep: 60s}")
    before.process([Message(1)], 1000.0)
    after = make(RtdbWrite, "{key: k, keep: 60s}")
    after.restore(before.snapshot(1010.0), 5.0)
    assert after.wake_at_s() == 55.0


def test_rtdb_write_never_lets_an_older_value_replace_a_newer_one():
    _, rtdb = write("key: k", Message("new", time_ns=2), Message("old", time_ns=1))
    assert rtdb.get("k").value == "new"


def test_the_quality_that_a_field_protocol_gives_is_kept_and_anything_else_is_none():
    for said, kept in (("bad", "bad"), ("uncertain", "uncertain"), ("good", "good"), ("x", "good"), ([1], "good")):
        _, rtdb = write("{key: k, unit: '{unit}'}", Message({"value": None}, meta={"quality": said, "unit": "bar"}))
        assert (rtdb.get("k").quality, rtdb.get("k").unit) == (kept, "bar")


def test_rtdb_write_keeps_a_set_point_that_never_counts_as_old():
    context = TestContext()
    write("{key: limits/hot, kind: setpoint}", Message(8, time_ns=5), context=context)
    write("{key: hot}", Message(8, time_ns=5), context=context)
    year_ns, get = 365 * 86_400 * 10**9, context.rtdb.get
    assert not get("limits/hot").is_older(1, year_ns) and get("hot").is_older(1, year_ns)


def test_rtdb_write_says_that_a_set_point_has_no_age():
    for option in ("keep", "stale_after"):
        config = RtdbWrite.config_type().model_validate({"key": "k", "kind": "setpoint", option: 5})
        assert RtdbWrite.check(config) == [(option, "a set-point never gets old")]
