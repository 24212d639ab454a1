"""nodes/stateful/alert.py: the event-driven vectors of alerts.json through the node, operators, windows, restarts."""

import json
import math
from pathlib import Path

import pytest

from flowengine import DONE, Message
from flowengine.expression.filling import rfc3339
from flowengine.store.rtdb import Point
from flowengine.testing import TestContext, make, payloads
from nodes.alarms.alerts import NotPossible
from nodes.stateful.alert import Alert

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "alerts.json").read_text("utf-8"))
TOO_HOT = "{by: '{device}', when: payload.value > 8, for: 30s, clear: payload.value < 6.5, priority: high}"


class Bench:
    """One alert node with its clock; keeps (time, payload) of all that leaves by `out`."""

    def __init__(self, config):
        self.context = TestContext()
        self.node = make(Alert, config, self.context)
        self.told, self.journal = [], []

    def until(self, at_s):
        while (wake_s := self.node.wake_at_s()) is not None and wake_s < at_s:
            self.move(max(wake_s, self.context.clock.now_s()))
            self.note(self.node.on_time(self.context.clock.now_s()))
        self.move(at_s)

    def move(self, at_s):
        self.context.clock.move(at_s - self.context.clock.now_s())

    def send(self, at_s, payload, **meta):
        self.until(at_s)
        return self.note(self.node.process([Message(payload, topic="t", meta=meta)], at_s))

    def note(self, emit):
        if emit.messages:
            at_s = self.context.clock.now_s()
            self.told += [(at_s, payload) for payload in payloads(emit.messages["out"])]
            self.journal += payloads(emit.messages["journal"])
        return emit

    def brief(self, *names):
        return [(at_s, *(payload.get(name) for name in names)) for at_s, payload in self.told]


THRESHOLDS = [case for case in VECTORS["event_driven"]["vectors"] if case["rule"]["kind"] == "threshold"]


@pytest.mark.parametrize("case", THRESHOLDS, ids=lambda case: case["name"])
def test_alert_raises_and_clears_when_the_vector_says(case):
    rule = case["rule"]
    bench = Bench(f"{{when: payload.value {rule['op']} {rule['value']}, for: {rule['for_s']}s}}")
    for at_s, value in case["samples"]:
        bench.send(at_s, {"value": value})
    bench.until(case["samples"][-1][0] + 1)
    words = {"firing": "active", "resolved": "cleared"}
    expected = [(at_s, words[state]) for at_s, state in case["expected_transitions"] if state in words]
    assert bench.brief("state") == expected


WORDS = {"firing": "active", "resolved": "cleared"}


def as_alert(rule):
    """The rule of Prometheus as an operator would write it here, and the payload of a sample."""
    kind, after = rule["kind"], f"for: {rule['for_s']}s" if rule.get("for_s") else "for: 0s"
    after += f", keep_for: {rule.get('keep_firing_for_s', 0)}s"
    over = f"window: {rule.get('window_s') or rule.get('over_s', 300)}s"
    limit = rule.get("value", rule.get("value_per_s"))
    return {
        "threshold": f"{{when: payload.value {rule.get('op')} {limit}, "
        f"stale_after: 300.001s, silence: clear, {after}}}",
        "hysteresis": f"{{when: payload.value {rule.get('raise_op')} {rule.get('raise')}, "
        f"clear: payload.value {rule.get('clear_op')} {rule.get('clear')}, {after}}}",
        "no_data": f"{{stale_after: {rule.get('timeout_s', 1) + rule.get('for_s', 0)}s}}",
        "ratio": f"{{value: payload.value, of: payload.of, when: ratio {rule.get('op')} {limit}, {over}, {after}}}",
        "window_avg": f"{{when: mean {rule.get('op')} {limit}, {over}, {after}}}",
        "rate_of_change": f"{{when: rate {rule.get('op')} {limit}, {over}, {after}}}",
    }[kind]


