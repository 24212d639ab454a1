"""Every route of the API, in one table: the server, the OpenAPI document and the tests read it."""

from __future__ import annotations

from itertools import chain

from web_editor import (
    alarms,
    auditing,
    engine_page,
    expressions,
    flows,
    injecting,
    letters,
    log,
    node_types,
    openapi,
    pages,
    session,
    socket,
    spools,
    trends,
    users,
    values,
)

AREAS = (
    session, openapi, flows, injecting, node_types, expressions, values, trends, alarms, letters, spools,
    engine_page, log, pages, auditing, users, socket,
)  # fmt: skip
ROUTES = list(chain.from_iterable(area.ROUTES for area in AREAS))
