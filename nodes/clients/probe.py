"""Asks a far side that a flow needs whether it is there, so that its loss is told before a message meets it.

Never here: what is asked; what whoever uses the far side learns on the way.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol

from flowengine import Connection
from flowengine.ending import end
from nodes.clients.http.addresses import Allowed
from nodes.clients.unreachable import unreachable
from nodes.clients.voice import Voice

EVERY_S: Final = 2.0
PATIENCE_S: Final = 2.5
"""With `EVERY_S` less than the five seconds within which a loss is to be told."""

ANSWER_S: Final = PATIENCE_S - 0.5
"""For a question of several steps: each of them is over, with its own reason, before patience is."""

SLACK_S: Final = 0.1
LATE: Final = f"no answer within {PATIENCE_S:g} s"


class Probe:
    """One task that asks again and again; `fault` says what came of it. What `ask` raises is the reason, in words."""

    def __init__(self, ask: Callable[[], Awaitable[None]], now_s: Callable[[], float], log: logging.LoggerAdapter[Any]):
        self._ask, self._voice = ask, Voice(log, now_s)
        self.fault = ""
        self.answered = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; does not wait for an answer."""
        self._task = asyncio.create_task(self._run(), name="probe")

    async def close(self) -> None:
        """Ask no more."""
        if self._task is not None:
            await end(self._task, again_s=1.0)

    def up(self, used: bool | None) -> bool | None:
        """Whether the far side answers, by this and by what came of its last use (None: not used yet)."""
        if self.fault:
            return False
        return used if used is not None else (True if self.answered else None)

    @property
    def dead(self) -> bool:
        """Whether nobody asks any more, though nobody closed it."""
        return self._task is not None and self._task.done()

    async def _run(self) -> None:
        while True:
            asking = asyncio.create_task(self._ask_once(), name="probe asks")
            try:
                # Some clients take ten seconds to give an unanswered question up: the loss is told before.
                if not (await asyncio.wait([asking], timeout=PATIENCE_S + SLACK_S))[0]:
                    self._heard(LATE)
                self._heard(await asking)
            finally:
                asking.cancel()
            await asyncio.sleep(EVERY_S)

    async def _ask_once(self) -> str:
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._ask()
        except TimeoutError as late:
            return str(late) or LATE
        except Exception as fault:
            return str(fault) or type(fault).__name__
        return ""

    def _heard(self, fault: str) -> None:
        if self.fault and not fault:
            self._voice.there("connected")
        self.fault, self.answered = fault and f"not connected: {fault}", True
        if fault:
            self._voice.away(fault)


class Client(Protocol):
    """Of the far side of a connection."""

    @property
    def up(self) -> bool | None:
        """Whether the far side answered the last use; None before the first."""

    async def close(self) -> None:
        """Let go."""


class ProbedConnection(Connection):
    """A connection whose far side is asked now and then, whether or not a node uses it."""

    _used: Client
    _probe: Probe

    def watch(self, client: Client, ask: Callable[[], Awaitable[None]], asked: bool = True) -> None:
        """To be called by `open`: `ask` now and then, or never where there is nobody to ask. The client is closed."""
        self._used, self._probe = client, Probe(ask, self.clock.now_s, self.log)
        if asked:
            self._probe.start()

    async def close(self) -> None:
        await self._probe.close()
        await self._used.close()

    @property
    def up(self) -> bool | None:
        return self._probe.up(self._used.up)

    @property
    def fault(self) -> str:
        return self._probe.fault

    @property
    def dead(self) -> bool:
        return self._probe.dead


async def knock(host: str, port: int, allowed: Allowed | None = None) -> None:
    """Return once something takes a connection there, which is closed at once. Raises OSError in words."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(ANSWER_S):
            found = await loop.getaddrinfo(host, port, type=1)
            if allowed is not None:
                for _, _, _, _, address in found:
                    allowed.check(str(address[0]))
            transport, _ = await loop.create_connection(asyncio.Protocol, host, port)
    except TimeoutError as late:
        raise OSError(unreachable(late, host, port)) from late
    except OSError as fault:
        raise OSError(unreachable(fault, host, port)) from fault
    transport.abort()