def payloads_of(case):
    if "samples" in case:
        return [(at_s, {"value": value}) for at_s, value in case["samples"]]
    of = dict(map(tuple, case["denominator"]))
    return [(at_s, {"value": value, "of": of[at_s]}) for at_s, value in case["numerator"]]


@pytest.mark.parametrize("case", VECTORS["tick"], ids=lambda case: case["name"])
def test_alert_does_what_prometheus_does_by_its_next_tick(case):
    """Verified by promtool at ticks; exact timers say the same, at the latest at the tick after which it is seen."""
    bench, every_s = Bench(as_alert(case["rule"])), case["eval_interval_s"]
    last_s = (case["ticks"] - 1) * every_s
    for at_s, payload in payloads_of(case):
        if at_s <= last_s:
            bench.send(at_s, payload)
    bench.until(last_s + 0.001)
    told = [[math.ceil(at_s / every_s) * every_s, state] for at_s, state in bench.brief("state") if state != "stale"]
    assert told == [[at_s, WORDS[state]] for at_s, state in case["expected_transitions"] if state in WORDS]


NO_DATA = [case for case in VECTORS["event_driven"]["vectors"] if case["rule"]["kind"] == "no_data"]


@pytest.mark.parametrize("case", NO_DATA, ids=lambda case: case["name"])
def test_alert_raises_on_silence_when_the_vector_says(case):
    bench = Bench(f"{{stale_after: {case['rule']['timeout_s']}s, expect: {[''] if 'start' in case else []}}}")
    for at_s, value in case["samples"]:
        bench.send(at_s, value)
    bench.until(case.get("end", 0) or case["samples"][-1][0] + 1)
    words = {"firing": "active", "resolved": "cleared"}
    assert bench.brief("state") == [(at_s, words[state]) for at_s, state in case["expected_transitions"]]


@pytest.mark.parametrize("case", VECTORS["ack_shelve"]["vectors"], ids=lambda case: case["name"])
def test_alert_notifies_as_the_operators_vector_says(case):
    repeat = f", repeat: {case['repeat_s']}s" if "repeat_s" in case else ""
    bench = Bench(f"{{when: payload.value > 8, latch: {str(case['latch']).lower()}{repeat}}}")
    for at_s, what, *argument in case["events"]:
        if what in ("raise", "clear"):
            bench.send(at_s, {"value": 9 if what == "raise" else 7})
            continue
        bench.until(at_s)
        if what == "ack":
            bench.node.acknowledge("", argument[0])
        else:
            bench.node.shelve("", "op", for_s=argument[0])
    bench.until(3000)
    notices = {"notify": "active", "notify_resolved": "cleared", "notify_repeat": "active"}
    expected = [(at_s, notices[notice]) for at_s, _, notice in case["expected"] if notice != "no"]
    assert bench.brief("state") == expected


def test_alert_takes_the_unit_from_the_message():
    alert = make(Alert, "{when: payload.value > 8, unit: '{unit}'}", TestContext())
    [notice] = payloads(alert.process([Message({"value": 9}, meta={"unit": "W"})], 0.0).messages["out"])
    assert notice["unit"] == "W"
    alert = make(Alert, "{when: payload.value > 8, unit: '{unit}'}", TestContext())
    [notice] = payloads(alert.process([Message({"value": 9})], 0.0).messages["out"])
    assert "unit" not in notice


def test_alert_tells_the_unit_with_its_value():
    alert = make(Alert, "{when: payload.value > 8, unit: °C}", TestContext())
    [notice] = payloads(alert.process([Message({"value": 9})], 0.0).messages["out"])
    assert (notice["value"], notice["unit"]) == (9, "°C")


def test_alert_names_what_was_expected_and_never_came():
    bench = Bench("{by: '{device}', stale_after: 30s, expect: [c1], title: '{device} is away', priority: high}")
    bench.until(31)
    told = {"state": "active", "device": "c1", "title": "c1 is away", "priority": "high", "value": None}
    [(at_s, notice)] = bench.told
    assert at_s == 30 and told.items() <= notice.items()


