"""Each path says what it promises; a flow that asks for more than its nodes can give is refused."""

from __future__ import annotations

import pytest

from flowengine.catalog import installed
from flowengine.flow.guarantees import Guarantees, Path
from tests.flowengine.flow.test_load import faults, loaded

FLOW = """\
flow: g
connections: {b: {type: mqtt}}
nodes:
  in: {type: mqtt_in, connection: b, topic: t, QOS, to: [hold, out]}
  hold: {type: buffer, DURABLE to: out}
  out: {type: mqtt_out, connection: b, topic: x, QUEUE guarantee: at_least_once}
"""


def text(qos: str = "qos: 1", durable: str = "", queue: str = "") -> str:
    return FLOW.replace("QOS", qos).replace("DURABLE", durable).replace("QUEUE", queue)


def paths(flow: str) -> list[Path]:
    return Guarantees(loaded(flow).flow, installed()).paths()


def test_a_path_of_confirming_nodes_is_at_least_once() -> None:
    assert [path.nodes for path in paths(text())] == [("in", "hold", "out"), ("in", "out")]
    assert all(path.at_least_once for path in paths(text())) and faults(text()) == []
    assert paths(text())[0].acknowledged == "acknowledged when out is done with it"


def test_a_spool_moves_the_acknowledgement_forward() -> None:
    assert paths(text(durable="durable: true,"))[0].acknowledged == "acknowledged when it is on disk before hold"


@pytest.mark.parametrize(
    ("flow", "loss"),
    [
        (text(qos="qos: 0"), "in cannot ask for a message again: whatever is on its way is lost"),
        (
            text(queue="queue: {when_full: drop_oldest},"),
            "out: when its queue is full, the oldest are dropped and counted",
        ),
        (text(durable="durable: {when_full: drop_newest},"), "hold: when its spool is full, new ones are dropped"),
        (text(queue="qos: 0,"), "out sends without confirmation"),
        (text(durable="disabled: true,"), "hold is disabled"),
    ],
)
def test_a_flow_that_asks_for_more_than_it_can_have_is_refused(flow: str, loss: str) -> None:
    found = faults(flow)
    assert any("guarantee" not in line and loss in line for line in found), found
    assert any(loss in line for path in paths(flow) for line in path.lines())


def test_a_path_without_a_spool_says_who_waits_for_its_sink() -> None:
    flow = """
flow: g
connections: {b: {type: mqtt}, db: {type: sql, url: 'sqlite:///x.db'}}
nodes:
  a: {type: mqtt_in, connection: b, topic: a, to: slow}
  z: {type: mqtt_in, connection: b, topic: z, to: safe}
  slow: {type: sql_out, connection: db, table: t}
  safe: {type: sql_out, connection: db, table: t, durable: true}
"""
    wait = "while slow is away, a waits, and behind it z of the same session; `durable: true` on slow lets them go on"
    assert [path.notes for path in paths(flow)] == [(wait,), ()]


def test_a_qos_0_source_before_a_spool_says_how_little_is_lost() -> None:
    flow = text(qos="qos: 0", durable="durable: true,")
    assert "the last milliseconds before the disk has them" in "\n".join(paths(flow)[0].lines())


def test_refusals_come_in_the_order_of_the_paths() -> None:
    steps = [f"n{number}" for number in range(9)]
    lines = [f"  {id}: {{type: filter, where: payload > 0, to: out}}\n" for id in steps]
    flow = text(qos="qos: 0").replace("to: [hold, out]", f"to: [{', '.join(steps)}]") + "".join(lines)
    refused = [problem.message for problem in loaded(flow).problems if problem.node == "out"]
    assert [message.partition(":")[0] for message in refused] == [
        f"at_least_once cannot be had on in -> {id} -> out" for id in steps
    ]


def test_an_unknown_guarantee_is_named() -> None:
    said = "guarantee: one of at_least_once, not 'exactly_once'"
    assert any(said in fault for fault in faults(text().replace("at_least_once", "exactly_once")))


def test_a_buffer_that_holds_acknowledgements_back_is_noted_and_a_spool_ends_that() -> None:
    assert "makes the first batch wait for its timer; the window is then known" in "\n".join(paths(text())[0].lines())
    assert paths(text(durable="durable: true,"))[0].notes == () and paths(text(qos="qos: 0"))[0].notes == ()


def test_state_is_exact_behind_a_spool_of_its_own_and_nowhere_else() -> None:
    def losses(durable: str) -> str:
        flow = text(durable=durable).replace("type: buffer,", "type: aggregate, every: 1s,")
        return " ".join(loss for path in paths(flow) for loss in path.losses)

    assert "`durable: true` on it avoids that" in losses("")
    assert "keeps state" in losses("durable: {live_first: true},")
    assert losses("durable: true,") == ""
