"""TLS handshakes that are not over: a deadline for each, bounds by address and in all. Knows no protocol behind them.

Who only connects costs less than we do, so the oldest goes when another comes. asyncio's own servers count none.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter
from collections.abc import Callable
from typing import cast

MOST, MOST_OF_ADDRESS = 256, 64
HANDSHAKE_S = 10.0

Factory = Callable[[], asyncio.BaseProtocol]


class Handshakes:
    """Those of one server."""

    def __init__(
        self, context: ssl.SSLContext, handshake_s: float = HANDSHAKE_S,
        shared: Callable[[str], bool] = lambda address: False,
    ):  # fmt: skip
        """`shared` says of an address whether many clients come from it, as from a proxy: it has no own bound."""
        self.context, self.handshake_s, self._shared = context, handshake_s, shared
        self._open: dict[_Knock, None] = {}
        self._of: Counter[str] = Counter()
        self.dropped = 0

    def before(self, factory: Factory) -> Factory:
        """Protocols for a server without TLS, which hand over to those of `factory` once the handshake is over."""
        return lambda: _Knock(self, cast("Callable[[], asyncio.Protocol]", factory))

    def __len__(self) -> int:
        return len(self._open)

    def entered(self, knock: _Knock) -> None:
        """A handshake begins; make room for it."""
        self._open[knock] = None
        self._of[knock.address] += 1
        if self._of[knock.address] > MOST_OF_ADDRESS and not self._shared(knock.address):
            self._drop(next(each for each in self._open if each.address == knock.address))
        elif len(self._open) > MOST:
            self._drop(next(iter(self._open)))

    def left(self, knock: _Knock) -> None:
        """It is over, well or badly."""
        if knock in self._open:
            del self._open[knock]
            self._of[knock.address] -= 1
            if not self._of[knock.address]:
                del self._of[knock.address]

    def close(self) -> None:
        """Hang up on all."""
        for knock in list(self._open):
            knock.drop()

    def _drop(self, knock: _Knock) -> None:
        self.dropped += 1
        self.left(knock)
        knock.drop()


class _Knock(asyncio.Protocol):
    """A connection that is not encrypted yet; what comes right behind the handshake waits for its protocol."""

    def __init__(self, handshakes: Handshakes, factory: Callable[[], asyncio.Protocol]):
        self._handshakes, self._factory = handshakes, factory
        self._transport: asyncio.Transport | None = None
        self._shaking: asyncio.Task[None] | None = None
        self._early: list[bytes] = []
        self._ended = False
        self.address = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self._transport is not None:  # that of TLS
            return
        self._transport = cast(asyncio.Transport, transport)
        self.address = str((transport.get_extra_info("peername") or ("",))[0])
        self._shaking = asyncio.get_running_loop().create_task(self._shake(self._transport), name="handshake")
        self._handshakes.entered(self)

    def data_received(self, data: bytes) -> None:
        self._early.append(data)

    def eof_received(self) -> bool | None:
        self._ended = True
        return None

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended = True
        self._handshakes.left(self)

    def drop(self) -> None:
        """Hang up at once."""
        if self._shaking is not None:
            self._shaking.cancel()
        if self._transport is not None:
            self._transport.abort()

    def _give_early(self, plain: asyncio.Transport) -> None:
        """uvloop reads what lies there already before a task can begin: TLS would wait for it in vain."""
        if plain.is_closing() or plain.get_protocol() is self:  # TLS has not begun, and will not
            return
        protocol, early = cast(asyncio.BufferedProtocol, plain.get_protocol()), memoryview(b"".join(self._early))
        self._early.clear()
        while early and not plain.is_closing():
            room = memoryview(protocol.get_buffer(len(early)))
            taken = min(len(room), len(early))
            room[:taken] = early[:taken]
            protocol.buffer_updated(taken)
            early = early[taken:]

    async def _shake(self, plain: asyncio.Transport) -> None:
        mine, loop = self._handshakes, asyncio.get_running_loop()
        shaking = loop.create_task(
            loop.start_tls(plain, self, mine.context, server_side=True, ssl_handshake_timeout=mine.handshake_s)
        )
        shaking.add_done_callback(lambda task: task.cancelled() or task.exception())  # taken, whoever still waits
        try:
            await asyncio.sleep(0)  # it has begun, and has not read yet
            loop.call_soon(self._give_early, plain)
            transport = await shaking
        except OSError:  # ssl's and ConnectionError are some
            plain.abort()
            return
        finally:
            mine.left(self)
            shaking.cancel()
        if transport is None or self._ended:
            plain.abort()
            return
        behind = self._factory()
        transport.set_protocol(behind)
        behind.connection_made(transport)
        for data in self._early:
            behind.data_received(data)