def test_alert_says_who_what_since_when_and_how_urgent():
    bench = Bench(TOO_HOT)
    bench.send(0, {"value": 9.1}, device="c1")
    bench.send(31, {"value": 9.2}, device="c1")
    [(at_s, told)] = bench.told
    assert at_s == pytest.approx(30)
    assert told == {"state": "active", "device": "c1", "value": 9.1, "priority": "high", "title": "node",
                    "since": "2026-01-01T00:00:30Z"}  # fmt: skip
    bench.send(60, {"value": 7.0}, device="c1")
    bench.send(90, {"value": 6.0}, device="c1")
    assert bench.told[-1] == (90, {**told, "state": "cleared", "value": 6.0})


def test_alert_keeps_keys_apart():
    bench = Bench("{by: '{device}', when: payload.value > 8}")
    for device, value in [("c1", 9), ("c2", 7), ("c1", 7), ("c2", 9)]:
        bench.send(0, {"value": value}, device=device)
    assert bench.brief("device", "state") == [(0, "c1", "active"), (0, "c1", "cleared"), (0, "c2", "active")]


def test_alert_takes_in_everything_and_holds_nothing():
    bench = Bench(TOO_HOT)
    assert bench.send(0, {"value": 1}, device="c1") == DONE
    assert bench.node.wake_at_s() is None


def test_alert_rejects_only_what_cannot_be_judged():
    node = make(Alert, TOO_HOT.replace("for: 30s, ", ""))
    emit = node.process([Message({"value": 9}, meta={"device": "c1"}), Message({"value": 9}),
                         Message({"value": "hot"}, meta={"device": "c1"})], 0)  # fmt: skip
    assert [m["state"] for m in payloads(emit.messages["out"])] == ["active"]
    assert len(emit.rejected) == 2
    emit = node.process([Message({"value": None}, meta={"device": "c1"})], 1)
    assert len(emit.rejected) == 1


def test_alert_on_the_ratio_of_errors_over_a_window():
    bench = Bench("{value: payload.errors, of: payload.requests, when: ratio > 0.05, window: 5m}")
    bench.send(0, {"errors": 0, "requests": 100})
    bench.send(60, {"errors": 20, "requests": 100})
    bench.until(400)
    assert bench.brief("state") == [(60, "active"), (360, "cleared")]


def test_alert_on_the_rate_and_the_mean_over_a_window():
    rising = Bench("{when: rate > 0.5, window: 10s}")
    for at_s, level in [(0, 0), (5, 1), (10, 2), (20, 12)]:
        rising.send(at_s, {"value": level})
    assert rising.brief("state") == [(20, "active")]
    busy = Bench("{when: mean > 80, window: 60s}")
    for at_s, load in [(0, 70), (10, 80), (20, 99)]:
        busy.send(at_s, load)
    assert busy.brief("state", "value") == [(20, "active", 83.0)]


def test_alert_rejects_a_value_that_cannot_be_summed():
    node = make(Alert, "{when: mean > 80}")
    assert node.process([Message("many")], 0).rejected[0][1] == "value is not a number"


def test_operators_leave_their_names_and_comments_in_the_journal():
    bench = Bench("{by: '{device}', when: payload.value > 8}")
    bench.send(0, {"value": 9}, device="c1")
    assert [alarm["state"] for alarm in bench.node.alarms()] == ["active_unacknowledged"]
    bench.node.acknowledge("c1", "alice", "on my way")
    assert bench.node.wake_at_s() == 0.0
    bench.node.shelve("c1", "bob", for_s=60)
    bench.node.unshelve("c1", "bob")
    bench.node.out_of_service("c1", "carol", "replaced")
    bench.node.out_of_service("c1", "carol", out=False)
    bench.until(1)
    assert [(e["actor"], e["new"], e["comment"]) for e in bench.journal] == [
        ("", "active_unacknowledged", ""),
        ("alice", "active_acknowledged", "on my way"),
        ("bob", "shelved", ""),
        ("bob", "active_unacknowledged", ""),
        ("carol", "out_of_service", "replaced"),
        ("carol", "active_unacknowledged", ""),
    ]
    [alarm] = bench.node.alarms()
    assert (alarm["key"], alarm["device"], alarm["since"]) == ("c1", "c1", "2026-01-01T00:00:00Z")


