"""nodes/sources/alarms.py: what becomes of alarms of any flow, told and listed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from flowengine.alarms import Alarms as Told
from flowengine.alarms import Change, Present
from flowengine.engine import Engine, Settings
from flowengine.testing import TestContext, make, run_virtual
from flowengine.testing.clock import LoopClock
from nodes.sources import alarms
from nodes.sources.alarms import Alarms
from tests.waiting import until

HOT = {"key": "c1", "title": "c1 is too warm", "priority": "high", "value": 9.1, "actor": "", "comment": ""}
STATES = {
    "raised": ("normal", "active_unacknowledged", "condition"),
    "cleared": ("active_unacknowledged", "normal", "condition"),
    "acknowledged": ("active_unacknowledged", "active_acknowledged", "acknowledged"),
    "shelved": ("active_acknowledged", "shelved", "shelved"),
}


def change(what: str, flow: str = "cold", node: str = "hot", **more: Any) -> Change:
    old, new, reason = STATES[what]
    return Change(flow, node, {**HOT, "old": old, "new": new, "reason": reason, **more}, 5)


def sent(config: str, *told: Change, present: tuple[Present, ...] = (), run_s: float = 1.0) -> list[tuple[str, Any]]:
    """Port and payload of what the node sends when nodes tell these changes."""
    context, found = TestContext(), []  # type: ignore[var-annotated]
    context.alarms = Told(lambda: present)

    async def emit(messages: Any, *_: Any, port: str = "out", **more: Any) -> None:
        found.extend((port, m.payload) for m in (messages if isinstance(messages, list) else [messages]))

    async def work() -> None:
        context.clock = LoopClock(asyncio.get_running_loop(), 0)  # type: ignore[assignment]
        task = asyncio.ensure_future(make(Alarms, config, context).run(emit))
        await asyncio.sleep(0.001)
        context.alarms.tell(told)
        await asyncio.sleep(run_s)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert not context.alarms._hears

    run_virtual(work)
    return found


def test_what_happened_is_told_in_order_with_who_did_it() -> None:
    found = sent("{}", change("raised"), change("acknowledged", actor="anna", comment="on my way"), change("cleared"))
    assert [payload["what"] for _, payload in found] == ["raised", "acknowledged", "cleared"]
    assert found[1][1] == {
        **HOT, "flow": "cold", "node": "hot", "what": "acknowledged", "old": "active_unacknowledged",
        "new": "active_acknowledged", "reason": "acknowledged", "actor": "anna", "comment": "on my way",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("config", "whats"),
    [
        ("{of: 'cold/*'}", ["raised", "cleared"]),
        ("{of: ['hall/*', 'x/y'], changes: [other]}", ["other"]),
        ("{of: cold, list: '0 7 * * *'}", []),
        ("{changes: [cleared]}", ["cleared"]),
    ],
)
def test_only_what_was_asked_for_is_told(config: str, whats: list[str]) -> None:
    found = sent(config, change("raised"), change("shelved", flow="hall"), change("cleared", node="cold"))
    assert [payload["what"] for _, payload in found] == whats


def test_the_list_comes_at_its_time_with_the_most_urgent_first() -> None:
    rows = [("low", "active_unacknowledged"), ("critical", "shelved"), ("high", "active_acknowledged")]
    present = tuple(Present("cold", p, {"key": "k", "state": s, "priority": p}) for p, s in rows)
    [(port, listed)] = sent("{list: '0 7 * * *', zone: Europe/Berlin}", present=present, run_s=7 * 3600)
    assert (port, listed["count"], listed["active"]) == ("list", 3, 2)
    assert [row["node"] for row in listed["alarms"]] == ["high", "low", "critical"]


def test_those_that_are_active_at_the_start_are_told_when_asked() -> None:
    rows = [("active_acknowledged", "c1"), ("shelved", "c2"), ("active_unacknowledged", "c3")]
    present = tuple(Present("cold", "hot", {"key": key, "state": state, "title": key}) for state, key in rows)
    found = sent("{initial: true}", change("cleared"), present=present)
    assert [(p["what"], p["key"], p["reason"]) for _, p in found] == [
        ("raised", "c1", "present"), ("raised", "c3", "present"), ("cleared", "c1", "condition"),
    ]  # fmt: skip


def test_beyond_the_bound_the_oldest_are_dropped_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarms, "MOST_WAITING", 2)
    context = TestContext()
    node = make(Alarms, "{}", context)
    node._take([change("raised", value=n) for n in range(5)])
    assert [each.entry["value"] for each in node._waiting] == [3, 4]
    assert context.recorded.dropped == {"more changes of alarms than the flow takes": 3}


@pytest.mark.parametrize(
    ("config", "fault"), [("{changes: []}", "needs `changes`"), ("{list: '7'}", "has 1 field, not 5 or 6")]
)
def test_a_node_that_could_say_nothing_is_refused(config: str, fault: str) -> None:
    [(_, said)] = Alarms.check(make(Alarms, config).config)
    assert fault in said


COLD = """flow: cold
nodes:
  in: {type: inject, payload: {v: 9}, to: hot}
  hot: {type: alert, when: payload.v > 8, title: too warm, priority: high, to: out}
  out: {type: log}
"""
DIGEST = """flow: digest
nodes:
  all: {type: alarms, of: "cold/*", changes: [raised, acknowledged], to: kept}
  kept: {type: rtdb_write, key: "{payload.what}", value: payload.actor}
"""


async def test_a_flow_hears_of_the_alarms_of_another(tmp_path: Path) -> None:
    engine = Engine(Settings(data_dir=tmp_path))
    try:
        for name, text in (("digest", DIGEST), ("cold", COLD)):
            await engine.deploy(engine.load(text, f"{name}.yaml"))
        await until(lambda: engine.rtdb.get("raised") is not None)
        [present] = engine.services.alarms.present()
        assert (present.flow, present.node, present.row["title"]) == ("cold", "hot", "too warm")
        engine.runtimes["cold"].stations["hot"].node.acknowledge("", "anna")  # type: ignore[attr-defined]
        await until(lambda: engine.rtdb.get("acknowledged") is not None)
        point = engine.rtdb.get("acknowledged")
        assert point is not None and point.value == "anna"
    finally:
        await engine.stop()
