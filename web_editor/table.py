"""Every route of the API, in one table: the server, the OpenAPI document and the tests read it."""

from __future__ import annotations

from itertools import chain

from web_editor import flows, node_types, session, socket

ROUTES = list(chain(session.ROUTES, flows.ROUTES, node_types.ROUTES, socket.ROUTES))
