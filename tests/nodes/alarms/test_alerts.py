"""nodes/alarms/alerts.py: silence, the operators' part (ack_shelve vectors), flapping, bounds, snapshots."""

import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.alarms.alerts import AlarmRule, Alerts, LifeRule, NotPossible, Timing

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "alerts.json").read_text("utf-8"))
S = 1_000_000_000
STATES = {"unack": "active_unacknowledged", "acked": "active_acknowledged", "rtn_unack": "cleared_unacknowledged"}
NOTICES = {"no": None, "notify": "raised", "notify_resolved": "cleared", "notify_repeat": "repeated"}


def brief(transitions):
    return [(line.at_ns / S, line.new, line.notice) for line in transitions]


@pytest.mark.parametrize("case", VECTORS["ack_shelve"]["vectors"], ids=lambda case: case["name"])
def test_an_alarm_lives_as_the_vector_says(case):
    repeat_ns = case["repeat_s"] * S if "repeat_s" in case else None
    alerts = Alerts(AlarmRule(life=LifeRule(latch=case["latch"], repeat_ns=repeat_ns)))
    seen = []

    def note(at_s, transitions):
        notices = [line.notice for line in transitions if line.notice]
        assert len(notices) <= 1
        seen.append((at_s, alerts.alarms.state("k"), notices[0] if notices else None))

    def run_timers(until_ns):
        while (due_ns := alerts.next_deadline_ns()) is not None and due_ns <= until_ns:
            note(due_ns / S, alerts.on_time(due_ns))

    for at_s, what, *argument in case["events"]:
        now_ns = at_s * S
        run_timers(now_ns - 1)
        if what in ("raise", "clear"):
            note(at_s, alerts.sample("k", what == "raise", now_ns))
        elif what == "ack":
            note(at_s, alerts.alarms.acknowledge("k", argument[0], now_ns))
        else:
            note(at_s, alerts.alarms.hide("k", "shelved", "op", now_ns, argument[0] * S))
    run_timers(3000 * S)
    assert seen == [(at_s, STATES.get(state, state), NOTICES[notice]) for at_s, state, notice in case["expected"]]


NO_DATA = [case for case in VECTORS["event_driven"]["vectors"] if case["rule"]["kind"] == "no_data"]


@pytest.mark.parametrize("case", NO_DATA, ids=lambda case: case["name"])
def test_silence_raises_at_its_instant(case):
    alerts = Alerts(AlarmRule(stale_after_ns=case["rule"]["timeout_s"] * S, silence="raise"))
    seen = []
    if "start" in case:
        alerts.expect("k", case["start"] * S)
    for at_s, _ in case["samples"]:
        seen += alerts.on_time(at_s * S - 1)
        seen += alerts.sample("k", False, at_s * S)
    seen += alerts.on_time(case.get("end", case["samples"][-1][0] if case["samples"] else 0) * S)
    told = {"raised": "firing", "cleared": "resolved"}
    assert [[line.at_ns / S, told[line.notice]] for line in seen] == case["expected_transitions"]


def test_a_sample_that_comes_late_brings_the_silence_before_it():
    alerts = Alerts(AlarmRule(stale_after_ns=30 * S, silence="raise"))
    alerts.sample("k", False, 0)
    alerts.sample("other", False, 5 * S)
    seen = alerts.sample("k", False, 50 * S)
    assert [(line.key, line.at_ns / S, line.notice) for line in seen] == [
        ("k", 30, "raised"),
        ("other", 35, "raised"),
        ("k", 50, "cleared"),
    ]


@pytest.mark.parametrize(
    ("silence", "expected"),
    [
        (
            "mark",
            [(40, "active_unacknowledged", "stale"), (50, "active_unacknowledged", "fresh"), (50, "normal", "cleared")],
        ),
        ("clear", [(40, "active_unacknowledged", "stale"), (40, "stale", "cleared"), (50, "normal", "fresh")]),
    ],
)
def test_silence_marks_an_active_alarm_and_ends_it_only_when_told_to(silence, expected):
    alerts = Alerts(AlarmRule(stale_after_ns=30 * S, silence=silence))
    alerts.sample("k", True, 10 * S)
    assert brief([*alerts.on_time(49 * S), *alerts.sample("k", False, 50 * S)]) == expected


def test_silence_ends_a_pending_condition():
    alerts = Alerts(AlarmRule(Timing(for_ns=60 * S), stale_after_ns=30 * S))
    alerts.sample("k", True, 0)
    assert brief(alerts.on_time(100 * S)) == [(30, "stale", "stale")]


def test_hysteresis_and_duration_reach_the_operator_as_one_alarm():
    alerts = Alerts(AlarmRule(Timing(for_ns=30 * S)))
    seen = [*alerts.sample("c1", True, 0, False), *alerts.sample("c1", True, 31 * S, False)]
    seen += [*alerts.sample("c1", False, 40 * S, False), *alerts.sample("c1", False, 50 * S, True)]
    assert brief(seen) == [(30, "active_unacknowledged", "raised"), (50, "normal", "cleared")]


def test_shelved_once_ends_when_the_alarm_clears():
    alerts = Alerts(AlarmRule())
    alerts.sample("k", True, 0)
    alerts.alarms.hide("k", "shelved", "op", S)
    assert alerts.alarms.state("k") == "shelved"
    assert brief(alerts.sample("k", False, 2 * S)) == [(2, "normal", "cleared")]
    assert brief(alerts.sample("k", True, 3 * S)) == [(3, "active_unacknowledged", "raised")]