def test_an_operator_is_told_why_something_is_not_possible():
    node = make(Alert, "{when: payload > 8, max_shelve: 1h}")
    with pytest.raises(NotPossible, match="not active"):
        node.acknowledge("", "alice")
    with pytest.raises(NotPossible, match="at most 3600 s"):
        node.shelve("", "alice", for_s=7200)


def test_alert_goes_on_after_a_restart_with_its_timers_and_facts():
    before, after = Bench(TOO_HOT), Bench(TOO_HOT)
    before.send(100, {"value": 9}, device="c1")
    before.send(110, {"value": 9}, device="c2")
    before.until(135)
    state = json.loads(json.dumps(before.node.snapshot(135.0)))
    after.move(5)
    after.node.restore(state, 5.0)
    assert [a["state"] for a in after.node.alarms()] == ["active_unacknowledged"]
    after.until(11)
    assert [(round(at_s, 6), d, v) for at_s, d, v in after.brief("device", "value")] == [(10.0, "c2", 9)]
    after.send(20, {"value": 1}, device="c1")
    assert after.told[-1][1]["since"] == "2026-01-01T00:02:10Z"
    assert [told["device"] for told in payloads(before.node.on_time(200.0).messages["out"])] == ["c2"]


def test_a_title_that_cannot_be_filled_does_not_silence_the_alarm():
    bench = Bench("{when: payload.value > 8, title: '{room} is too warm'}")
    bench.send(0, {"value": 9})
    assert bench.brief("state", "title") == [(0, "active", "node")]
    bench = Bench("{when: payload.value > 8, title: '{room} is too warm'}")
    bench.send(0, {"value": 9}, room="hall 2")
    assert bench.brief("title") == [(0, "hall 2 is too warm")]


@pytest.mark.parametrize(("config", "options"), [
    ({}, ["when"]), ({"when": "ratio > 1"}, ["of"]), ({"clear": "payload > 1", "stale_after": "1m"}, ["clear"]),
    ({"when": "payload", "silence": "clear", "expect": ["a"]}, ["silence", "expect"]),
    ({"when": "payload", "flapping": {"start": 2, "stop": 2}}, ["flapping"]), ({"when": "payload > 8"}, []),
])  # fmt: skip
def test_alert_finds_settings_that_do_not_fit_together(config, options):
    assert [option for option, _ in Alert.check(Alert.config_type().model_validate(config))] == options


def test_alert_holds_notices_while_it_flaps_and_tells_the_state_that_stays():
    bench = Bench("{when: payload.value > 8, flapping: {within: 300s, start: 4, stop: 1}}")
    for at_s, value in [(60, 9), (120, 7), (180, 9), (240, 7), (300, 9)]:
        bench.send(at_s, {"value": value})
    bench.until(700)
    assert bench.brief("state")[:3] == [(60, "active"), (120, "cleared"), (180, "active")]
    assert len(bench.told) <= 4


def test_alert_escalates_to_another_port_what_nobody_acknowledged():
    bench = Bench("{by: '{device}', when: payload.value > 8, escalate: 10m}")
    for device in ("c1", "c2"):
        bench.send(0, {"value": 9}, device=device)
    bench.node.acknowledge("c1", "anna")
    assert bench.node.wake_at_s() == 0.0
    bench.note(bench.node.on_time(1))
    emit = bench.node.on_time(600)
    [notice] = payloads(emit.messages["escalated"])
    assert (notice["device"], notice["state"], notice["escalated"]) == ("c2", "active", True)
    assert emit.messages["out"] == []


