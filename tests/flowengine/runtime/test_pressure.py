"""Whoever filled a queue waits for it; nobody waits for what another filled."""

from __future__ import annotations

import asyncio

import pytest

from flowengine.catalog.every_node import QueueLimits
from flowengine.message import Message
from flowengine.runtime.inbox import Inbox
from flowengine.runtime.pressure import Pressure, wait_for_room
from flowengine.runtime.receipt import Receipt


def inbox(pressure: Pressure, count: int = 1) -> Inbox:
    return Inbox(QueueLimits(count=count), lambda reason, n: None, pressure.full)


def test_a_caller_learns_which_queues_it_filled_each_once() -> None:
    pressure = Pressure()
    queue = inbox(pressure)
    pressure.begin()
    queue.put([Message(1)], Receipt())
    queue.put([Message(2)], Receipt())
    assert pressure.take() == [queue] and pressure.take() == []


def test_what_a_caller_that_cannot_wait_filled_is_nobody_elses_to_wait_for() -> None:
    pressure = Pressure()
    inbox(pressure).put([Message(1)], Receipt())
    pressure.begin()
    assert pressure.take() == []


async def test_waiting_ends_when_there_is_room() -> None:
    pressure = Pressure()
    queue = inbox(pressure)
    queue.put([Message(1)], Receipt())
    waiting = asyncio.create_task(wait_for_room(pressure.take()))
    await asyncio.sleep(0)
    assert not waiting.done()
    await queue.take(10)
    await asyncio.wait_for(waiting, 60)


async def test_nobody_waits_for_its_own_queue() -> None:
    pressure = Pressure()
    queue = inbox(pressure)
    queue.put([Message(1)], Receipt())
    async with asyncio.timeout(60):
        await wait_for_room([queue], own=queue)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await wait_for_room([queue])