@pytest.mark.parametrize("how", ["out_of_service", "suppressed", "shelved"])
def test_a_hidden_alarm_is_silent_and_comes_back_with_what_it_missed(how):
    alerts = Alerts(AlarmRule())
    assert brief(alerts.alarms.hide("k", how, "ann", 0)) == [(0, how, None)]
    assert alerts.sample("k", True, S) == []
    (line,) = alerts.alarms.show("k", how, "ann", 2 * S)
    assert (line.new, line.notice, line.actor) == ("active_unacknowledged", "raised", "ann")
    with pytest.raises(NotPossible, match="not"):
        alerts.alarms.show("k", how, "ann", 3 * S)


def test_what_an_operator_cannot_do_is_an_error_with_the_reason():
    alerts = Alerts(AlarmRule(life=LifeRule(max_shelve_ns=60 * S)))
    with pytest.raises(NotPossible, match="not active"):
        alerts.alarms.acknowledge("k", "ann", 0)
    for for_ns in (61 * S, None, 0):
        with pytest.raises(NotPossible):
            alerts.alarms.hide("k", "shelved", "ann", 0, for_ns)
    alerts.sample("k", True, 0)
    alerts.alarms.acknowledge("k", "ann", 0)
    with pytest.raises(NotPossible, match="already"):
        alerts.alarms.acknowledge("k", "bob", 0)


def test_what_nobody_acknowledges_is_escalated_once():
    alerts = Alerts(AlarmRule(life=LifeRule(escalate_ns=600 * S)))
    alerts.sample("k", True, 0)
    assert brief(alerts.on_time(9999 * S)) == [(600, "active_unacknowledged", "escalated")]
    alerts.sample("j", True, 9999 * S)
    alerts.alarms.acknowledge("j", "ann", 10000 * S)
    assert alerts.on_time(99999 * S) == []


def test_notices_are_held_while_an_alarm_flaps_and_caught_up_when_it_settles():
    alerts = Alerts(AlarmRule(life=LifeRule(flap_ns=300 * S, flap_start=4, flap_stop=1)))
    seen = []
    for at_s in range(0, 301, 60):
        seen += alerts.on_time(at_s * S - 1)
        seen += alerts.sample("k", at_s % 120 == 60, at_s * S)
    seen += alerts.on_time(2000 * S)
    notices = [(line.at_ns / S, line.notice) for line in seen if line.notice]
    assert notices == [(60, "raised"), (120, "cleared"), (180, "raised")]
    assert alerts.alarms.state("k") == "active_unacknowledged"
    assert brief(alerts.sample("k", False, 2001 * S)) == [(2001, "normal", "cleared")]


def test_memory_is_bounded_and_what_is_not_taken_is_counted():
    alerts = Alerts(AlarmRule(stale_after_ns=30 * S, max_keys=10))
    for number in range(25):
        alerts.sample(f"k{number}", number < 15, 0)
    assert len(alerts.alarms.states()) == 10 and alerts.refused == 5
    assert len(alerts.snapshot()["seen"]) == 10 and alerts.forgotten == 15
    with pytest.raises(NotPossible, match="kept already"):
        alerts.alarms.hide("new", "shelved", "op", 0)


def test_a_normal_key_takes_no_memory():
    alerts = Alerts(AlarmRule(life=LifeRule(flap_ns=300 * S)))
    for number in range(1000):
        alerts.sample(f"k{number}", False, number)
    alerts.sample("k", True, 0)
    alerts.sample("k", False, S)
    assert len(alerts.alarms) == 1  # remembered for its flapping
    alerts.on_time(400 * S)
    assert len(alerts.alarms) == 0 and alerts.next_deadline_ns() is None


ACTIONS = st.sampled_from(["raise", "clear", "ack", "shelve", "once", "unshelve", "oos", "service", "wait"])


@given(
    st.lists(st.tuples(st.integers(0, 20), st.sampled_from("ab"), ACTIONS), max_size=40),
    st.booleans(),
    st.sampled_from(["mark", "clear", "raise"]),
    st.sampled_from([None, 15]),
)
def test_any_life_is_a_chain_survives_restarts_and_tells_every_raise_once(steps, latch, silence, flap_s):
    life = LifeRule(latch, 40 * S, 50 * S, None, None if flap_s is None else flap_s * S, 3, 1)
    rule = AlarmRule(Timing(3 * S, 2 * S), life, 30 * S, silence)
    alerts, lines, now_ns = Alerts(rule), [], 0
    for advance_s, key, what in steps:
        now_ns += advance_s * S
        lines += alerts.on_time(now_ns - 1)
        board = alerts.alarms
        try:
            if what in ("raise", "clear"):
                lines += alerts.sample(key, what == "raise", now_ns)
            elif what == "ack":
                lines += board.acknowledge(key, "op", now_ns)
            elif what in ("shelve", "once", "oos"):
                how = "out_of_service" if what == "oos" else "shelved"
                lines += board.hide(key, how, "op", now_ns, 10 * S if what == "shelve" else None)
            elif what in ("unshelve", "service"):
                lines += board.show(key, "shelved" if what == "unshelve" else "out_of_service", "op", now_ns)
        except NotPossible as error:
            assert str(error)
        again = Alerts(rule)
        again.restore(json.loads(json.dumps(alerts.snapshot())))
        assert again.snapshot() == alerts.snapshot() and again.next_deadline_ns() == alerts.next_deadline_ns()
        alerts = again
    assert [line.at_ns for line in lines] == sorted(line.at_ns for line in lines)
    for key in "ab":
        of_key = [line for line in lines if line.key == key]
        assert all(a.new == b.old for a, b in itertools.pairwise(of_key))
        assert (of_key[-1].new if of_key else "normal") == alerts.alarms.state(key)
        told = [line.notice for line in of_key if line.notice in ("raised", "cleared")]
        assert "cleared" not in told[:1]
        assert not any(pair == ("cleared", "cleared") for pair in itertools.pairwise(told))
