"""nodes/commands/rules.py: every timeline of commands.json, restarts, strays, bounds."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.commands.rules import CommandRule, Commands, Done, Refused, Send, Stray

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "commands.json").read_text("utf-8"))["vectors"]
S = 1_000_000_000


def restarted(commands, rule):
    again = Commands(rule)
    again.restore(json.loads(json.dumps(commands.snapshot())))
    return again


@pytest.mark.parametrize("restarts", [False, True], ids=["", "restarted_at_every_step"])
@pytest.mark.parametrize("case", VECTORS, ids=lambda case: case["name"])
def test_a_command_goes_as_the_vector_says(case, restarts):
    rule = CommandRule(case["timeout_s"] * S, case["max_retries"], case["backoff_s"] * S)
    commands, events = Commands(rule), []
    events.append((0, commands.submit("c", {"relay": "ON"}, 0)))

    def run_timers(until_ns):
        nonlocal commands
        while (due_ns := commands.next_deadline_ns()) is not None and due_ns <= until_ns:
            commands = restarted(commands, rule) if restarts else commands
            events.extend((due_ns / S, event) for event in commands.on_time(due_ns))

    for at_s, ok in case["acks"]:
        run_timers(round(at_s * S) - 1)
        events.append((at_s, commands.acknowledge("c", ok, round(at_s * S))))
        commands = restarted(commands, rule) if restarts else commands
    run_timers(100 * S)
    assert [at_s for at_s, event in events if isinstance(event, Send)] == case["expected_sends_at_s"]
    ((at_s, done),) = [(at_s, event) for at_s, event in events if isinstance(event, Done)]
    assert (at_s, done.result, done.ok) == (case["result_at_s"], case["result"], case["ok"])
    if "expected_ack_published" in case:
        assert {"ok": bool(done.ok), "message": done.message} == case["expected_ack_published"]
    strays = [(at_s, event) for at_s, event in events if isinstance(event, Stray)]
    assert [at_s for at_s, _ in strays] == case.get("stray_acks_at_s", [])
    assert {stray.reason for _, stray in strays} <= {"late" if done.result == "timeout" else "duplicate"}


def test_an_id_that_is_pending_is_refused_and_a_finished_one_may_come_again():
    commands = Commands(CommandRule())
    commands.submit("c", 1, 0)
    with pytest.raises(Refused, match="pending already"):
        commands.submit("c", 2, 0)
    assert commands.acknowledge("c", True, 1).latency_ns == 1
    assert commands.submit("c", 2, 2) == Send("c", 2, 1)


def test_a_reply_to_nothing_is_unknown_and_the_memory_of_finished_ids_is_bounded():
    commands = Commands(CommandRule(remember=2, max_pending=3))
    assert commands.acknowledge("x", True, 0) == Stray("x", "unknown")
    for name in "abc":
        commands.submit(name, None, 0)
    with pytest.raises(Refused, match="3 commands"):
        commands.submit("d", None, 0)
    for name in "abc":
        commands.acknowledge(name, True, 0)
    assert [commands.acknowledge(name, True, 1).reason for name in "abc"] == ["unknown", "duplicate", "duplicate"]


def test_what_was_withdrawn_was_never_submitted():
    commands = Commands(CommandRule())
    commands.submit("c", "open", 0)
    assert commands.row("c") == ["c", "open", 0, 1, True, 3 * S]
    commands.withdraw("c")
    assert commands.row("c") is None and commands.next_deadline_ns() is None
    assert commands.acknowledge("c", True, 1) == Stray("c", "unknown")
    assert commands.submit("c", "open", 2).attempt == 1


def test_a_closed_port_costs_tries_and_never_hangs():
    commands = Commands(CommandRule(3 * S, 2, 2 * S))
    commands.submit("c", None, 0)
    sends = []
    commands.not_sent("c", 0)
    while (due_ns := commands.next_deadline_ns()) is not None:
        for event in commands.on_time(due_ns):
            sends.append((due_ns / S, type(event).__name__))
            commands.not_sent("c", due_ns)
    assert sends == [(2, "Send"), (4, "Send"), (7, "Done")]
    commands.submit("d", None, 0)
    assert commands.fail("d", "port closed", 5) == Done("d", "timeout", None, "port closed", 5, 5, 1)
    assert commands.fail("d", "port closed", 6) is None


@given(
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from("abc"), st.sampled_from(["submit", "ack", "nack", "lost"]))),
    st.integers(1, 4),
    st.integers(0, 3),
    st.integers(0, 3),
)
def test_every_command_ends_exactly_once(steps, timeout_s, retries, backoff_s):
    rule = CommandRule(timeout_s * S, retries, backoff_s * S)
    commands, submitted, done, now_ns = Commands(rule), 0, [], 0

    def note(events):
        done.extend(event for event in events if isinstance(event, Done))

    for advance_s, name, what in steps:
        now_ns += advance_s * S
        note(commands.on_time(now_ns - 1))
        if what == "submit":
            try:
                commands.submit(name, None, now_ns)
                submitted += 1
            except Refused:
                pass
        elif what == "lost":
            commands.not_sent(name, now_ns)
        else:
            note([commands.acknowledge(name, what == "ack", now_ns)])
        assert submitted == len(done) + len(commands)
        commands = restarted(commands, rule)
    for _ in range(20):
        now_ns += 10 * S
        note(commands.on_time(now_ns))
    assert len(commands) == 0 and submitted == len(done)
    assert all(1 <= each.attempts <= retries + 1 for each in done)
