"""What is told of a spool: by the command, by the list of spools and on the engine page alike. Knows no request."""

from __future__ import annotations

import msgspec

from flowengine.counts import count_of
from flowengine.flow.places import public
from flowengine.runtime.spools import Found


class SpoolState(msgspec.Struct):
    """One spool; `orphan`: no running node has it. `fault` when it cannot be read.

    `size_bytes` waits in it, `disk_bytes` is what that takes; `limit_bytes` bounds the latter and is null for an
    orphan. `full_in_s` is null where nothing fills it.
    """

    flow: str
    node: str
    orphan: bool
    messages: int
    size_bytes: int
    disk_bytes: int
    oldest_ms: float | None
    healthy: bool
    fault: str
    limit_bytes: int | None
    full_in_s: float | None


def state_of(found: Found) -> SpoolState:
    """What the runtime found, for people."""
    stats, place = found.stats, found.place
    return SpoolState(
        place.flow,
        public(place.node),
        place.orphan,
        stats.records,
        stats.size_bytes,
        stats.disk_bytes,
        stats.oldest_ns / 1e6 if stats.oldest_ns else None,
        stats.healthy,
        found.fault,
        found.limit_bytes,
        found.full_in_s,
    )


def said_of_orphan(found: Found, flow_runs: bool) -> str:
    """What waits in a spool that no running node has, and how it is had again; empty where nothing waits."""
    place = f"{found.place.flow}/{public(found.place.node)}"
    if found.fault:
        return f"what waits on disk before {place}, which does not run, cannot be read: {found.fault}"
    if not found.stats.records:
        return ""
    waiting = f"{count_of(found.stats.records, 'message waits', 'messages wait')} on disk before {place}"
    if not flow_runs:
        return f"{waiting}; no flow of that name runs"
    return f"{waiting}, which does not run; a node that took its place can say `was: OLD_NAME`"
