"""Looks at a far side once, for the form of a node that is being written: what is there, and what points say now."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final

from flowengine.asking import AskingSource
from flowengine.browsing import Found
from flowengine.catalog import Catalog
from flowengine.ending import end
from flowengine.errors import Unavailable
from flowengine.flow.model import ConnectionSpec, NodeSpec
from flowengine.message import Message, Messages
from flowengine.node import Connection, Source
from flowengine.runtime.build import build_station
from flowengine.runtime.connections import ConnectionPool
from flowengine.runtime.context import Services
from flowengine.runtime.trial import PATIENCE_S, opened, settled

READ_S: Final = 15.0
"""A device that is silent has its own `timeout`, and is asked in several pieces."""


async def browse(
    catalog: Catalog, pool: ConnectionPool, spec: ConnectionSpec, flow: str, place: str, start: int
) -> Sequence[Found]:
    """What lies below a place of the far side, as `Connection.browse` has it."""
    async with _reached(catalog, pool, spec, flow) as connection:
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await connection.browse(place, start)
        except TimeoutError:
            raise Unavailable(f"no answer within {PATIENCE_S:g} s") from None


async def read_once(
    catalog: Catalog, pool: ConnectionPool, services: Services, node: NodeSpec, spec: ConnectionSpec, flow: str
) -> Message:
    """What a source that polls would bring now, deployed or not. Raises Unavailable with the reason."""
    async with _reached(catalog, pool, spec, flow) as connection:
        kind = catalog.node(node.type)
        assert issubclass(kind, AskingSource)
        config = node.config or kind.config_type().model_validate(dict(node.options))
        aside = replace(node, config=kind.looked_at(config), wires={}, disabled=False)
        station = build_station(aside, flow, catalog, services, {spec.name: connection})
        assert isinstance(station.node, Source)
        station.node.start()
        return await _first(station.node)


async def _first(source: Source) -> Message:
    loop = asyncio.get_running_loop()
    first: asyncio.Future[Message] = loop.create_future()

    async def emit(
        messages: Message | Messages, ack: Callable[[], None] | None = None, *_more: Any, **_others: Any
    ) -> None:
        for message in (messages,) if isinstance(messages, Message) else messages:
            if not first.done():
                first.set_result(message)

    running = asyncio.create_task(source.run(emit), name="looking once")
    either: set[asyncio.Future[Any]] = {running, first}
    try:
        done, _ = await asyncio.wait(either, timeout=READ_S, return_when=asyncio.FIRST_COMPLETED)
        if first in done:
            return first.result()
        if running in done:
            running.result()
        raise Unavailable(f"nothing came within {READ_S:g} s")
    finally:
        await end(running)


@asynccontextmanager
async def _reached(
    catalog: Catalog, pool: ConnectionPool, spec: ConnectionSpec, flow: str
) -> AsyncIterator[Connection]:
    async with opened(catalog, pool, spec, flow) as tried:
        try:
            async with asyncio.timeout(PATIENCE_S):
                reason = await settled(tried, asyncio.get_running_loop().time())
        except TimeoutError:
            reason = f"no answer within {PATIENCE_S:g} s"
        if reason:
            raise Unavailable(reason)
        yield tried.connection
