"""`audit`: who changed what and when, for admins."""

from __future__ import annotations

import asyncio

import msgspec

from web_editor.problems import Fault
from web_editor.routing import Call, Listed, Query, Route


class AuditLine(msgspec.Struct):
    """One thing that was done."""

    at_ms: float
    user: str
    action: str
    subject: str
    detail: str


class AuditQuery(Query):
    """Whose lines."""

    user: str = ""


async def read(call: Call) -> Listed:
    """What people and programs changed, newest first."""
    query = call.query
    if query.cursor and not (query.cursor.isascii() and query.cursor.isdigit() and len(query.cursor) < 19):
        raise Fault("bad-request", "cursor is what `next` of an earlier answer said", field="cursor")
    before = int(query.cursor) if query.cursor else None
    lines = await asyncio.to_thread(call.services.audit.lines, query.limit + 1, before, query.user)
    page = lines[: query.limit]
    rows = [AuditLine(line.at_ns / 1e6, line.user, line.action, line.subject, line.detail) for line in page]
    return Listed(rows, str(page[-1].id) if len(lines) > len(page) else None)


ROUTES = [Route("GET", "audit", "admin", read, list[AuditLine], query=AuditQuery)]
