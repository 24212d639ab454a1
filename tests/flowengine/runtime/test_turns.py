"""Nodes that each take long share turns of the loop; what waits for its turn stays in order and accounted for."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator, Sequence

import pytest

from flowengine import Config, Message, Messages, Transform
from flowengine.flow.model import NodeSpec
from flowengine.runtime.outbox import OutputReceipt
from flowengine.runtime.pieces import MOST
from flowengine.runtime.receipt import Receipt
from flowengine.runtime.route import handle_of, visit
from flowengine.runtime.station import Station, Wire
from flowengine.runtime.turns import TURN_S, Later, Turns
from flowengine.testing.node import make
from tests.waiting import until

COSTS_S = 0.05


class Costly(Transform):
    """Takes long by a clock of its own."""

    config: Config
    spent_s = 0.0

    def process(self, messages: Messages) -> Sequence[Message]:
        Costly.spent_s += COSTS_S
        return list(messages)


class Costs:
    """A chain of costly stations of one flow, and what leaves at its end."""

    def __init__(self, turns: Turns, length: int, kind: type[Costly] = Costly):
        self.later = Later(turns, lambda: 0.0)
        self.stations = [self._station(f"n{n}", kind) for n in range(length)]
        for station, target in zip(self.stations, self.stations[1:], strict=False):
            station.wires = {"out": (Wire(target, "out"),)}
        self.left: list[object] = []
        self.stations[-1].tap = lambda port, messages: self.left.extend(message.payload for message in messages)
        self.settled = 0

    def _station(self, name: str, kind: type[Costly]) -> Station:
        node = make(kind, "{}")
        station = Station(
            name, NodeSpec(name, "costly", {}, {}, ()), node, handle_of(node), stopwatch=lambda: Costly.spent_s
        )
        station.later = self.later
        return station

    def give(self, payload: object, at: int = 0) -> None:
        visit(self.stations[at], [Message(payload)], Receipt(self._settle), 0.0)

    def _settle(self) -> None:
        self.settled += 1

    @property
    def unaccounted(self) -> int:
        return sum(station.balance for station in self.stations)


@pytest.fixture(autouse=True)
def spent() -> Iterator[None]:
    Costly.spent_s = 0.0
    yield


async def dearest_turn_s(what: Costs, settled: int) -> float:
    """Until so many are settled: most that the nodes took in one turn of the loop."""
    dearest_s, before_s = Costly.spent_s, Costly.spent_s
    while what.settled < settled:
        await asyncio.sleep(0)
        dearest_s, before_s = max(dearest_s, Costly.spent_s - before_s), Costly.spent_s
        assert not what.unaccounted
    return dearest_s


async def test_a_chain_of_costly_nodes_takes_several_turns() -> None:
    chain = Costs(Turns(), 20)
    chain.give(1)
    chain.give(2)
    assert chain.stations[1].held == 1 and chain.stations[0].held == 1
    assert await dearest_turn_s(chain, 2) <= TURN_S + 2 * COSTS_S
    assert Costly.spent_s == pytest.approx(2 * 20 * COSTS_S)
    assert chain.left == [1, 2] and not chain.unaccounted


async def test_many_flows_share_a_turn_and_none_waits_for_the_end_of_another() -> None:
    turns = Turns()
    chains = [Costs(turns, 20) for _ in range(5)]
    for n, chain in enumerate(chains):
        chain.give(n)
    last = Costs(turns, 1)
    last.give("light")
    assert await dearest_turn_s(last, 1) <= TURN_S + 2 * COSTS_S
    assert not any(chain.left for chain in chains)
    await until(lambda: all(chain.settled for chain in chains))
    assert [chain.left for chain in chains] == [[n] for n in range(5)]


async def test_a_turn_that_others_use_up_each_time_has_time_for_one_piece() -> None:
    turns = Turns()
    chain = Costs(turns, 20)
    chain.give(1)
    for _ in range(40):
        turns.took(TURN_S)
        await asyncio.sleep(0)
    assert chain.settled and chain.left == [1]


async def test_nothing_overtakes_what_waits() -> None:
    chain = Costs(Turns(), 3)
    for n in range(4):
        chain.give(n)
        await asyncio.sleep(0)
    chain.give(4)
    await until(lambda: chain.settled == 5)
    assert chain.left == [0, 1, 2, 3, 4]


async def test_before_stations_change_what_waits_is_done_at_once_and_in_order() -> None:
    chain = Costs(Turns(), 5)
    for n in range(3):
        chain.give(n)
    with chain.later.straight():
        assert chain.left == [0, 1, 2] and chain.settled == 3
        chain.give(3)
        assert chain.settled == 4
    chain.give(4)
    assert chain.settled == 4
    await chain.later.done()
    assert chain.left == [0, 1, 2, 3, 4] and not chain.unaccounted


async def test_a_piece_that_fails_holds_up_no_other() -> None:
    turns, failed = Turns(), list[dict[str, object]]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failed.append(context))
    chain = Costs(turns, 3)
    chain.give(1)
    chain.later.waiting.appendleft(lambda now_s: 1 / 0)  # type: ignore[arg-type]
    await until(lambda: chain.settled)
    assert len(failed) == 1


class Each(Costly):
    """Takes long for each message, and so long too for those that it cannot take."""

    EACH_S = 0.002

    def process(self, messages: Messages) -> Sequence[Message]:
        for message in messages:
            Costly.spent_s += self.EACH_S
            if message.payload == "bad":
                raise ValueError("bad")
        return list(messages)


@pytest.mark.parametrize("payloads", [range(2_000), ["bad"] * 400, [*range(300), "bad", *range(300)]])
async def test_one_batch_of_many_takes_several_turns_in_order(payloads: Sequence[object]) -> None:
    chain = Costs(Turns(), 3, Each)
    visit(chain.stations[0], [Message(payload) for payload in payloads], Receipt(chain._settle), 0.0)
    chain.give("next")
    assert chain.stations[0].put_off and not chain.unaccounted
    assert await dearest_turn_s(chain, 2) <= 2 * TURN_S
    assert chain.left == [*(payload for payload in payloads if payload != "bad"), "next"]


async def test_a_node_that_became_costly_keeps_a_turn_for_one_piece_at_most() -> None:
    chain = Costs(Turns(), 1, Each)
    chain.stations[0].each_s = 1e-9
    visit(chain.stations[0], [Message(n) for n in range(2_000)], Receipt(chain._settle), 0.0)
    assert await dearest_turn_s(chain, 1) <= 1.01 * MOST * Each.EACH_S
    assert chain.left == [*range(2_000)]


@pytest.mark.parametrize("turns", [Turns(math.inf), Turns()])
async def test_a_batch_that_a_replay_brings_again_or_in_virtual_time_stays_whole(turns: Turns) -> None:
    chain, receipt = Costs(turns, 1, Each), OutputReceipt()
    receipt.ordinal = 0 if math.isinf(turns.left_s) else 1
    visit(chain.stations[0], [Message(n) for n in range(1_000)], receipt, 0.0)
    assert chain.left == [*range(1_000)]
