"""Tries a connection once, beside whatever runs: does the far side answer, how fast, and what does it say of itself?"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from flowengine.catalog import Catalog
from flowengine.flow.model import ConnectionSpec
from flowengine.node import Connection
from flowengine.runtime.connections import ConnectionPool

PATIENCE_S = 8.0
LOOK_S = 0.02
SETTLED_S = 0.5
"""After this a client that connects on first use is asked, and what it says of its failure is believed."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it. `reason` says why nothing answered, in words; `facts` are what the far side says of itself."""

    answered: bool
    reason: str = ""
    latency_ms: float | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    running: bool = False
    """Whether it was the client that runs, which some far sides allow only one of."""


async def try_connection(catalog: Catalog, pool: ConnectionPool, spec: ConnectionSpec, flow: str) -> Trial:
    """The outcome of one try of settings that are valid; nothing that runs is disturbed."""
    try:
        async with opened(catalog, pool, spec, flow) as tried:
            return await _asked(tried)
    except Exception as fault:
        return Trial(False, _words_of(fault))


@dataclass(frozen=True, slots=True)
class Tried:
    """A connection to be asked, and what it would have written into the log."""

    connection: Connection
    ear: _Ear
    running: bool


@asynccontextmanager
async def opened(catalog: Catalog, pool: ConnectionPool, spec: ConnectionSpec, flow: str) -> AsyncIterator[Tried]:
    """The client that runs with these settings, which are valid, else one for now. Raises what its `open` raises."""
    running = pool.find(spec, flow)
    if running is not None:
        yield Tried(running, _Ear(), True)
        return
    async with pool.aside:
        kind = catalog.connection(spec.type)
        given = spec.config or kind.config_type().model_validate(dict(spec.options))
        ear = _Ear()
        connection = kind(kind.trial_of(given), spec.name, ear.log, pool.clock, pool.data_dir)
        connection.others = pool.all
        await connection.open()
        try:
            yield Tried(connection, ear, False)
        finally:
            await _closed(connection)


async def _asked(tried: Tried) -> Trial:
    connection, running = tried.connection, tried.running
    loop = asyncio.get_running_loop()
    begun_s = loop.time()
    try:
        async with asyncio.timeout(PATIENCE_S):
            reason = await settled(tried, begun_s)
            if reason:
                return Trial(False, reason, running=running)
            # What the wait for nothing took is no latency.
            asked_s = loop.time() if running or connection.up is None else begun_s
            facts = await connection.introduce()
    except TimeoutError:
        told = _reason(connection.fault or tried.ear.heard) or f"no answer within {PATIENCE_S:g} s"
        return Trial(False, told, running=running)
    except Exception as fault:
        return Trial(False, _words_of(fault), running=running)
    return Trial(True, "", round((loop.time() - asked_s) * 1000, 1), facts, running)


async def settled(tried: Tried, begun_s: float) -> str:
    """Why it does not answer; empty once it does, or where nobody asks before the first use."""
    loop = asyncio.get_running_loop()
    connection = tried.connection
    while not connection.up:
        waited_s = loop.time() - begun_s
        told = _reason(tried.ear.heard or (connection.fault if waited_s > SETTLED_S else ""))
        if told:
            return told
        if connection.up is None and waited_s > SETTLED_S:
            return ""
        await asyncio.sleep(LOOK_S)
    return ""


async def _closed(connection: Connection) -> None:
    try:
        async with asyncio.timeout(PATIENCE_S):
            await connection.close()
    except Exception as error:
        logging.getLogger("flowengine.runtime").warning("a connection that was tried did not close: %s", error)


def _reason(told: str) -> str:
    """Without the words that say only that there is none yet."""
    return told.removeprefix("not connected").removeprefix(" yet").removeprefix(":").strip()


def _words_of(fault: Exception) -> str:
    return str(fault) or type(fault).__name__


class _Ear(logging.Handler):
    """Hears what a client would write into the log; `heard` is its last warning."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard = ""
        logger = logging.Logger("flowengine.trial", logging.WARNING)  # noqa: LOG001 -- on its own: nothing of it is in the log
        logger.addHandler(self)
        self.log: logging.LoggerAdapter[Any] = logging.LoggerAdapter(logger, {})

    def emit(self, record: logging.LogRecord) -> None:
        """A line."""
        self.heard = record.getMessage()
