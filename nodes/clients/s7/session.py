"""An ISO-on-TCP session with a controller that stays, a request at a time (RFC 1006). Never here: turns, values."""

from __future__ import annotations

import asyncio
import logging
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from snap7.async_client import AsyncISOTCPConnection
from snap7.datatypes import S7Area, S7WordLen
from snap7.error import S7ConnectionError, S7Error, S7ProtocolError, S7TimeoutError
from snap7.s7protocol import S7Protocol, get_return_code_description

from flowengine.clock import Clock
from flowengine.diagnosis import Tape
from flowengine.ending import end
from nodes.clients.unreachable import unreachable
from nodes.clients.voice import Voice
from nodes.codecs.s7.addresses import Area

FIRST_WAIT_S, LONGEST_WAIT_S = 0.2, 2.0
OWN_TSAP, PG = 0x0100, 1
MOST_STALE = 10
"""Answers to earlier requests that are passed over before the session counts as broken."""

_AREAS = {"DB": S7Area.DB, "M": S7Area.MK, "I": S7Area.PE, "Q": S7Area.PA}
_SEQUENCE = slice(4, 6)
_DONE = 0xFF
_GONE = (S7ConnectionError, S7TimeoutError, OSError, TimeoutError)
logging.getLogger("snap7").setLevel(logging.CRITICAL)  # what it says of a loss is said by us, once


class PlcAway(Exception):
    """There is no session at this moment; the reason in words."""


class PlcLost(PlcAway):
    """No answer came, or none that can be understood: nobody knows whether the request arrived."""


class PlcRefusal(Exception):
    """The controller says no."""


_NONSENSE = (S7Error, struct.error, ValueError, IndexError, KeyError)
"""What the library raises on answers that are none."""

HUNG_UP = "the controller closed the connection"


@dataclass(frozen=True)
class Access:
    """Where a controller is reached."""

    host: str
    port: int
    rack: int
    slot: int
    timeout_s: float


