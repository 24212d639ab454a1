"""Which points alarms watch, and their limits: what is drawn on a point's curve. Judges nothing.

A node that has alarms works on messages, not on points. Its `point` names the point of its value; else it is what a
node that writes points does with the very same message, beside it or before it, with nothing between that changes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Literal

import msgspec

from flowengine.alarms import AlarmLimit, AlarmSource
from flowengine.catalog import Catalog
from flowengine.engine import Engine
from flowengine.expression import Template
from flowengine.flow.model import ERROR, Flow, NodeSpec
from flowengine.flow.places import internal
from flowengine.message import Message
from web_editor.patterns import Matches, template_pattern

MOST_READINGS = 10_000
"""Alarms of one node that are looked at for a point, so that a question about one point stays short."""

VALUE = "payload.value"


class Limit(msgspec.Struct, frozen=True):
    """A number with which the value of an alarm is compared; `name` as the flow calls it, empty for a bare number."""

    name: str
    value: float
    above: bool
    """Whether values above it raise; else those below."""


class LimitLine(msgspec.Struct):
    """A limit of a point, and the node whose alarm it raises."""

    flow: str
    node: str
    title: str
    priority: Literal["low", "medium", "high", "critical"]
    unit: str | None
    name: str
    value: float
    above: bool


class Watching(msgspec.Struct, frozen=True):
    """How a node's readings name their point; `told` when the node itself says so."""

    template: Template
    matches: Matches
    told: bool


class WatchedPoints:
    """Of one engine. What a flow says is looked up once for each deploy."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[str, tuple[Flow, dict[str, Watching | None]]] = {}

    def point(self, flow: str, node: str, source: AlarmSource, key: str) -> str | None:
        """The point of an alarm, None where it watches none."""
        watching, reading = self._watching(flow, node), source.heard().get(key)
        if watching is None or reading is None:
            return None
        try:
            return watching.template.fill(reading)
        except ValueError:
            return None

    def unit(self, point: str | None) -> str | None:
        """The unit in which the point is kept."""
        kept = self._engine.rtdb.get(point) if point is not None else None
        return (kept.unit or None) if kept is not None else None

    def lines(self, point: str, sources: Iterator[tuple[str, str, AlarmSource]]) -> list[LimitLine]:
        """The limits of a point, each once."""
        found: dict[tuple[Any, ...], LimitLine] = {}
        for flow, node, source in sources:
            watching = self._watching(flow, node)
            if watching is None or not watching.matches(point):
                continue
            for key, reading in [*islice(source.heard().items(), MOST_READINGS)]:
                if self.point(flow, node, source, key) == point:
                    for limit in drawn(source.limits(key), watching.told):
                        found.setdefault((flow, node, limit), self._line(flow, node, reading, limit))
        return [*found.values()]

    def _line(self, flow: str, node: str, reading: Message, limit: Limit) -> LimitLine:
        spec = self._engine.flows[flow].flow.nodes[internal(node)]
        config: Any = spec.config
        title = getattr(config, "title", None)
        told = _filled(title, reading) or node
        unit = _filled(getattr(config, "unit", None), reading) or None
        return LimitLine(
            flow, node, told, getattr(config, "priority", "medium"), unit, limit.name, limit.value, limit.above
        )

    def _watching(self, flow: str, node: str) -> Watching | None:
        runtime = self._engine.flows.get(flow)
        if runtime is None:
            return None
        running, known = self._known.get(flow, (None, {}))
        if running is not runtime.flow:
            known = {}
            self._known[flow] = runtime.flow, known
        id = internal(node)
        if id not in known:
            known[id] = watching_of(runtime.flow, id, self._engine.catalog)
        return known[id]


def shown(limits: Iterable[AlarmLimit]) -> list[Limit]:
    """Limits as people read them."""
    return [Limit(each.name, each.value, each.above) for each in limits]


def drawn(limits: Iterable[AlarmLimit], told: bool) -> list[Limit]:
    """Those that hold for every value of a curve: where the flow does not say which point it is, a condition on other
    things too may be about another one."""
    return shown(each for each in limits if each.figure == "value" and (told or each.alone))


def watching_of(flow: Flow, node: str, catalog: Catalog) -> Watching | None:
    """What point a node with alarms watches, as its flow has it."""
    spec = flow.nodes.get(node)
    if spec is None or spec.config is None:
        return None
    said = getattr(spec.config, "point", None)
    if isinstance(said, Template):
        return Watching(said, template_pattern(said.text), True)
    value = _value(spec)
    seen, here = {node}, [node]
    while here:
        for before, beside in _leading_to(flow, here):
            for id in (before, *beside):
                written = flow.nodes.get(id)
                key = _key(written, catalog) if written else None
                if written is not None and key is not None and _value(written) == value:
                    return Watching(key, template_pattern(key.text), False)
        here = [
            before
            for before, _ in _leading_to(flow, here)
            if before not in seen and catalog.node(flow.nodes[before].type).passes_on
        ]
        seen.update(here)
    return None


def _filled(text: Any, reading: Message) -> str:
    """What a template of the node says of it; "" where there is none, or the reading has not what it shows."""
    try:
        return text.fill(reading) if isinstance(text, Template) else ""
    except ValueError:
        return ""


def _leading_to(flow: Flow, ids: list[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Nodes that lead to some of these, each with what else gets the same messages."""
    for id, spec in flow.nodes.items():
        for port, targets in spec.wires.items():
            if port != ERROR and not set(ids).isdisjoint(targets):
                yield id, targets


def _key(spec: NodeSpec, catalog: Catalog) -> Template | None:
    option = catalog.node(spec.type).points_option
    key = getattr(spec.config, option, None) if option else None
    return key if isinstance(key, Template) else None


def _value(spec: NodeSpec) -> str:
    said = getattr(spec.config, "value", None)
    return VALUE if said is None else str(said)
