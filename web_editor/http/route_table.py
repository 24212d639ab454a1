"""Every route of the API, in one table: the server, the OpenAPI document and the tests read it."""

from __future__ import annotations

from itertools import chain

from web_editor.api import (
    alarms,
    audit,
    dead_letters,
    engine,
    expressions,
    flows,
    inject,
    log,
    pages,
    session,
    spools,
    users,
)
from web_editor.http import openapi
from web_editor.live import socket
from web_editor.monitor import trends, values
from web_editor.palette import node_types

AREAS = (
    session, openapi, flows, inject, node_types, expressions, values, trends, alarms, dead_letters, spools,
    engine, log, pages, audit, users, socket,
)  # fmt: skip
ROUTES = list(chain.from_iterable(area.ROUTES for area in AREAS))
