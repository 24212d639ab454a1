"""Looking at a far side from the form of a node: what can be picked there, and what its points say now."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from flowengine.asking import AskingSource
from flowengine.browsing import MOST_FOUND, Found
from flowengine.counts import count_of
from flowengine.errors import Unavailable
from flowengine.message import Message
from flowengine.runtime import looking
from web_editor.api.trials import faultless
from web_editor.jsons import to_json
from web_editor.problems import Fault
from web_editor.routing import Body, Call, Route

MOST_VALUE_BYTES = 2000


class Browse(Body):
    """Where: an address of the far side, "" for its root."""

    place: Annotated[str, Meta(max_length=1000)] = ""
    start: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    """The first to tell, counted from 0."""


class FoundHere(msgspec.Struct):
    """One thing there; `address` is what a point has, and where to look further. `value` is that of now, as JSON."""

    address: str
    name: str
    is_point: bool
    kind: str
    value: Any
    reason: str
    is_writable: bool


class Browsed(msgspec.Struct):
    """What lies there, by name; `cut` where there is more than is told."""

    found: list[FoundHere]
    cut: bool


class ReadPoints(Body):
    """Nothing: the points are those of the text."""


class PointNow(msgspec.Struct):
    """A point at this moment: its value, as JSON, or why it has none. `name` is empty where the answer is no map."""

    name: str
    value: Any
    reason: str
    unit: str


class PointsNow(msgspec.Struct):
    """What the device answered."""

    points: list[PointNow]


async def browse(call: Call) -> Browsed:
    """What a connection of the flow's text finds below a place."""
    spec, _ = await faultless(call, "connections", call.part("connection"))
    engine, flow = call.services.engine, call.part("flow")
    if not engine.catalog.connection(spec.type).can_browse:
        raise Fault("refused", f"nothing can be picked from a connection of type {spec.type}")
    try:
        found = await looking.browse(engine.catalog, engine.pool, spec, flow, call.body.place, call.body.start)
    except (Unavailable, ValueError) as fault:
        raise Fault("refused", engine.secrets.text(str(fault))) from None
    return Browsed([_here(each) for each in found], len(found) >= MOST_FOUND)


async def read(call: Call) -> PointsNow:
    """What a source of the flow's text would read now."""
    node, flow = await faultless(call, "nodes", call.part("node"))
    engine = call.services.engine
    kind = engine.catalog.node(node.type) if node.type in engine.catalog.node_types() else None
    spec = flow.connections.get(node.options.get("connection", ""))
    if kind is None or not issubclass(kind, AskingSource) or spec is None:
        raise Fault("refused", f"a node of type {node.type} is not asked, it only hears")
    await faultless(call, "connections", spec.name)
    try:
        told = await looking.read_once(engine.catalog, engine.pool, engine.services, node, spec, flow.name)
    except Unavailable as fault:
        raise Fault("refused", engine.secrets.text(str(fault))) from None
    await call.services.record(call.user, "read points", f"{flow.name}/{node.id}")
    return PointsNow(_points(told))


def _points(told: Message) -> list[PointNow]:
    units, bad = told.meta.get("units", {}), told.meta.get("bad", {})
    values = told.payload if isinstance(told.payload, dict) else {"": told.payload}
    good = [PointNow(name, _json(value), "", units.get(name, "")) for name, value in values.items()]
    return [*good, *(PointNow(name, None, str(reason), units.get(name, "")) for name, reason in bad.items())]


def _here(found: Found) -> FoundHere:
    return FoundHere(
        found.address, found.name, found.is_point, found.kind, _json(found.value), found.reason, found.is_writable
    )


def _json(value: Any) -> Any:
    raw = to_json(value)
    return msgspec.Raw(raw) if len(raw) <= MOST_VALUE_BYTES else f"… {count_of(len(raw), 'byte')}"


ROUTES = [
    Route("POST", "flows/{flow}/connections/{connection}/browse", "integrator", browse, Browsed, Browse),
    Route("POST", "flows/{flow}/nodes/{node}/read", "integrator", read, PointsNow, ReadPoints),
]
