"""`flows/{flow}/extract` and `inline`: nodes into a subflow and back. What these do is in `workspace.subflows`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from web_editor.api.flows import if_match
from web_editor.routing import Body, Call, Reply, Route
from web_editor.workspace import schemas
from web_editor.workspace.flow_sources import FlowSource
from web_editor.workspace.subflows import make, write_out

NodeId = Annotated[str, Meta(max_length=200)]


class Extract(Body):
    """Nodes, and what the subflow that they become is called."""

    nodes: Annotated[list[NodeId], Meta(max_length=1000)]
    name: Annotated[str, Meta(max_length=64)]


class Inline(Body):
    """An instance of a subflow."""

    node: NodeId


async def extract(call: Call) -> Reply:
    """Make a subflow of nodes."""
    flow, body = call.part("flow"), call.body
    done = await make(call.editing.workspace, flow, if_match(call), body.nodes, body.name, call.user)
    await call.services.record(call.user, "create", body.name, f"of nodes of {flow}")
    return await _reply(call, done)


async def inline(call: Call) -> Reply:
    """Write an instance of a subflow out."""
    done = await write_out(call.editing.workspace, call.part("flow"), if_match(call), call.body.node, call.user)
    return await _reply(call, done)


async def _reply(call: Call, flow: FlowSource) -> Reply:
    return Reply(await call.editing.workspace.details(flow, True), headers={"ETag": flow.etag})


ROUTES = [
    Route("POST", "flows/{flow}/extract", "integrator", extract, schemas.Flow, Extract, exact=True),
    Route("POST", "flows/{flow}/inline", "integrator", inline, schemas.Flow, Inline, exact=True),
]
