"""`engine`: rates, queues, spools, connections, lag and memory of the whole process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from web_editor.monitor.engine_report import Engine
from web_editor.routing import Call, Route

if TYPE_CHECKING:
    pass


async def read(call: Call) -> Engine:
    """The engine as it is now."""
    return call.services.report()


ROUTES = [Route("GET", "engine", "viewer", read, Engine)]
