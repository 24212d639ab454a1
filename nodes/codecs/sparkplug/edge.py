"""What an edge node says: births, data with a sequence, its death as a will (specification 3.0, 5 and 6). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from nodes.codecs.sparkplug.host import BD_SEQ, NAMESPACE, REBIRTH
from nodes.codecs.sparkplug.payload import (
    BOOLEAN,
    DOUBLE,
    INT64,
    STRING,
    Metric,
    Payload,
    datatype_of,
    decode,
    encode,
)

UINT64 = 8
MOST_METRICS = 100_000


class Packet(NamedTuple):
    """What is published; QoS 0, not retained (6.4)."""

    topic: str
    data: bytes


class Edge:
    """One edge node with its devices; the device `` is the edge node itself. `bd_seq` counts its sessions, 0 to 255."""

    def __init__(self, group: str, edge: str, bd_seq: int):
        self._group, self._edge, self.bd_seq = group, edge, bd_seq % 256
        self._metrics: dict[str, dict[str, Metric]] = {"": {}}
        self._seq = 0

    @property
    def commands(self) -> str:
        """The topic where it is told things."""
        return f"{NAMESPACE}/{self._group}/NCMD/{self._edge}"

    def new_session(self) -> None:
        """The session is gone; the next one has its own number, in its will and in its birth."""
        self.bd_seq = (self.bd_seq + 1) % 256

    def will(self) -> Packet:
        """What the broker says when it vanishes; to be published too before it leaves in order."""
        return Packet(self._topic("NDEATH", ""), encode(Payload(0, None, [self._bd_seq()])))

    def births(self, time_ms: int) -> list[Packet]:
        """All that it is and has; the sequence begins anew."""
        self._seq = 255
        own = [self._bd_seq(), Metric(REBIRTH, False, BOOLEAN, time_ms=time_ms), *self._metrics[""].values()]
        devices = {name: list(has.values()) for name, has in self._metrics.items() if name}
        node = self._packet("NBIRTH", "", own, time_ms)
        return [node, *(self._packet("DBIRTH", name, metrics, time_ms) for name, metrics in devices.items())]

    def data(self, device: str, values: Mapping[str, Any], time_ms: int) -> list[Packet]:
        """Packets that tell these values; births where something is new. Raises ValueError for what is no metric."""
        known = self._metrics.get(device, {})
        made = {name: self._metric(name, value, known.get(name), time_ms) for name, value in values.items()}
        if sum(map(len, self._metrics.values())) + len(made) > MOST_METRICS:
            raise ValueError(f"more than {MOST_METRICS} metrics")
        is_new = device not in self._metrics or any(
            name not in known or known[name].datatype != metric.datatype for name, metric in made.items()
        )
        self._metrics[device] = {**known, **made}
        if not is_new:
            return [self._packet("DDATA" if device else "NDATA", device, list(made.values()), time_ms)]
        if not device:
            return self.births(time_ms)
        return [self._packet("DBIRTH", device, list(self._metrics[device].values()), time_ms)]

    def asks_for_births(self, data: bytes) -> bool:
        """Whether a command is `Node Control/Rebirth`. Raises ValueError for what is no payload."""
        return any(each.name == REBIRTH and each.value is True for each in decode(data).metrics)

    def _metric(self, name: str, value: Any, before: Metric | None, time_ms: int) -> Metric:
        if not name or name == BD_SEQ or name.startswith("Node Control/"):
            raise ValueError(f"{name!r} is no name of a metric")
        if value is None:
            return Metric(name, None, before.datatype if before else STRING, time_ms=time_ms)
        datatype = datatype_of(value)
        if datatype == INT64 and before is not None and before.datatype == DOUBLE and float(value) == value:
            datatype, value = DOUBLE, float(value)
        made = Metric(name, value, datatype, time_ms=time_ms)
        encode(Payload(time_ms, None, [made]))
        return made

    def _bd_seq(self) -> Metric:
        return Metric(BD_SEQ, self.bd_seq, UINT64)

    def _packet(self, kind: str, device: str, metrics: list[Metric], time_ms: int) -> Packet:
        self._seq = (self._seq + 1) % 256
        return Packet(self._topic(kind, device), encode(Payload(time_ms, self._seq, metrics)))

    def _topic(self, kind: str, device: str) -> str:
        return "/".join(filter(None, (NAMESPACE, self._group, kind, self._edge, device)))
