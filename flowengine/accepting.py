"""Servers that take new connections a few at a time. Knows no protocol.

asyncio takes as many in one turn of its loop as may wait for it: a flood that fills the queue holds everything else up
while hundreds of protocols are made.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable

AT_ONCE = 16
"""Connections that are taken in one turn of the loop."""

WAITING = 512
"""Connections that the system keeps until we take them."""


async def listen_on(factory: Callable[[], asyncio.BaseProtocol], host: str, port: int) -> asyncio.Server:
    """The server that listens at an address; port 0 is a free one. Raises `OSError`."""
    server = await asyncio.get_running_loop().create_server(factory, host, port, backlog=AT_ONCE)
    for listening in server.sockets:
        with socket.socket(fileno=os.dup(listening.fileno())) as same:
            same.listen(WAITING)
    return server
