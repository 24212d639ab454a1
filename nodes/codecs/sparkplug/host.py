"""What a host knows of edge nodes: births, aliases, sequence, deaths (specification 3.0, 5 and 6). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from nodes.codecs.sparkplug.payload import BOOLEAN, Metric, Payload, decode, encode, signed

NAMESPACE = "spBv1.0"
REBIRTH = "Node Control/Rebirth"
BD_SEQ = "bdSeq"
ASK_AGAIN_S = 5.0
"""The least time between two questions for a rebirth of the same edge node."""

LOST = "a message before it was lost"
MOST_EDGES, MOST_METRICS = 1000, 100_000
"""What a host keeps; more would be somebody who floods."""

_KINDS = ("NBIRTH", "NDATA", "NDEATH", "DBIRTH", "DDATA", "DDEATH")


class Topic(NamedTuple):
    """Who says what; `device` is empty for the edge node itself."""

    group: str
    kind: str
    edge: str
    device: str


def topic_of(text: str) -> Topic | None:
    """The parts of a topic that edge nodes publish to; None for any other. Raises ValueError where it is malformed."""
    parts = text.split("/")
    if len(parts) < 3 or parts[0] != NAMESPACE or parts[2] not in _KINDS:
        return None
    if len(parts) != (5 if parts[2].startswith("D") else 4):
        raise ValueError(f"{parts[2]} has another topic")
    return Topic(parts[1], parts[2], parts[3], parts[4] if len(parts) == 5 else "")


@dataclass(frozen=True)
class Heard:
    """What a packet brought: values by metric, reasons of others, metrics that are of the past."""

    device: str
    good: dict[str, Any]
    bad: dict[str, str]
    time_ms: int
    historical: bool = False


@dataclass
class _Edge:
    online: bool = False
    bd_seq: int | None = None
    seq: int = 0
    names: dict[str, dict[str, int]] = field(default_factory=dict)
    """Metrics with their types, by device."""

    aliases: dict[int, tuple[str, str]] = field(default_factory=dict)
    asked_s: float | None = None


class Host:
    """All edge nodes that were heard. `lost` counts gaps of sequences, `asked` questions for a rebirth."""

    def __init__(self) -> None:
        self._edges: dict[tuple[str, str], _Edge] = {}
        self.lost = self.asked = 0

    def take(self, topic: Topic, data: bytes, now_s: float) -> tuple[list[Heard], bool]:
        """What the packet says, and whether the edge node is to be asked for its births. Raises ValueError."""
        payload = decode(data)
        key = topic.group, topic.edge
        if key not in self._edges and len(self._edges) >= MOST_EDGES:
            raise ValueError(f"more than {MOST_EDGES} edge nodes")
        edge = self._edges.setdefault(key, _Edge())
        if topic.kind == "NBIRTH":
            return self._born(edge, payload), False
        if topic.kind == "NDEATH":
            return self._died(edge, payload), False
        if not edge.online:
            return [], self._ask(edge, now_s)
        if payload.seq != (edge.seq + 1) % 256:
            self.lost += 1
            edge.online = False
            return list(_all_bad(edge, LOST, payload.time_ms)), self._ask(edge, now_s)
        edge.seq = payload.seq
        if topic.kind == "DBIRTH":
            return [self._declare(edge, topic.device, payload)], False
        if topic.device not in edge.names:
            return [], self._ask(edge, now_s)
        if topic.kind == "DDEATH":
            gone = edge.names.pop(topic.device)
            return [Heard(topic.device, {}, dict.fromkeys(gone, "the device is gone"), payload.time_ms)], False
        heard, known = self._data(edge, topic.device, payload)
        return heard, not known and self._ask(edge, now_s)

    def _born(self, edge: _Edge, payload: Payload) -> list[Heard]:
        if payload.seq is None:
            raise ValueError("a birth without a sequence number")
        edge.online, edge.seq, edge.asked_s = True, payload.seq, None
        edge.bd_seq = next((each.value for each in payload.metrics if each.name == BD_SEQ), None)
        gone = list(_all_bad(edge, "its device was not born again", payload.time_ms))
        edge.names, edge.aliases = {}, {}
        return [*(each for each in gone if each.device), self._declare(edge, "", payload)]

    def _died(self, edge: _Edge, payload: Payload) -> list[Heard]:
        bd_seq = next((each.value for each in payload.metrics if each.name == BD_SEQ), None)
        if not edge.online or bd_seq != edge.bd_seq:
            return []  # the will of a session before this one
        edge.online = False
        return list(_all_bad(edge, "the edge node is gone", payload.time_ms))

    def _declare(self, edge: _Edge, device: str, payload: Payload) -> Heard:
        if sum(map(len, edge.names.values())) + len(payload.metrics) > MOST_METRICS:
            raise ValueError(f"more than {MOST_METRICS} metrics")
        shown = [each for each in payload.metrics if each.name and each.name != BD_SEQ]
        shown = [each for each in shown if not each.name.startswith("Node Control/")]
        edge.names[device] = {each.name: each.datatype for each in shown}
        edge.aliases.update({each.alias: (device, each.name) for each in shown if each.alias is not None})
        return _heard(device, shown, payload.time_ms)

    def _data(self, edge: _Edge, device: str, payload: Payload) -> tuple[list[Heard], bool]:
        now, past, known = list[Metric](), list[Metric](), True
        for metric in payload.metrics:
            named = (
                (device, metric.name)
                if metric.name
                else edge.aliases.get(metric.alias if metric.alias is not None else -1)
            )
            if named is None or named[0] != device or named[1] not in edge.names[device]:
                known = False
                continue
            datatype = metric.datatype or edge.names[device][named[1]]
            value = signed(metric.value, datatype) if type(metric.value) is int else metric.value
            made = Metric(named[1], value, datatype, None, metric.time_ms, metric.historical, metric.fault)
            (past if metric.historical else now).append(made)
        heard = [_heard(device, now, payload.time_ms)] if now else []
        return [*(_heard(device, [each], payload.time_ms) for each in past), *heard], known

    def _ask(self, edge: _Edge, now_s: float) -> bool:
        if edge.asked_s is not None and now_s - edge.asked_s < ASK_AGAIN_S:
            return False
        edge.asked_s = now_s
        self.asked += 1
        return True


def rebirth(group: str, edge: str, time_ms: int) -> tuple[str, bytes]:
    """Topic and payload that ask an edge node for its births (6.4.24)."""
    metric = Metric(REBIRTH, True, BOOLEAN, time_ms=time_ms)
    return f"{NAMESPACE}/{group}/NCMD/{edge}", encode(Payload(time_ms, None, [metric]))


def _heard(device: str, metrics: Iterable[Metric], time_ms: int) -> Heard:
    good, bad, historical, at_ms = dict[str, Any](), dict[str, str](), False, 0
    for metric in metrics:
        if metric.value is None:
            bad[metric.name] = metric.fault or "no value"
        else:
            good[metric.name] = metric.value
        historical, at_ms = historical or metric.historical, max(at_ms, metric.time_ms)
    return Heard(device, good, bad, at_ms or time_ms, historical)


def _all_bad(edge: _Edge, reason: str, time_ms: int) -> Iterable[Heard]:
    return [Heard(device, {}, dict.fromkeys(names, reason), time_ms) for device, names in edge.names.items() if names]
