"""Every route that the editor in the browser has, the management API's among them: server and tests read this table."""

from __future__ import annotations

from itertools import chain

from web_editor.api import (
    cookbook,
    expressions,
    flows,
    inject,
    looking,
    node_types,
    page_drafts,
    pages,
    secrets,
    session,
    subflows,
    trends,
    trials,
    values,
    yaml,
)
from web_editor.http.openapi import with_document
from web_editor.http.route_table import MANAGEMENT
from web_editor.live import socket

AREAS = (
    session,
    flows,
    trials,
    looking,
    secrets,
    cookbook,
    inject,
    node_types,
    expressions,
    yaml,
    values,
    subflows,
    trends,
    pages,
    page_drafts,
    socket,
)
ROUTES = with_document([*MANAGEMENT, *chain.from_iterable(area.ROUTES for area in AREAS)])
