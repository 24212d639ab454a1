"""Subflows as one node each: rows that sum up what is inside, for who has not opened them. Reads no counters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flowengine.flow.places import public
from flowengine.runtime.view import NodeView, WireView


class SubflowAggregate:
    """Rows after those of single nodes and wires: one a subflow instance, one a wire that enters or leaves one."""

    def __init__(self, stations: Sequence[NodeView], pairs: Sequence[tuple[NodeView, WireView]]):
        self._members: dict[str, list[int]] = {}
        for index, station in enumerate(stations):
            for prefix in _prefixes(station.name):
                self._members.setdefault(prefix, []).append(index)
        self._entries: dict[str, list[int]] = {prefix: [] for prefix in self._members}
        self._wires: dict[str, list[int]] = {}
        for index, (source, wire) in enumerate(pairs):
            for id in _folded_ids(source.name, wire.port, wire.target.name):
                self._wires.setdefault(id, []).append(index)
            for prefix in _prefixes(wire.target.name):
                if not source.name.startswith(f"{prefix}."):
                    self._entries[prefix].append(index)
        self.nodes = [public(prefix) for prefix in self._members]
        self.wires = list(self._wires)

    def add(self, nodes: list[Any], wires: list[Any], texts: list[str]) -> None:
        """Append the rows: the worst state, what comes in, all errors; rates of wires that share an id together."""
        singles, single_wires = list(nodes), list(wires)
        for prefix, members in self._members.items():
            rows = [singles[index] for index in members]
            rate = round(sum(single_wires[index][1] for index in self._entries[prefix]), 1)
            nodes.append((len(nodes), max(row[1] for row in rows), rate, sum(row[3] for row in rows)))
            worst = max(members, key=lambda index: singles[index][1])
            texts.append(texts[worst])
        for parts in self._wires.values():
            rows = [single_wires[index] for index in parts]
            wires.append((len(wires), round(sum(row[1] for row in rows), 1), *rows[0][2:]))


def _prefixes(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts))]


def _folded_ids(source: str, port: str, target: str) -> list[str]:
    """Ids of a wire wherever a subflow at one of its ends may be closed; none for a wire inside one."""
    froms, tos = [source, *_prefixes(source)], [target, *_prefixes(target)]
    return [
        f"{public(start)}:{port}>{public(end)}"
        for start in froms
        for end in tos
        if (start, end) != (source, target) and not _inside(source, end) and not _inside(target, start)
    ]


def _inside(node: str, subflow: str) -> bool:
    return node == subflow or node.startswith(f"{subflow}.")
