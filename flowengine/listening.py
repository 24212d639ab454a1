"""Connections of the one HTTP server: a deadline for heads, bounds by address and in all. Knows no path.

What has not yet sent a whole request is the cheapest to make and the first to go.
"""

from __future__ import annotations

import asyncio
import resource
import ssl
from collections import Counter
from collections.abc import Callable, Iterable

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from flowengine.accepting import listen_on
from flowengine.ending import end
from flowengine.handshakes import Handshakes

HEAD_S = 10.0
"""Longest time until the head of a request is whole."""

FAIR_S = 3.0
"""How long a client may say nothing before it counts as half-sent: a burst is accepted before any of it is read."""

MOST_HALF, MOST_HALF_OF_ADDRESS = 256, 64
"""Half-sent requests, in all and from one address; the oldest goes when another comes."""

SHARE_OF_ADDRESS = 2
"""One address has at most half of all connections, those with whole requests and idle ones included."""

RESERVE = 256
"""Descriptors that stay for files, brokers and databases."""

MOST, ENOUGH = 10_000, 65_536
SWEEP_S = 1.0


def most_connections() -> int:
    """How many connections there may be at a time, by the descriptors that this process may have."""
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return MOST if soft == resource.RLIM_INFINITY else max(soft // 4, min(MOST, soft - RESERVE))


def raise_descriptors() -> None:
    """Take as many descriptors as this process may have: systems start programs with fewer, for old programs' sake."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if hard == resource.RLIM_INFINITY else min(hard, ENOUGH)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class Listening:
    """Accepts connections for an aiohttp server until it is closed."""

    def __init__(
        self, server: web.Server, most: int | None = None, head_s: float = HEAD_S,
        shared: Callable[[str], bool] = lambda address: False,
    ):  # fmt: skip
        """`shared` says of an address whether many clients come from it, as from a proxy: it has no own bound."""
        self._server, self._shared = server, shared
        self._most = most_connections() if most is None else most
        self._head_s = head_s
        self._open: dict[Connection, None] = {}
        self._awaited: dict[Connection, float] = {}
        """Since when each has had no whole request; the oldest first."""
        self._half: dict[Connection, None] = {}
        """Those of them that sent a part, or nothing for `FAIR_S`."""
        self._of: Counter[str] = Counter()
        """How many of these each address has."""
        self._all_of: Counter[str] = Counter()
        """How many connections each address has, whole and half."""
        self._bound: asyncio.Server | None = None
        self._handshakes: Handshakes | None = None
        self._sweeping: asyncio.Task[None] | None = None
        self.dropped = 0

    async def start(self, host: str, port: int, tls: ssl.SSLContext | None) -> int:
        """Listen; the port. Raises `OSError`."""
        loop = asyncio.get_running_loop()
        self._handshakes = Handshakes(tls, self._head_s, self._shared) if tls is not None else None
        factory = self._handshakes.before(self._connection) if self._handshakes is not None else self._connection
        self._bound = await listen_on(factory, host, port)
        self._sweeping = loop.create_task(self._sweep(), name="half requests")
        return int(self._bound.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Accept no more."""
        if self._bound is not None:
            self._bound.close()
        if self._handshakes is not None:
            self._handshakes.close()
        if self._sweeping is not None:
            await end(self._sweeping)

    def _connection(self) -> Connection:
        return Connection(self, self._server)

    def entered(self, connection: Connection) -> None:
        """A connection was made; make room for it."""
        self._open[connection] = None
        self._awaited[connection] = asyncio.get_running_loop().time()
        address = connection.address
        self._all_of[address] += 1
        if self._all_of[address] > self._most // SHARE_OF_ADDRESS and not self._shared(address):
            self._drop(self._least_missed(each for each in self._open if each.address == address))
        elif len(self._open) > self._most:
            self._drop(self._least_missed(self._open))

    def _least_missed(self, among: Iterable[Connection]) -> Connection:
        """The oldest that waits for a request, half or none; else the newest: nobody who is served is dropped."""
        newest: Connection | None = None
        for each in among:
            newest = each
            if each in self._awaited or each.is_idle:
                break
        assert newest is not None
        return newest

    def read(self, connection: Connection, is_whole: bool) -> None:
        """It sent something: a whole request, or only a part."""
        if is_whole:
            self._no_longer_awaited(connection)
        else:
            self._awaited.setdefault(connection, asyncio.get_running_loop().time())
            self._count(connection)

    def _count(self, connection: Connection) -> None:
        """Count it as half-sent; the oldest goes when these are too many."""
        if connection in self._half:
            return
        self._half[connection] = None
        self._of[connection.address] += 1
        if self._of[connection.address] > MOST_HALF_OF_ADDRESS and not self._shared(connection.address):
            self._drop(next(each for each in self._half if each.address == connection.address))
        elif len(self._half) > MOST_HALF:
            self._drop(next(iter(self._half)))

    def _no_longer_awaited(self, connection: Connection) -> None:
        self._awaited.pop(connection, None)
        if connection in self._half:
            del self._half[connection]
            self._of[connection.address] -= 1
            if not self._of[connection.address]:
                del self._of[connection.address]

    def left(self, connection: Connection) -> None:
        """It is gone."""
        self._no_longer_awaited(connection)
        if connection in self._open:
            del self._open[connection]
            self._all_of[connection.address] -= 1
            if not self._all_of[connection.address]:
                del self._all_of[connection.address]

    def _drop(self, connection: Connection) -> None:
        self.dropped += 1
        self.left(connection)
        connection.drop()

    async def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(min(SWEEP_S, self._head_s))
            now_s = loop.time()
            for connection, since_s in list(self._awaited.items()):
                if since_s < now_s - self._head_s:
                    self._drop(connection)
                elif since_s < now_s - FAIR_S:
                    self._count(connection)


class Connection(RequestHandler):
    """One client of the server."""

    __slots__ = ("_has_request", "_listening", "address")

    def __init__(self, listening: Listening, server: web.Server):
        super().__init__(server, loop=asyncio.get_running_loop(), **server._kwargs)
        self._listening = listening
        self._has_request = False
        self.address = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.address = str((transport.get_extra_info("peername") or ("",))[0])
        self._listening.entered(self)

    @property
    def is_idle(self) -> bool:
        """Whether it has no request: the last was answered, the next not begun.

        Between the head and the handler aiohttp has neither message nor request, so it is told by what it waits for.
        """
        if self._waiter is not None and not self._messages:
            self._has_request = False
        return not self._has_request and not self._upgraded

    def data_received(self, data: bytes) -> None:
        idle = self.is_idle
        super().data_received(data)
        if idle:
            self._has_request = bool(self._messages) or self._upgraded
            self._listening.read(self, self._has_request)

    def connection_lost(self, exc: BaseException | None) -> None:
        self._listening.left(self)
        super().connection_lost(exc)

    def drop(self) -> None:
        """Hang up at once."""
        if self.transport is not None:
            self.transport.abort()