class Session:
    """Keeps a session open. After a request without an answer it is made anew: a late answer belongs to nobody then."""

    def __init__(self, access: Access, voice: Voice, clock: Clock):
        self._access, self._voice, self._clock = access, voice, clock
        self._protocol = S7Protocol()
        self.opened = self.timeouts = self.late = 0
        self.reason = "not connected yet"
        self.round_trip_s = 0.0
        self.tape = Tape(clock.time_ns)
        self._iso: AsyncISOTCPConnection | None = None
        self._broken = asyncio.Event()
        self._tried = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def up(self) -> bool:
        """Whether there is one."""
        return self._iso is not None

    def start(self) -> None:
        """Begin; does not wait for the controller."""
        self._task = asyncio.create_task(self._stay(), name=f"s7 {self._access.host}")

    async def close(self) -> None:
        """For good."""
        if self._task is not None:
            await end(self._task)

    async def first_try(self) -> None:
        """Return when the first try has ended, well or not."""
        await self._tried.wait()

    async def read(self, area: Area, start: int, count: int) -> bytes:
        """So many bytes. Raises `PlcAway`, `PlcLost`, `PlcRefusal`."""
        request = self._protocol.build_read_request(_AREAS[area.name], area.number, start, S7WordLen.BYTE, count)
        found = self._protocol.extract_read_data
        return bytes(await self._ask(request, lambda answer: found(answer, S7WordLen.BYTE, count)))

    async def write(self, area: Area, start: int, data: bytes) -> None:
        """Write bytes, once. Raises as `read`."""
        request = self._protocol.build_write_request(_AREAS[area.name], area.number, start, S7WordLen.BYTE, data)
        await self._ask(request, self._protocol.check_write_response)

    async def write_bit(self, area: Area, byte: int, bit: int, on: bool) -> None:
        """Write one bit and none of its neighbours, once. Raises as `read`."""
        place = byte * 8 + bit
        request = self._protocol.build_write_request(_AREAS[area.name], area.number, place, S7WordLen.BIT, bytes([on]))
        await self._ask(request, self._protocol.check_write_response)

    async def _ask(self, request: bytes, read: Callable[[dict[str, Any]], Any]) -> Any:
        iso = self._iso
        if iso is None:
            raise PlcAway(self.reason)
        begun_s = self._clock.now_s()
        try:
            async with asyncio.timeout(self._access.timeout_s):
                answer = await self._exchange(iso, request)
        except _GONE as fault:
            self.timeouts += isinstance(fault, TimeoutError | S7TimeoutError)
            self._iso = None
            self._broken.set()
            self.reason = _words(fault)
            raise PlcLost(self.reason) from fault
        self.round_trip_s = self._clock.now_s() - begun_s
        try:
            parsed = self._protocol.parse_response(answer)
            code = (parsed.get("data") or {}).get("return_code", _DONE)
            if code == _DONE:
                return read(parsed)
        except _NONSENSE as fault:
            if isinstance(fault, S7ProtocolError) and fault.error_code is not None:
                raise PlcRefusal(str(fault)) from fault
            raise PlcLost(f"bad answer: {fault}") from fault
        raise PlcRefusal(f"{get_return_code_description(code)} (0x{code:02x})")

    async def _exchange(self, iso: AsyncISOTCPConnection, request: bytes) -> bytes:
        await iso.send_data(request)
        self.tape.sent(request)
        for _ in range(MOST_STALE):
            answer = bytes(await iso.receive_data())
            self.tape.heard(answer)
            if answer[_SEQUENCE] == request[_SEQUENCE]:
                return answer
            self.late += 1
        raise S7ConnectionError("answers to other requests, again and again")

    async def _stay(self) -> None:
        wait_s = FIRST_WAIT_S
        while True:
            iso = self._new()
            self._broken.clear()
            try:
                async with asyncio.timeout(self._access.timeout_s):
                    await iso.connect(self._access.timeout_s)
                    await self._set_up(iso)
                wait_s = FIRST_WAIT_S
                await self._broken.wait()
            except (OSError, TimeoutError, *_NONSENSE) as fault:
                self.reason = self._unreachable(fault)
            finally:
                self._iso = None
                _hang_up(iso)
                self._tried.set()
            self._voice.away(self.reason)
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)

    def _new(self) -> AsyncISOTCPConnection:
        access = self._access
        rack_and_slot = PG << 8 | access.rack << 5 | access.slot
        return AsyncISOTCPConnection(access.host, access.port, OWN_TSAP, rack_and_slot)

    async def _set_up(self, iso: AsyncISOTCPConnection) -> None:
        answer = await self._exchange(iso, self._protocol.build_setup_communication_request())
        self._protocol.parse_response(answer)
        self._iso, self.reason = iso, ""
        self.opened += 1
        self._tried.set()
        self._voice.there(f"connected to {self._access.host}:{self._access.port}")

    def _unreachable(self, fault: BaseException) -> str:
        cause = fault.__context__ if isinstance(fault.__context__, OSError) else fault
        if isinstance(cause, OSError) and not isinstance(cause, TimeoutError):
            return unreachable(cause, self._access.host, self._access.port)
        told = _words(fault)
        known = isinstance(fault, TimeoutError | S7TimeoutError) or told == HUNG_UP
        return told if known else "what answers there is no S7 controller, or has none at this rack and slot"


def _words(fault: BaseException) -> str:
    if isinstance(fault, TimeoutError | S7TimeoutError):
        return "no answer in time"
    if isinstance(fault, S7ConnectionError) and "closed by peer" in str(fault):
        return HUNG_UP
    return str(fault) or type(fault).__name__


def _hang_up(iso: AsyncISOTCPConnection) -> None:
    if (writer := iso._writer) is not None:  # its own way waits for the far side
        writer.transport.abort()
