"""Finds circles of nodes that call each other with no queue between."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from flowengine.flow.model import Flow

MOST = 20


def cycles(flow: Flow) -> list[list[str]]:
    """Circles, each once and at most `MOST`, as the ids along it with the first again at the end."""
    found: list[list[str]] = []
    done: set[str] = set()
    for start in flow.nodes:
        if start not in done:
            _follow(flow, start, done, found)
    return found


def _follow(flow: Flow, start: str, done: set[str], found: list[list[str]]) -> None:
    trail = {start: 0}
    ways = [_direct(flow, start)]
    while ways:
        target = next(ways[-1], None)
        if target is None:
            ways.pop()
            done.add(trail.popitem()[0])
        elif target in trail:
            if len(found) < MOST:
                found.append([*itertools.islice(trail, trail[target], None), target])
        elif target not in done:
            trail[target] = len(trail)
            ways.append(_direct(flow, target))


def _direct(flow: Flow, id: str) -> Iterator[str]:
    return iter(
        [target for target in flow.nodes[id].targets() if target in flow.nodes and not flow.nodes[target].queued]
    )
