"""A flood of connections is taken a few at a time, and none of it is lost."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from contextlib import ExitStack

from flowengine.accepting import AT_ONCE, WAITING, listen_on
from tests.waiting import until

FLOOD = WAITING // 4


async def test_one_turn_of_the_loop_takes_few_of_many_that_wait() -> None:
    loop, turn, made = asyncio.get_running_loop(), 0, Counter[int]()

    def next_turn() -> None:
        nonlocal turn
        turn += 1
        loop.call_soon(next_turn)

    def protocol() -> asyncio.Protocol:
        made[turn] += 1
        return asyncio.Protocol()

    server = await listen_on(protocol, "127.0.0.1", 0)
    address = server.sockets[0].getsockname()
    with ExitStack() as clients:
        # the loop does not turn here: the system keeps all of them
        for _ in range(FLOOD):
            clients.enter_context(socket.create_connection(address, timeout=30))
        next_turn()
        await until(lambda: made.total() == FLOOD)
    server.close()
    assert max(made.values()) <= AT_ONCE
