"""The broker killed, restarted, frozen, our session taken over: we are back soon, nothing is missing."""

from __future__ import annotations

import asyncio
import time

import pytest

from nodes.clients.mqtt import MqttClient, MqttSettings
from tests.faults.amounts import crowding
from tests.faults.conftest import Line
from tests.faults.engine_process import EngineProcess
from tests.faults.ledger import Publisher
from tests.servers.mosquitto import Mosquitto
from tests.waiting import lasts, until

BACK_S = 4.0
"""Twice the longest pause between two tries; on a machine that does nothing else."""

BROKERS_OWN_LOSS_S = 1.5
"""What mosquitto with `autosave_interval 1` may forget when it is killed: it saves about once a second."""


@pytest.mark.faults
@pytest.mark.parametrize("away_s", [0.2, 6.0], ids=["briefly", "for longer than the first retries"])
async def test_a_restarted_broker_is_found_again(line: Line, mosquitto: Mosquitto, away_s: float) -> None:
    async with line.engine() as engine, line.publisher() as publisher:
        await line.flowing(publisher)
        await asyncio.to_thread(mosquitto.stop)
        await asyncio.sleep(away_s)
        await asyncio.to_thread(mosquitto.start)
        back_s = await connected_again(engine)
        await lasts(1.0, "load after the outage")
        await publisher.stop()
        await line.complete(publisher)
    assert back_s < BACK_S * crowding()
    print(f"back {back_s:.2f} s after the broker; {len(publisher.acknowledged)} acknowledged, 0 missing")


async def connected_again(engine: EngineProcess) -> float:
    """Seconds from now until the engine has its connection."""
    began_s = time.monotonic()
    async with asyncio.timeout(60):
        while not await engine.metric("connection_up", connection="broker"):  # noqa: ASYNC110 - a process cannot tell
            await asyncio.sleep(0.02)
    return time.monotonic() - began_s


@pytest.mark.faults
async def test_a_killed_broker_costs_no_more_than_it_had_not_saved(line: Line, mosquitto: Mosquitto) -> None:
    async with line.engine() as engine, line.publisher() as publisher:
        await line.flowing(publisher)
        kills_s: list[float] = []
        for _ in range(3):
            await asyncio.sleep(2.0)
            await asyncio.to_thread(mosquitto.kill)
            kills_s.append(time.monotonic())
            await asyncio.to_thread(mosquitto.start)
            assert await connected_again(engine) < BACK_S * crowding()
        await lasts(1.0, "load after the outages")
        await publisher.stop()
        kept = {n for n, at_s in publisher.acknowledged_at.items() if not unsaved(at_s, kills_s)}
        await until(lambda: kept <= set(line.stored()))
    lost = len(publisher.acknowledged - set(line.stored()))
    print(f"{len(publisher.acknowledged)} acknowledged, {lost} lost by the broker itself in 3 kills, 0 by us")


def unsaved(at_s: float, kills_s: list[float]) -> bool:
    """Whether the broker may have acknowledged this and not saved it before a kill."""
    return any(-BROKERS_OWN_LOSS_S < at_s - killed_s < 0.2 for killed_s in kills_s)


@pytest.mark.faults
async def test_a_frozen_broker_is_noticed_and_nothing_is_missing(line: Line, mosquitto: Mosquitto) -> None:
    async with line.engine() as engine, line.publisher() as publisher:
        await line.flowing(publisher)
        mosquitto.freeze()
        await lasts(8.0, "two keep-alives: we must have given the connection up by ourselves")
        assert not await engine.metric("connection_up", connection="broker")
        mosquitto.resume()
        assert await connected_again(engine) < BACK_S * crowding()
        await lasts(1.0, "load after the outage")
        await publisher.stop()
        await line.complete(publisher)


@pytest.mark.faults
async def test_a_session_taken_over_is_taken_back(line: Line) -> None:
    async with line.engine() as engine, line.publisher(rate=500) as publisher:
        await line.flowing(publisher)
        await take_over(line, publisher)
        assert await connected_again(engine) < BACK_S * crowding()
        await lasts(1.0, "load after the change of sessions")
        await publisher.stop()
        await line.complete(publisher)


async def take_over(line: Line, publisher: Publisher) -> None:
    """Somebody else connects with our client id, acknowledges nothing and leaves the session to us."""
    thief = MqttClient(MqttSettings(url=line.url, client_id=line.name, version="5"))
    await thief.start()
    await thief.wait_connected(60)
    thief.drop("leaving")
    await thief.close()
