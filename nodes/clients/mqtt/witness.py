"""A bare connection beside ours: a broker that ends takes it along, a rival with our client id does not.

Never here: MQTT; what follows from it.
"""

import asyncio
from typing import cast

FALLING_S = 0.5
"""A broker that ends closes its connections in any order, and within this time."""


class Witness(asyncio.Protocol):
    """Stands by and sends nothing; brokers give a connection many seconds for its first packet."""

    def __init__(self) -> None:
        self._gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio: the connection stands."""
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, fault: Exception | None) -> None:
        """asyncio: the connection is gone."""
        if not self._gone.done():
            self._gone.set_result(None)

    async def fell(self) -> bool:
        """Whether it has gone, too, or goes in a moment."""
        await asyncio.wait((self._gone,), timeout=FALLING_S)
        return self._gone.done()

    def leave(self) -> None:
        """Close it."""
        if self._transport is not None:
            self._transport.abort()


async def call_witness(address: tuple[str, int]) -> Witness:
    """A witness at the broker's address. Raises OSError."""
    _, witness = await asyncio.get_running_loop().create_connection(Witness, *address)
    return witness
