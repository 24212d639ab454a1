"""`spools`: what waits on disk before nodes, also before nodes that are gone: list, look into, drop."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from flowengine.counts import count_of
from flowengine.flow.places import internal, public
from flowengine.message import Message
from flowengine.runtime.spool_state import SpoolState, state_of
from flowengine.runtime.spools import Spools
from flowengine.store.spool import SpoolError
from web_editor.payloads import TapMessage, tap_message
from web_editor.problems import Fault
from web_editor.routing import Call, Count, Query, Route


class SpoolList(msgspec.Struct):
    """All of them."""

    items: list[SpoolState]


class Peek(Query):
    """How many of the oldest."""

    limit: Annotated[int, Meta(ge=1, le=1000)] = 10


class Peeked(msgspec.Struct):
    """The oldest messages."""

    items: list[TapMessage]


async def list_spools(call: Call) -> SpoolList:
    """Every spool with how much waits in it."""
    return SpoolList([state_of(found) for found in await _spools(call).all()])


async def peek(call: Call) -> Peeked:
    """The oldest messages of a spool; they stay there."""
    flow, node = call.part("flow"), internal(call.part("node"))
    try:
        found = await _spools(call).peek(flow, node, call.query.limit)
    except KeyError as fault:
        raise Fault("not-found", str(fault.args[0])) from None
    except SpoolError as fault:
        raise Fault("refused", str(fault)) from None
    return Peeked([_tapped(message, flow, node) for _, message in found])


async def purge(call: Call) -> Count:
    """Drop all that waits in a spool and is not on its way."""
    flow, node = call.part("flow"), internal(call.part("node"))
    try:
        count = await _spools(call).purge(flow, node)
    except KeyError as fault:
        raise Fault("not-found", str(fault.args[0])) from None
    except SpoolError as fault:
        raise Fault("refused", str(fault)) from None
    await call.services.record(call.user, "purge spool", f"{flow}/{public(node)}", count_of(count, "message"))
    return Count(count)


def _spools(call: Call) -> Spools:
    return call.services.engine.spools


def _tapped(message: Message, flow: str, node: str) -> TapMessage:
    return tap_message(message, flow, node, "in")


ROUTES = [
    Route("GET", "spools", "viewer", list_spools, SpoolList),
    Route("GET", "spools/{flow}/{node}", "operator", peek, Peeked, query=Peek),
    Route("POST", "spools/{flow}/{node}/purge", "integrator", purge, Count),
]
