"""What runs, as Prometheus text: https://prometheus.io/docs/instrumenting/exposition_formats/ (version 0.0.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from flowengine.node import Connection
from flowengine.runtime.health import is_up
from flowengine.runtime.view import FlowView, NodeView

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Sample = tuple[Mapping[str, str], float]
Family = tuple[str, str, str, list[Sample]]


def exposition(flows: Iterable[FlowView], connections: Iterable[Connection], now_s: float) -> str:
    """Every metric of these flows and connections."""
    flows = list(flows)
    families = [*_nodes(flows, now_s), *_queues(flows), *_spools(flows), *_wires(flows), *_sources(flows, now_s)]
    families += _connections(list(connections))
    return "".join(_text(family) for family in families)


def _nodes(flows: list[FlowView], now_s: float) -> Iterator[Family]:
    each = [({"flow": f.flow.name, "node": s.name, "type": s.spec.type}, s) for f in flows for s in f.stations.values()]
    told: tuple[tuple[str, str, str, Callable[[NodeView], float]], ...] = (
        ("received_messages_total", "counter", "Messages that a node was given.", lambda s: s.received),
        ("passed_messages_total", "counter", "Messages that a node is done with.", lambda s: s.passed),
        ("sent_messages_total", "counter", "Messages that left a node by its ports.", lambda s: s.sent),
        ("errored_messages_total", "counter", "Messages that a node rejected.", lambda s: s.errored),
        ("held_messages", "gauge", "Messages that a node holds or that wait before it.", lambda s: s.held),
        (
            "unaccounted_messages",
            "gauge",
            "What the others do not explain; always 0.",
            lambda s: s.balance,
        ),
        ("processing_seconds_total", "counter", "Time spent in a node's code.", lambda s: s.busy_s),
    )
    for name, kind, help_text, read in told:
        yield f"flowengine_{name}", kind, help_text, [(labels, read(s)) for labels, s in each]
    up: list[Sample] = [
        ({"flow": f.flow.name, "node": s.name, "type": s.spec.type}, float(is_up(s, f.connections, now_s)))
        for f in flows
        for s in f.stations.values()
    ]
    yield "flowengine_node_up", "gauge", "Whether a node works, with what it needs; 0: it waits for the outside.", up
    yield _reasons("dropped_messages_total", "Messages dropped under a declared policy, by reason.", each, "dropped")
    yield _reasons("rejected_messages_total", "Messages rejected, by reason.", each, "errors")
    yield _reasons("events_total", "What nodes count, such as bad frames by reason.", each, "counted")


def _reasons(name: str, help_text: str, each: list[tuple[dict[str, str], NodeView]], counter: str) -> Family:
    samples: list[Sample] = [
        ({**labels, "reason": reason}, count)
        for labels, station in each
        for reason, count in getattr(station, counter).items()
    ]
    return f"flowengine_{name}", "counter", help_text, samples


def _queues(flows: list[FlowView]) -> Iterator[Family]:
    each = [
        ({"flow": f.flow.name, "node": s.name}, s.inbox)
        for f in flows
        for s in f.stations.values()
        if s.inbox is not None
    ]
    yield "flowengine_queue_messages", "gauge", "Messages that wait before a node.", [(n, q.messages) for n, q in each]
    yield "flowengine_queue_bytes", "gauge", "About how many bytes wait.", [(n, q.size_bytes) for n, q in each]


def _spools(flows: list[FlowView]) -> Iterator[Family]:
    each = [
        ({"flow": f.flow.name, "node": s.name}, s.inbox.spool.stats())
        for f in flows
        for s in f.stations.values()
        if s.inbox is not None and s.inbox.spool is not None
    ]
    for name, kind, help_text, field in (
        ("records", "gauge", "Records on disk that are not acknowledged.", "records"),
        ("disk_bytes", "gauge", "What a spool takes on disk.", "disk_bytes"),
        ("max_bytes", "gauge", "Bound of a spool.", "max_bytes"),
        ("full_in_seconds", "gauge", "Time until a spool is full at the present rate.", "full_in_s"),
        ("appended_total", "counter", "Records appended since it was opened.", "appended"),
        ("acknowledged_total", "counter", "Records acknowledged since it was opened.", "acked"),
        ("lost_total", "counter", "Records lost to damage of the disk.", "lost"),
        ("healthy", "gauge", "Whether writes to disk work.", "healthy"),
    ):
        yield f"flowengine_spool_{name}", kind, help_text, [(n, float(getattr(s, field))) for n, s in each]


def _wires(flows: list[FlowView]) -> Iterator[Family]:
    samples: list[Sample] = [
        ({"flow": f.flow.name, "from": s.name, "port": wire.port, "to": wire.target.name}, wire.count)
        for f in flows
        for s in f.stations.values()
        for wires in s.wires.values()
        for wire in wires
    ]
    yield "flowengine_wire_messages_total", "counter", "Messages that passed a wire.", samples


def _sources(flows: list[FlowView], now_s: float) -> Iterator[Family]:
    each = [({"flow": f.flow.name, "node": name}, outlet) for f in flows for name, outlet in f.outlets.items()]
    unsettled: list[Sample] = [(labels, outlet.unsettled) for labels, outlet in each]
    oldest: list[Sample] = [(labels, outlet.oldest_s(now_s)) for labels, outlet in each]
    yield "flowengine_unsettled_messages", "gauge", "Messages of a source that are not settled yet.", unsettled
    yield "flowengine_oldest_unsettled_seconds", "gauge", "Age of the oldest of them.", oldest


def _connections(connections: list[Connection]) -> Iterator[Family]:
    each = {(c.name, c.flow if c.one_a_flow else ""): c for c in connections}  # during a deploy old and new are there
    labels = {key: {"connection": key[0]} | ({"flow": key[1]} if key[1] else {}) for key in each}
    up: list[Sample] = [(labels[key], float(c.up)) for key, c in each.items() if c.up is not None]
    reconnects: list[Sample] = [(labels[key], c.reconnects) for key, c in each.items()]
    yield "flowengine_connection_up", "gauge", "Whether the far side answers.", up
    yield "flowengine_reconnects_total", "counter", "How often the far side was lost and found again.", reconnects


def _text(family: Family) -> str:
    name, kind, help_text, samples = family
    if not samples:
        return ""
    lines = [f"# HELP {name} {help_text}", f"# TYPE {name} {kind}"]
    lines += [f"{name}{_labels(labels)} {_number(value)}" for labels, value in samples]
    return "\n".join(lines) + "\n"


def _labels(labels: Mapping[str, str]) -> str:
    return "{" + ",".join(f'{key}="{_escaped(value)}"' for key, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    if value == float("inf"):
        return "+Inf"
    return str(int(value)) if value == int(value) else repr(value)
