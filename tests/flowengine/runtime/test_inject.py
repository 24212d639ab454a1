"""flowengine/runtime/inject.py: whoever gives an order hears whether it was taken, refused, or waits for somebody."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from flowengine import Message, Messages, Ports, Rejected, Router, Sink, Stateful, Transform
from flowengine.node import Emit, Node
from flowengine.runtime.inject import Outcome
from tests.flowengine.runtime.conftest import AnyConfig, Bench, ToyCatalog

LONG_S, SHORT_S = 60.0, 0.05


class Even(Transform):
    """Takes even numbers."""

    config: AnyConfig

    def process(self, messages: Messages) -> Messages:
        if any(message.payload % 2 for message in messages):
            raise Rejected("odd numbers are not taken here")
        return messages


class Wall(Sink):
    """Refuses everything, row by row."""

    config: AnyConfig

    async def write(self, messages: Messages) -> None:
        raise Rejected("a wall", dict.fromkeys(range(len(messages)), "a wall"))


class Pairs(Stateful):
    """Holds one message until the next comes."""

    config: AnyConfig

    def __init__(self, *given: Any):
        super().__init__(*given)
        self.held: list[Message] = []

    def process(self, messages: Messages, now: float) -> Emit:
        self.held += messages
        if len(self.held) < 2:
            return Emit(finished=0)
        pair, self.held = self.held, []
        return Emit(pair, finished=len(pair))


class Below(Transform):
    """Lets go on what is below 10."""

    config: AnyConfig

    def process(self, messages: Messages) -> Messages:
        return [message for message in messages if message.payload < 10]


class Sides(Router):
    """Knows where to lead what is below 10, and nothing of 100."""

    config: AnyConfig
    outputs = ("low", "high")

    def route(self, messages: Messages) -> Ports:
        ports = {"low": [m for m in messages if m.payload < 10], "high": [m for m in messages if 10 <= m.payload < 100]}
        return {port: found for port, found in ports.items() if found}


class Catalog(ToyCatalog):
    toys = {
        **ToyCatalog.toys,
        "even": Even,
        "wall": Wall,
        "below": Below,
        "sides": cast("type[Node]", Sides),
        "pairs": cast("type[Node]", Pairs),
    }


@pytest.fixture
async def bench(tmp_path: Path) -> Any:
    made = Bench(tmp_path, Catalog())
    yield made
    await made.engine.stop(0.1)


async def order(bench: Bench, payload: int, at_most_s: float = LONG_S, to: tuple[str, ...] = ("even",)) -> Outcome:
    return await bench.engine.order("f", to, Message(payload), at_most_s)


async def test_it_is_sent_once_all_that_it_goes_to_has_it(bench: Bench) -> None:
    await bench.deploy(
        "flow: f\nnodes:\n  even: {type: even, to: [a, b]}\n  a: {type: collect}\n  b: {type: collect}\n"
    )
    outcome = await order(bench, 2)
    assert (outcome.state, outcome.reason) == ("sent", "")
    assert bench.node("a").got == bench.node("b").got == [2]
    assert not bench.engine.services.orders, "nobody waits any more"


async def test_the_first_reason_of_a_refusal_is_told_wherever_it_comes_from(bench: Bench) -> None:
    text = "flow: f\nnodes:\n  even: {type: even, to: a, on_error: w}\n  a: {type: collect}\n  w: {type: wall}\n"
    await bench.deploy(text)
    assert (await order(bench, 3))[1:] == ("refused", "odd numbers are not taken here")
    assert (await order(bench, 3, to=("w",)))[1:] == ("refused", "a wall")
    assert (await order(bench, 4, to=("even", "w")))[1:] == ("refused", "a wall"), "one of two nodes is enough"


async def test_a_refusal_is_told_at_once_though_another_branch_waits(bench: Bench) -> None:
    text = "flow: f\nnodes:\n  even: {type: even, to: [w, a]}\n  a: {type: collect, fails: 1000}\n  w: {type: wall}\n"
    await bench.deploy(text)
    assert (await order(bench, 2)).state == "refused"


async def test_the_refusal_of_a_neighbour_in_the_batch_is_not_its_own(bench: Bench) -> None:
    text = "flow: f\nnodes:\n  p: {type: pairs, to: even}\n  even: {type: even, to: a}\n  a: {type: collect}\n"
    await bench.deploy(text)
    assert (await order(bench, 2, SHORT_S, ("p",)))[1:] == ("waiting", "")
    assert (await order(bench, 3, to=("p",))).state == "refused"
    assert (await order(bench, 5, SHORT_S, ("p",))).state == "waiting"
    assert (await order(bench, 4, to=("p",))).state == "sent"


async def test_it_waits_for_what_is_away_and_says_why(bench: Bench) -> None:
    await bench.deploy("flow: f\nnodes:\n  even: {type: even, to: a}\n  a: {type: collect, fails: 1000000}\n")
    assert (await order(bench, 2, 0.5))[1:] == ("waiting", "away")


@pytest.mark.parametrize(
    "queue",
    [
        "a: {type: collect, fails: 1000000, durable: true}",
        "a: {type: even, durable: true, to: b}\n  b: {type: collect, fails: 1000000}",
    ],
)
async def test_what_is_kept_on_disk_for_what_is_away_is_not_sent(bench: Bench, queue: str) -> None:
    await bench.deploy(f"flow: f\nnodes:\n  even: {{type: even, to: a}}\n  {queue}\n")
    await order(bench, 0, 0.5, ("b" if "b:" in queue else "a",))  # that it is away is known since somebody tried
    assert (await order(bench, 2))[1:] == ("waiting", "away")


async def test_what_went_by_the_disk_and_was_delivered_is_sent(bench: Bench) -> None:
    await bench.deploy("flow: f\nnodes:\n  even: {type: even, to: a}\n  a: {type: collect, durable: true}\n")
    assert (await order(bench, 2)).state == "sent"
    assert bench.node("a").got == [2]


@pytest.mark.parametrize(
    ("payload", "node"),
    [
        (10, "below: {type: below, to: a}"),
        (12, "below: {type: sides, to: {low: a}}"),
        (100, "below: {type: sides, to: {low: a}}"),
    ],
)
async def test_what_a_node_lets_go_no_further_is_not_sent(bench: Bench, payload: int, node: str) -> None:
    await bench.deploy(f"flow: f\nnodes:\n  even: {{type: even, to: below}}\n  {node}\n  a: {{type: collect}}\n")
    assert (await order(bench, payload))[1:] == ("refused", "dropped by below")
    assert (await order(bench, 2))[1:] == ("sent", "")
    assert bench.node("a").got == [2]


async def test_what_one_branch_takes_is_sent_though_another_drops_it(bench: Bench) -> None:
    text = (
        "flow: f\nnodes:\n  even: {type: even, to: [below, a]}\n  below: {type: below, to: a}\n  a: {type: collect}\n"
    )
    await bench.deploy(text)
    assert (await order(bench, 12)).state == "sent"
    assert bench.node("a").got == [12]


async def test_a_disabled_node_says_that_it_drops(bench: Bench) -> None:
    await bench.deploy("flow: f\nnodes:\n  even: {type: even, to: a}\n  a: {type: collect, disabled: true}\n")
    assert (await order(bench, 2))[1:] == ("refused", "dropped by a")


async def test_what_comes_again_and_is_left_out_is_not_sent(bench: Bench) -> None:
    text = (
        "flow: f\nnodes:\n  even: {type: even, dedupe: {key: '{payload}', window: 1h}, to: a}\n  a: {type: collect}\n"
    )
    await bench.deploy(text)
    assert (await order(bench, 2)).state == "sent"
    assert (await order(bench, 2))[1:] == ("refused", "dropped by even")


async def test_a_node_at_the_end_of_a_flow_takes_what_comes(bench: Bench) -> None:
    await bench.deploy("flow: f\nnodes:\n  even: {type: even}\n")
    assert (await order(bench, 2)).state == "sent"