def test_one_dead_gateway_is_one_alarm_and_not_four_hundred():
    gateways = Bench("{by: '{gateway}', stale_after: 30s}")
    devices = Bench("{by: '{device}', stale_after: 60s, parent: '{gateway}', release: 60s}")
    names = [f"d{n}" for n in range(400)]
    for second in (0, 10):
        for name in names:
            for bench in (gateways, devices):
                bench.send(second, {"value": 1}, device=name, gateway="g1")
    gateways.until(100)
    [(raised_s, dead)] = gateways.told
    assert (raised_s, dead["gateway"]) == (pytest.approx(40), "g1")
    notice = Message(dead, meta={"alarm": {"node": "gateways", "key": "g1", "state": "active"}})
    devices.until(40)
    devices.note(devices.node.process([notice], 40))
    devices.until(300)
    assert devices.told == [] and len(devices.node.alarms()) == 400
    back = Message({}, meta={"alarm": {"node": "gateways", "key": "g1", "state": "cleared"}})
    devices.note(devices.node.process([back], 300))
    for name in names[:399]:
        devices.send(310, {"value": 1}, device=name, gateway="g1")
    state = devices.node.snapshot(310)
    again = make(Alert, "{by: '{device}', stale_after: 60s, parent: '{gateway}', release: 60s}", devices.context)
    again.restore(state, 310)
    devices.node = again
    devices.until(362)
    assert [(at_s, payload["device"]) for at_s, payload in devices.told] == [(pytest.approx(360), "d399")]


def test_a_notice_says_which_alarm_it_is_so_that_others_can_hang_on_it():
    bench = Bench("{by: '{device}', when: payload.value > 8}")
    emit = bench.send(0, {"value": 9}, device="c1")
    assert emit.messages["out"][0].meta["alarm"] == {"node": "node", "key": "c1", "state": "active"}
    assert "alarm" not in emit.messages["journal"][0].meta


SILENT = "{by: '{device}', stale_after: 60s, group: {by: '{gateway}', wait: 10s, every: 5m}, escalate: 20m}"


def dead_gateway(bench, count=400):
    names = [f"d{n}" for n in range(count)]
    for second in (0, 20):
        for n, name in enumerate(names):
            bench.send(second + n / 1000, 1, device=name, gateway="g1")
    bench.send(30, 1, device="e1", gateway="g2")
    return names


def test_a_dead_gateway_is_one_message_that_names_all_its_devices():
    bench = Bench(SILENT)
    names = dead_gateway(bench)
    bench.until(95)
    [(at_s, told)] = bench.told
    assert at_s == pytest.approx(90)
    assert (told["group"], told["state"], told["count"], told["title"]) == ("g1", "active", 400, "g1: 400 active")
    assert [member["key"] for member in told["members"]] == names
    assert len(bench.journal) == len(bench.node.alarms()) == 401, "each alarm is itself in list and journal"
    assert {alarm["group"] for alarm in bench.node.alarms()} == {"g1", "g2"}
    bench.until(110)
    assert [told["group"] for _, told in bench.told] == ["g1", "g2"]


def test_later_changes_of_a_group_come_at_most_every_so_often():
    bench = Bench(SILENT)
    dead_gateway(bench, 3)
    bench.until(120)
    for n in range(3):
        bench.send(130 + n, 1, device=f"d{n}", gateway="g1")
    bench.until(400)
    of_g1 = [(round(at_s), told["state"], told["count"]) for at_s, told in bench.told if told["group"] == "g1"]
    assert of_g1 == [(90, "active", 3), (390, "active", 3)], "cleared at 130 s and silent again since 190 s"
    assert [member["state"] for member in bench.told[-1][1]["members"]] == ["active"] * 3


def test_a_group_escalates_as_one_and_only_what_nobody_acknowledged():
    bench = Bench(SILENT)
    dead_gateway(bench, 3)
    bench.until(100)
    bench.node.acknowledge("d0", "anna")
    escalated = []
    while (wake_s := bench.node.wake_at_s()) is not None and wake_s < 1400:
        bench.move(max(wake_s, bench.context.clock.now_s()))
        emit = bench.node.on_time(bench.context.clock.now_s())
        escalated += payloads(emit.messages["escalated"]) if emit.messages else []
    assert [(told["group"], told["escalated"]) for told in escalated] == [("g1", True), ("g2", True)]
    assert [member["key"] for member in escalated[0]["members"]] == ["d1", "d2"]


