"""Every route of the engine's management API, in one table. The editor's own are in `editor_routes`."""

from __future__ import annotations

from itertools import chain

from web_editor.api import (
    alarms,
    audit,
    cluster,
    connections,
    dead_letters,
    engine,
    letters_elsewhere,
    log,
    spools,
    taps,
    users,
)  # fmt: skip

AREAS = (alarms, cluster, connections, dead_letters, spools, engine, log, audit, users)
MANAGEMENT = list(chain.from_iterable(area.ROUTES for area in AREAS))

QUESTIONS = letters_elsewhere.QUESTIONS + taps.QUESTIONS
"""What only workers of a cluster ask each other; served to nobody."""
