"""`cookbook`: flows to start from, with their pictures."""

from __future__ import annotations

import asyncio

from web_editor.routing import Body, Call, Listed, Query, Reply, Route, listed
from web_editor.workspace import schemas
from web_editor.workspace.starters import start_from


class StartBody(Body):
    """What the new flow is called, and whether what it reads and writes is simulated."""

    flow: str
    simulated: bool = False


async def list_recipes(call: Call) -> Listed:
    """What there is to start from."""
    starters = call.editing.starters
    return listed(await asyncio.to_thread(lambda: starters.all), call.query)


async def start(call: Call) -> Reply:
    """Make a draft from a recipe."""
    workspace, body = call.editing.workspace, call.body
    made = await start_from(workspace, call.part("recipe"), body.flow, body.simulated, call.user)
    await call.services.record(call.user, "create", made.id, f"from {call.part('recipe')}")
    return Reply(await workspace.details(made, True), 201, {"ETag": made.etag})


ROUTES = [
    Route("GET", "cookbook", "integrator", list_recipes, list[schemas.Recipe], query=Query),
    Route("POST", "cookbook/{recipe}", "integrator", start, schemas.Flow, StartBody, status=201, exact=True),
]
