"""Makes a flow run with no device and no server: what its tests send comes again and again. Changes texts only."""

from __future__ import annotations

import json
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

FROM_TEXT = {"raw": "payload = unbase64(base64(payload))", "hex": "payload = unhex(payload)"}
"""What makes the bytes that a test sends out of their text."""

MOST_SAMPLES = 4
"""Of each source; more would hide the flow itself."""


def simulated(text: str, catalog: Catalog, free_port: Callable[[], int]) -> str:
    """The text with brokers in this process, senders for what its sources wait for, and a log where it would write.

    What is sent, and what is answered to it, is what the flow's own tests say, numbers moving by a fifth around it.
    Connections that nobody is left to use go. Comments and everything else stay. Raises `EditRefused`.
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
        outside = {id: raw for id, raw in self._nodes.items() if self._reaches_outside(raw["type"])}
        used = {raw.get("connection") for id, raw in self._nodes.items() if id not in outside}
        for id, raw in self._connections.items():
            if raw.get("type") == "mqtt":
                url = f"mqtt://127.0.0.1:{self._free_port()}"
                yield Set(("connections", id), {"type": "mqtt", "embedded": True, "url": url})
        for id, raw in self._nodes.items():
            if raw["type"] == "mqtt_in":
                yield from self._publish(id, raw)
            elif id in outside and issubclass(self._catalog.node(raw["type"]), Source):
                yield from self._feed(id, raw)
            elif id in outside:
                yield Set(("nodes", id), self._answering(id, raw))
        for id, raw in self._connections.items():
            if id not in used and raw.get("type") != "mqtt":
                yield Delete(("connections", id))  # nobody needs its address and its secrets here
        if self._tests:
            yield Delete(("tests",))  # they speak of the sources and sinks that were replaced

    def _reaches_outside(self, type_: str) -> bool:
        kind = self._catalog.node(type_)
        return not kind.runs_in_tests and issubclass(kind, Source | Sink) and type_ not in ("mqtt_in", *KEPT)

    def _publish(self, id: str, raw: Mapping[str, Any]) -> Iterator[Operation]:
        samples = self._samples(id)
        for number, sample in enumerate(samples, 1):
            name = f"sim_{id}" if len(samples) == 1 else f"sim_{id}_{number}"
            out = f"{name}_out"
            for added, node in _sender(name, f"{name}_moves", sample, out):
                yield Add(("nodes", added), node)
            said = {"type": "mqtt_out", "connection": str(raw.get("connection", "")), "topic": "{topic}"}
            yield Add(("nodes", out), said)

    def _feed(self, id: str, raw: Mapping[str, Any]) -> Iterator[Operation]:
        samples = self._samples(id) or [{}]
        if raw.get("each"):  # a test sends the point by its name, the source tells it so
            points = {name: value for sample in reversed(self._sent(id)) for name, value in sample["payload"].items()}
            about = {"unit": "", "quality": "good"}
            samples = [{"payload": {"value": v}, "meta": {"point": name, **about}} for name, v in points.items()]
        for number, sample in enumerate(samples, 1):
            name = id if number == 1 else f"sim_{id}_{number}"
            for made, node in _sender(name, f"sim_{id}_{number}_moves", sample, raw.get("to")):
                yield (Set if made == id else Add)(("nodes", made), node)

    def _answering(self, id: str, raw: Mapping[str, Any]) -> dict[str, Any]:
        """What stands in for a sink: a log, or where tests say what it answers the last of that.

        The last one, so that what asks for page after page comes to an end.
        """
        answers = [answer for test in self._tests for answer in (test.get("reply") or {}).get(id, [])]
        if not answers:
            return {"type": "log"}
        code = "\n".join([COUNTS, f"payload = {json.dumps(answers[-1])}", *_numbers(answers[-1], "payload")])
        return {"type": "script", "code": f"{code}\n", **{key: raw[key] for key in ("queue", "to") if key in raw}}

    def _sent(self, source: str) -> list[dict[str, Any]]:
        return [
            item
            for test in self._tests
            for name, items in (test.get("send") or {}).items()
            if name == source or name.startswith(f"{source}/")  # one of several by `for_each`
            for item in items
        ]

    def _samples(self, source: str) -> list[dict[str, Any]]:
        # One of each topic: a test sends the same sensor several times to make something happen.
        sent = self._sent(source)
        by_topic = {str(item.get("topic", "")): item for item in reversed(sent) if _is_like(item, sent[0])}
        return list(reversed(by_topic.values()))[:MOST_SAMPLES]


def _is_like(sample: Mapping[str, Any], first: Mapping[str, Any]) -> bool:
    """Whether what they share by name is of one kind: a test also sends what its flow shall reject."""
    one, other = sample.get("payload"), first.get("payload")
    if not isinstance(one, dict) or not isinstance(other, dict):
        return True
    return all(isinstance(one[name], str) == isinstance(other[name], str) for name in one.keys() & other.keys())


def _payload(sample: Mapping[str, Any]) -> Any:
    given = next((sample[form] for form in FROM_TEXT if form in sample), sample.get("payload"))
    return _as_it_is(given)


def _as_it_is(value: Any) -> Any:
    """The value with braces that `inject` does not fill."""
    if isinstance(value, str):
        return value.replace("{", "{{").replace("}", "}}")
    if isinstance(value, dict):
        return {key: _as_it_is(item) for key, item in value.items()}
    return [_as_it_is(item) for item in value] if isinstance(value, list) else value


def _sender(name: str, step: str, sample: Mapping[str, Any], to: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """The nodes by name that send a sample to `to` again and again, its numbers moving, with its meta."""
    payload = _payload(sample)
    moving = [] if FROM_TEXT.keys() & sample else list(_numbers(payload, "payload"))
    lines = [line for form, line in FROM_TEXT.items() if form in sample]
    lines += [f"meta.{key} = {json.dumps(value)}" for key, value in (sample.get("meta") or {}).items()]
    if moving:
        lines = [COUNTS, *moving, *lines]
    first = step if lines else to
    said = {"type": "inject", "payload": payload, "topic": sample.get("topic", ""), "every": EVERY, "to": first}
    yield name, {key: value for key, value in said.items() if value not in ("", None)}
    if lines:
        yield step, {"type": "script", "code": "\n".join(lines) + "\n", **({"to": to} if to else {})}


def _numbers(value: Any, path: str) -> Iterator[str]:
    """A line for each number inside a payload: it goes from four to six fifths of itself and back."""
    if isinstance(value, dict):
        for key, item in value.items():
            if str(key).isidentifier():
                yield from _numbers(item, f"{path}.{key}")
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield f"{path} = round({value} * (0.8 + abs(state.n % 40 - 20) / 50), 2)"
