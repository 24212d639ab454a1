"""What watches a server's points tells each value once, in portions that the server takes, and ends without a trace."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from asyncua import ua
from asyncua.common.subscription import DataChangeEvent
from asyncua.ua import uaerrors

from nodes.clients.opcua.watch import Watch

SPEED = {"speed": "ns=2;s=speed"}


class Server:
    """What a client sees of one that takes `most` nodes a request, where all is `value`; it then reports `changes`."""

    def __init__(self, value: Any = 1.0, most: int = 1000, changes: Sequence[tuple[int, Any]] = ()):
        self.value, self.most, self._changes = value, most, changes
        self.asked: list[int] = []
        self.items: list[ua.MonitoredItemCreateRequest] = []
        self.uaclient = self
        self.dies = False
        self.subscriptions = 0
        self._event_queue: asyncio.Queue[Any] = asyncio.Queue()
        self.told = asyncio.Event()
        """All changes were taken."""

    def get_node(self, address: str) -> Any:
        return type("Node", (), {"nodeid": ua.NodeId.from_string(address)})()

    async def read_attributes(self, ids: Sequence[Any], _attribute: Any) -> list[ua.DataValue]:
        self._bears(len(ids))
        return [ua.DataValue(ua.Variant(self.value)) for _ in ids]

    async def create_subscription(self, *_arguments: Any, **_options: Any) -> Any:
        self.subscriptions += 1
        return self

    async def delete(self) -> None:
        self.subscriptions -= 1

    async def create_monitored_items(self, items: Sequence[ua.MonitoredItemCreateRequest]) -> list[int]:
        await asyncio.sleep(0)  # what was begun before runs
        if self.dies:
            raise ConnectionError("Connection is closed")
        self._bears(len(items))
        self.items += items
        for handle, value in self._changes:
            note = ua.MonitoredItemNotification(handle, ua.DataValue(ua.Variant(value)))
            event: Any = type("Data", (), {"monitored_item": note})()
            self._event_queue.put_nowait(DataChangeEvent(None, value, event))  # type: ignore[arg-type]
        return [item.RequestedParameters.ClientHandle for item in items]

    async def __aiter__(self) -> AsyncIterator[Any]:
        while True:
            if self.items and self._event_queue.empty():
                self.told.set()
            yield await self._event_queue.get()

    def notify_transport_lost(self) -> None:
        """Of the client: begin anew."""

    def _bears(self, count: int) -> None:
        self.asked.append(count)
        if count > self.most:
            raise uaerrors.BadTooManyOperations


@pytest.mark.parametrize("poll", [False, True])
@pytest.mark.parametrize("dies", [False, True])
async def test_a_session_that_is_lost_as_it_begins_leaves_no_work_behind(poll: bool, dies: bool) -> None:
    taken: list[Any] = []
    watch = Watch(SPEED, 1.0, 0.0, poll, taken.append)
    server: Any = Server()
    server.dies = dies and not poll
    if server.dies:
        with pytest.raises(ConnectionError):
            await watch.begin(server)
    else:
        await watch.begin(server)
    watch.lost("gone")
    await watch.end()
    await asyncio.sleep(0)
    gc.collect()  # a coroutine that was made and never awaited warns here, and warnings are errors
    assert taken[-1]["speed"].reason == "not connected: gone"
    assert not [task for task in asyncio.all_tasks() if "opcua" in task.get_name()]


async def test_what_was_read_at_the_begin_is_not_told_again_as_a_change() -> None:
    taken: list[Any] = []
    watch = Watch(SPEED, 60.0, 0.0, False, taken.append)
    server: Any = Server(value=900.0, changes=[(1, 900.0), (1, 901.0), (1, 900.0)])
    await watch.begin(server)
    async with asyncio.timeout(30):
        await server.told.wait()
    await watch.end()
    assert [found["speed"].value for found in taken] == [900.0, 901.0, 900.0]


async def test_a_server_with_small_limits_is_asked_in_portions_that_it_takes() -> None:
    taken: list[Any] = []
    watch = Watch({f"p{n}": f"ns=2;i={n}" for n in range(700)}, 1.0, 0.0, False, taken.append)
    server: Any = Server(most=100)
    await watch.begin(server)
    await watch.end()
    assert len(taken[0]) == len(server.items) == 700
    assert [count for count in server.asked if count > 100] == [500, 250, 125], "it learns once"
    assert {item.ItemToMonitor.NodeId.Identifier for item in server.items} == set(range(700))


@pytest.mark.parametrize(("value", "deadband"), [(1.5, 0.5), (7, 0.5), (True, None), ("press", None), ([1.0], None)])
async def test_only_numbers_have_a_deadband(value: Any, deadband: float | None) -> None:
    watch = Watch(SPEED, 0.2, 0.5, False, lambda found: None)
    server: Any = Server(value)
    await watch.begin(server)
    await watch.end()
    asked = server.items[0].RequestedParameters
    assert asked.SamplingInterval == 200
    assert getattr(asked.Filter, "DeadbandValue", None) == deadband


async def test_a_watch_that_ends_leaves_no_subscription_in_a_session_that_others_use() -> None:
    watch = Watch(SPEED, 1.0, 0.0, False, lambda found: None)
    server: Any = Server()
    await watch.begin(server)
    assert server.subscriptions == 1
    await watch.end()
    assert server.subscriptions == 0
