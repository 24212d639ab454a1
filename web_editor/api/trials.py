"""Trying a connection of a flow's text, as it stands there, from the engine."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

import msgspec

from flowengine.flow.model import Flow
from flowengine.runtime.trial import try_connection
from web_editor.problems import Fault
from web_editor.routing import Body, Call, Route


class Tried(msgspec.Struct):
    """What answered: `facts` by name (`server`, `tls`, `rights`), or the reason why nothing did."""

    answered: bool
    reason: str
    latency_ms: float | None
    facts: dict[str, str]
    running: bool


class TryConnection(Body):
    """Nothing: the settings are those of the text."""


async def try_it(call: Call) -> Tried:
    """Try a connection of the flow's text."""
    spec, flow = await faultless(call, "connections", call.part("connection"))
    engine = call.services.engine
    done = await try_connection(engine.catalog, engine.pool, spec, flow.name)
    await call.services.record(call.user, "try connection", f"{flow.name}/{spec.name}")
    return Tried(
        done.answered, engine.secrets.text(done.reason), done.latency_ms, dict(done.facts), done.running
    )  # fmt: skip


async def faultless(call: Call, room: Literal["nodes", "connections"], name: str) -> tuple[Any, Flow]:
    """The node or connection of the flow's text, as it stands there, and its flow. Raises where it is none or wrong."""
    workspace = call.editing.workspace
    flow = await workspace.find(call.part("flow"))
    found = await asyncio.to_thread(workspace.texts.check, flow, flow.text)
    spec: Any = getattr(found.loaded.flow, room).get(name)
    if spec is None:
        raise Fault("not-found", f"there is no such {room[:-1]}")
    wrong = [each for each in found.diagnostics if each.severity == "error" and each.path[:2] == [room, name]]
    if wrong:
        raise Fault("invalid-flow", "; ".join(each.message for each in wrong), diagnostics=wrong)
    return spec, found.loaded.flow


ROUTES = [
    Route("POST", "flows/{flow}/connections/{connection}/try", "integrator", try_it, Tried, TryConnection),
]
