"""What watches a server's points ends without a trace, whenever it is told to."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

from nodes.clients.opcua.watch import Watch


class Subscription:
    """Of a server that says nothing."""

    async def subscribe_data_change(self, nodes: list[Any], **_options: Any) -> list[Any]:
        return nodes


class Client:
    """Of that server."""

    async def create_subscription(self, *_arguments: Any, **_options: Any) -> Subscription:
        return Subscription()

    def get_node(self, address: str) -> Any:
        return type("Node", (), {"nodeid": address})()


@pytest.mark.parametrize("poll", [False, True])
async def test_a_session_that_is_lost_as_it_begins_leaves_no_work_behind(poll: bool) -> None:
    taken: list[Any] = []
    watch = Watch({"speed": "ns=2;s=speed"}, 1.0, 0.0, poll, taken.append)
    client: Any = Client()
    await watch.begin(client)
    watch.lost("gone")
    await watch.end()
    await asyncio.sleep(0)
    gc.collect()  # a coroutine that was made and never awaited warns here, and warnings are errors
    assert [found["speed"].reason for found in taken] == ["not connected: gone"]
