"""Finds circles of nodes that call each other with no queue between."""

from __future__ import annotations

from collections.abc import Iterator

from flowengine.flow.model import Flow


def cycles(flow: Flow) -> list[list[str]]:
    """Each circle once, as the ids along it with the first again at the end."""
    found: list[list[str]] = []
    done: set[str] = set()
    for start in flow.nodes:
        if start not in done:
            _follow(flow, start, done, found)
    return found


def _follow(flow: Flow, start: str, done: set[str], found: list[list[str]]) -> None:
    trail = [start]
    ways = [_direct(flow, start)]
    while ways:
        target = next(ways[-1], None)
        if target is None:
            ways.pop()
            done.add(trail.pop())
        elif target in trail:
            found.append([*trail[trail.index(target) :], target])
        elif target not in done:
            trail.append(target)
            ways.append(_direct(flow, target))


def _direct(flow: Flow, id: str) -> Iterator[str]:
    return iter(
        [target for target in flow.nodes[id].targets() if target in flow.nodes and not flow.nodes[target].queued]
    )
