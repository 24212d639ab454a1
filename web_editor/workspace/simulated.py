"""Makes a flow run with no device and no server: what its tests send comes again and again. Changes texts only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flowengine.catalog import Catalog
from flowengine.flow.document import Document
from flowengine.flow.edit import Add, Delete, Operation, Set, apply
from flowengine.node import Sink, Source

EVERY = "2s"
COUNTS = "state.n = coalesce(state.n, 0) + 1"
KEPT = ("mqtt_out", "log", "dead_letter", "queue")
"""Sinks that stay: the broker runs in this process, the others reach nothing outside."""

MOST_SAMPLES = 4
"""Of each source; more would hide the flow itself."""


def simulated(text: str, catalog: Catalog, free_port: Callable[[], int]) -> str:
    """The text with brokers in this process, senders for what its sources wait for, and a log where it would write.

    What is sent is what the flow's own tests send, numbers moving by a fifth around it. Comments and everything else
    stay. Raises `EditRefused`.
    """
    data = Document.parse(text, "simulated").data
    operations = list(_Simulation(data, catalog, free_port).operations())
    return apply(text, operations).text if operations else text


class _Simulation:
    def __init__(self, data: dict[str, Any], catalog: Catalog, free_port: Callable[[], int]):
        self._nodes: dict[str, dict[str, Any]] = data.get("nodes") or {}
        self._connections: dict[str, dict[str, Any]] = data.get("connections") or {}
        self._tests: list[dict[str, Any]] = data.get("tests") or []
        self._catalog = catalog
        self._free_port = free_port

    def operations(self) -> Iterator[Operation]:
        for id, raw in self._connections.items():
            if raw.get("type") == "mqtt":
                url = f"mqtt://127.0.0.1:{self._free_port()}"
                yield Set(("connections", id), {"type": "mqtt", "embedded": True, "url": url})
        for id, raw in self._nodes.items():
            kind = self._catalog.node(raw["type"])
            if kind.runs_in_tests:
                continue
            if issubclass(kind, Source):
                yield from self._feed(id, raw)
            elif issubclass(kind, Sink) and raw["type"] not in KEPT:
                yield Set(("nodes", id), {"type": "log"})
        if self._tests:
            yield Delete(("tests",))  # they speak of the sources and sinks that were replaced

    def _feed(self, id: str, raw: Mapping[str, Any]) -> Iterator[Operation]:
        samples = self._samples(id)
        if raw["type"] != "mqtt_in":
            payload = next((_payload(each) for each in samples), None)
            wires = {key: raw[key] for key in ("to",) if key in raw}
            yield Set(("nodes", id), {"type": "inject", "payload": payload, "every": EVERY, **wires})
            return
        for number, sample in enumerate(samples, 1):
            name = f"sim_{id}" if len(samples) == 1 else f"sim_{id}_{number}"
            yield from _sender(name, sample, str(raw.get("connection", "")))

    def _samples(self, source: str) -> list[dict[str, Any]]:
        sent = [item for test in self._tests for item in (test.get("send") or {}).get(source, [])]
        # One of each topic: a test sends the same sensor several times to make something happen.
        by_topic = {str(item.get("topic", "")): item for item in reversed(sent)}
        return list(reversed(by_topic.values()))[:MOST_SAMPLES]


def _payload(sample: Mapping[str, Any]) -> Any:
    return sample["raw"] if "raw" in sample else sample.get("payload")


def _sender(name: str, sample: Mapping[str, Any], connection: str) -> Iterator[Operation]:
    payload, out = _payload(sample), f"{name}_out"
    moving = list(_numbers(payload, "payload"))
    first = f"{name}_moves" if moving else out
    said = {"type": "inject", "payload": payload, "topic": sample.get("topic", ""), "every": EVERY, "to": first}
    yield Add(("nodes", name), said)
    if moving:
        yield Add(("nodes", first), {"type": "script", "code": "\n".join([COUNTS, *moving]) + "\n", "to": out})
    yield Add(("nodes", out), {"type": "mqtt_out", "connection": connection, "topic": "{topic}"})


def _numbers(value: Any, path: str) -> Iterator[str]:
    """A line for each number inside a payload: it goes from four to six fifths of itself and back."""
    if isinstance(value, dict):
        for key, item in value.items():
            if str(key).isidentifier():
                yield from _numbers(item, f"{path}.{key}")
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield f"{path} = round({value} * (0.8 + abs(state.n % 40 - 20) / 50), 2)"