def test_a_group_that_waits_survives_a_restart_and_a_group_is_an_alarm_that_others_can_hang_on():
    before, after = Bench(SILENT), Bench(SILENT)
    dead_gateway(before, 2)
    before.until(85)
    assert before.told == []
    after.move(5)
    after.node.restore(json.loads(json.dumps(before.node.snapshot(85.0))), 5.0)
    emit = after.node.on_time(10.0)
    [message] = emit.messages["out"]
    assert message.meta["alarm"] == {"node": "node", "key": "g1", "state": "active"}
    assert (message.payload["count"], [m["key"] for m in message.payload["members"]]) == (2, ["d0", "d1"])


def test_what_waited_in_a_group_is_told_when_the_group_is_taken_out_of_the_flow():
    before, after = Bench(SILENT), Bench("{by: '{device}', stale_after: 60s}")
    dead_gateway(before, 2)
    before.until(85)
    after.node.restore(before.node.snapshot(85.0), 0.0)
    after.until(15)
    [gathered] = [told for _, told in after.told if "members" in told]
    assert (gathered["group"], gathered["count"]) == ("g1", 2)


def test_a_state_from_before_there_were_groups_is_taken_over():
    before, after = Bench(TOO_HOT), Bench(TOO_HOT)
    before.send(0, {"value": 9}, device="c1")
    before.until(40)
    state = {name: part for name, part in before.node.snapshot(40.0).items() if name not in ("groups", "members")}
    after.node.restore(state, 0.0)
    assert [a["state"] for a in after.node.alarms()] == ["active_unacknowledged"]


def test_an_alarm_without_what_its_group_shows_is_told_all_the_same():
    bench = Bench("{when: payload > 8, group: {by: '{gateway}', wait: 1s}}")
    bench.send(0, 9)
    bench.until(2)
    assert bench.brief("group", "count", "title") == [(1, "", 1, "node")]


def test_what_the_condition_looks_at_is_the_value_shown():
    bench = Bench("{value: payload.errors, of: payload.all, when: ratio > 0.05, min_count: 2}")
    for at_s, errors in [(0, 9), (1, 1), (2, 0)]:
        bench.send(at_s, {"errors": errors, "all": 10})
    assert bench.brief("state", "value") == [(1, "active", 0.5)]
    assert bench.node.alarms()[0]["value"] == 10 / 30


def late(bench, at_s, value, by_s):
    bench.until(at_s)
    now_ns = bench.context.clock.time_ns()
    message = Message({"value": value}, "t", now_ns - by_s * 10**9, {}, now_ns)
    bench.note(bench.node.process([message], at_s))
    return now_ns - by_s * 10**9


def test_what_comes_late_raises_with_since_from_its_own_time():
    bench = Bench("{when: payload.value > 8}")
    for by_s in (3600, 0):
        own_ns = late(bench, 10, 9, by_s)
        assert bench.told[-1][1]["state"] == "active" and bench.told[-1][1]["since"] == rfc3339(own_ns)
        late(bench, 10, 7, 0)


def test_a_timer_that_late_samples_began_counts_back_as_far_as_they_are_late():
    bench = Bench("{when: payload.value > 8, for: 30s}")
    own_ns = late(bench, 0, 9, 600)
    bench.until(31)
    assert [payload["since"] for _, payload in bench.told] == [rfc3339(own_ns + 30 * 10**9)]


KEPT = {"device": "c1", "retained": True}


def test_what_the_broker_had_kept_makes_an_alarm_uncertain_until_the_first_live_value():
    for live, told, then in ((9, ["active"], "active_unacknowledged"), (2, [], "normal")):
        bench = Bench("{by: '{device}', when: payload.value > 8, title: '{device} is hot'}")
        bench.send(0, {"value": 9}, **KEPT)
        bench.send(1, {"value": 9}, **KEPT)
        row = {"key": "c1", "state": "uncertain", "value": 9, "title": "c1 is hot"}
        assert [{name: alarm[name] for name in row} for alarm in bench.node.alarms()] == [row]
        bench.send(2, {"value": live}, device="c1")
        assert [notice["state"] for _, notice in bench.told] == told
        assert [(line["old"], line["new"]) for line in bench.journal] == [("normal", "uncertain"), ("uncertain", then)]


def test_a_pending_condition_of_a_live_value_makes_an_uncertain_alarm_certain():
    bench = Bench(TOO_HOT)
    bench.send(0, {"value": 9}, **KEPT)
    bench.send(1, {"value": 9}, device="c1")
    assert bench.node.alarms() == []
    bench.until(32)
    assert bench.brief("state") == [(31, "active")]


def test_what_the_broker_had_kept_changes_nothing_of_an_alarm_that_is_known():
    bench = Bench("{by: '{device}', when: payload.value > 8}")
    bench.send(0, {"value": 9}, device="c1")
    bench.send(1, {"value": 2}, **KEPT)
    assert [(a["state"], a["value"]) for a in bench.node.alarms()] == [("active_unacknowledged", 9)]
    bench.send(2, {"value": 2}, device="c1")
    bench.send(3, {"value": 9}, **KEPT)
    assert bench.node.alarms() == [] and [new["new"] for new in bench.journal] == ["active_unacknowledged", "normal"]


def test_an_uncertain_alarm_ends_with_a_kept_value_that_raises_nothing_and_outlives_a_restart():
    bench = Bench("{by: '{device}', when: payload.value > 8}")
    bench.send(0, {"value": 9}, **KEPT)
    again = Bench("{by: '{device}', when: payload.value > 8}")
    again.node.restore(json.loads(json.dumps(bench.node.snapshot(0))), 0)
    assert [(a["state"], a["value"]) for a in again.node.alarms()] == [("uncertain", 9)]
    again.send(1, {"value": 3}, **KEPT)
    assert again.node.alarms() == [] and again.told == []


def test_what_the_broker_had_kept_is_no_sign_of_life():
    bench = Bench("{by: '{device}', when: payload.value > 8, stale_after: 5m, expect: [c1]}")
    for at_s in range(0, 300, 60):
        bench.send(at_s, {"value": 9}, **KEPT)
    bench.until(301)
    assert bench.brief("state", "device") == [(300, "stale", "c1")]
    bench.send(400, {"value": 9}, **KEPT)
    assert [alarm["state"] for alarm in bench.node.alarms()] == ["stale"]


def test_another_limit_is_no_sign_of_life_and_judges_kept_values_as_what_they_are():
    bench = Bench("{by: '{device}', limits: {hot: {key: hot, default: 8}}, when: payload.value > hot, stale_after: 5m}")
    bench.send(0, {"value": 7}, device="c2")
    bench.send(0, {"value": 7}, **KEPT)
    bench.until(290)
    bench.context.rtdb.put([("hot", Point(6))])
    bench.until(301)
    assert bench.brief("state", "device") == [(290, "active", "c2"), (300, "stale", "c2")]
    assert [(a["key"], a["state"]) for a in bench.node.alarms() if a["key"] == "c1"] == [("c1", "uncertain")]


def test_a_notice_of_a_kept_value_is_itself_none():
    bench = Bench("{by: '{device}', when: payload.value > 8}")
    emit = bench.node.process([Message({"value": 9}, time_ns=2, arrived_ns=1, meta=KEPT)], 0)
    (notice,) = emit.messages["out"]
    assert "retained" not in notice.meta and notice.meta["device"] == "c1"


def test_silence_begins_when_it_is_noticed_however_late_the_last_sample_was():
    bench = Bench("{stale_after: 30s}")
    own_ns = late(bench, 0, 9, 600)
    bench.until(31)
    assert [payload["since"] for _, payload in bench.told] == [rfc3339(own_ns + 630 * 10**9)]
