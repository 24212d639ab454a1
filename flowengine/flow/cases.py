"""The `tests:` section of a flow as data: what is sent, what fails, what is expected. Runs nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from flowengine.catalog import Catalog
from flowengine.config import Config, Duration, seconds
from flowengine.flow.model import Flow
from flowengine.flow.outside import Path
from flowengine.flow.places import places_of, public
from flowengine.flow.problem import Code
from flowengine.flow.settings import UNKNOWN_IN_TEST, Report, read
from flowengine.node import Sink, Source
from flowengine.store.accounts import Role


class Sent(Config):
    """One message that a source brings in."""

    at: Duration = 0.0
    """When, since the start of the test."""

    topic: str = ""
    """Its topic; captures of the source's filter are filled from it."""

    payload: Any = None
    """Its payload as the source would have decoded it."""

    raw: str | None = None
    """Text that the source decodes by its `format`, instead of `payload`."""

    hex: str | None = None
    """Bytes that the source decodes, as hexadecimal digits; spaces are allowed."""

    meta: dict[str, Any] = Field(default_factory=dict)
    """More entries of `meta`."""

    time: str | float | None = None
    """The message's own time (RFC 3339, or seconds since 1970); by default the time of arrival."""

    repeat: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    """Send it so many times."""

    every: Duration = 1.0
    """Time between repetitions."""


class Expected(Config):
    """One message that should come out. What is left out may be anything; maps may hold more than is written."""

    at: Duration | None = None
    """When, since the start of the test."""

    within: Duration = 0.001
    """How far off `at` may be."""

    topic: str | None = None
    """Its topic."""

    payload: Any = None
    """Its payload; whole numbers are equal, others agree to nine digits; entries that are not written may be there."""

    tolerance: Annotated[float, Field(ge=0)] | None = None
    """How far numbers may be apart."""

    meta: dict[str, Any] = Field(default_factory=dict)
    """Entries of its `meta`."""

    time: str | float | None = None
    """Its own time (RFC 3339, or seconds since 1970)."""

    sent: dict[str, Any] = Field(default_factory=dict)
    """What a sink would send for it, such as `topic`, `body`, `line`, `row`, `url`; a map compares with JSON."""


class Press(Config):
    """What somebody presses on an operator page."""

    at: Duration = 0.0
    """When, since the start of the test."""

    page: str
    """Its name under `pages`."""

    widget: str
    """Name of a button, switch or form on it."""

    values: Any = None
    """The side of a switch, or what is filled into a form; fields that are left out have their defaults."""

    role: Role = "operator"
    """The role of who presses."""

    refused: bool = False
    """Pressing must be refused: the role is too low, or the values do not fit."""


class Loosely(Config):
    """An expectation that does not list every message."""

    count: int | None = None
    """How many messages in all."""

    contains: list[Expected] = Field(default_factory=list)
    """These are among them, in any order."""

    first: Expected | None = None
    """The first one."""

    last: Expected | None = None
    """The last one."""


def _span(value: Any) -> Any:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError("a span is [from, to], such as [10s, 40s]")
    start_s, end_s = seconds(value[0]), seconds(value[1])
    if end_s <= start_s:
        raise ValueError("a span ends after it starts")
    return (start_s, end_s)


def _spans(value: Any) -> Any:
    many = isinstance(value, list) and value and isinstance(value[0], list)
    return [_span(item) for item in value] if many else [_span(value)]


Spans = Annotated[list[tuple[float, float]], BeforeValidator(_spans), WithJsonSchema({"type": "array"})]


class Fault(Config):
    """What is wrong with a sink or a connection, and when."""

    down: Spans = Field(default_factory=list)
    """Away from … to …; one span or a list of spans."""

    reject: str | None = None
    """Expression; messages for which it is true are rejected for good."""


class Case(Config):
    """One test of a flow, in virtual time."""

    name: str
    """What holds, as a sentence."""

    set: dict[str, Any] = Field(default_factory=dict)
    """Variables of the flow with other values."""

    seed: int = 1
    """Of everything random."""

    start: str = "2026-01-01T00:00:00Z"
    """Time of day at which the test begins."""

    send: dict[str, list[Sent]] = Field(default_factory=dict)
    """Messages by source, or by one of its further ports (`requests.answered`)."""

    press: list[Press] = Field(default_factory=list)
    """What is pressed on operator pages."""

    reply: dict[str, list[Any]] = Field(default_factory=dict)
    """Payloads that a sink with an output answers, in turn; the last one again and again."""

    fault: dict[str, Fault] = Field(default_factory=dict)
    """Faults by sink or connection."""

    run: Duration | None = None
    """How long; by default 10 s after the last time that is written."""

    expect: dict[str, list[Expected] | Loosely] = Field(default_factory=dict)
    """Messages by sink, by node (what leaves it), by port (`split.hot`) or by wire (`clean -> live`)."""

    @property
    def length_s(self) -> float:
        """How long the test runs."""
        if self.run is not None:
            return self.run
        times = [s.at + (s.repeat - 1) * s.every for sent in self.send.values() for s in sent]
        times += [e.at for wanted in self.expect.values() for e in listed(wanted) if e.at is not None]
        times += [press.at for press in self.press]
        times += [end_s for fault in self.fault.values() for _, end_s in fault.down]
        return max(times, default=0.0) + 10.0


def listed(wanted: list[Expected] | Loosely) -> list[Expected]:
    """Every single message that an expectation speaks of."""
    if isinstance(wanted, list):
        return wanted
    return [*wanted.contains, *(e for e in (wanted.first, wanted.last) if e is not None)]


@dataclass(frozen=True)
class Names:
    """What a case may refer to."""

    sources: Mapping[str, tuple[str, ...]]
    """Each with its ports."""

    sinks: Collection[str]
    nodes: Collection[str]
    connections: Collection[str]
    widgets: Mapping[str, Mapping[str, Any]]
    """By page."""

    templates: Mapping[str, tuple[str, ...]]
    """Nodes with `for_each`; their name means all instances."""


def names_of(flow: Flow, catalog: Catalog) -> Names:
    """What tests of this flow may refer to."""
    known = catalog.node_types()
    kinds = {id: catalog.node(spec.type) for id, spec in flow.nodes.items() if spec.type in known}
    return Names(
        sources={id: kind.outputs for id, kind in kinds.items() if issubclass(kind, Source)},
        sinks=[id for id, kind in kinds.items() if issubclass(kind, Sink)],
        nodes=list(flow.nodes),
        connections=list(flow.connections),
        templates=flow.templates,
        widgets={page: dict(raw.get("widgets") or {}) for page, raw in flow.pages.items() if isinstance(raw, dict)},
    )


def read_cases(raw: Iterable[Any], names: Names, report: Report) -> list[Case]:
    """The cases that are written right; every fault of the others goes to `report`."""
    cases = []
    for index, item in enumerate(raw):
        path: Path = ("tests", index)
        case = read(Case, item, path, report, unknown=UNKNOWN_IN_TEST)
        if case is None:
            continue
        _refer_all(case, names, path, report)
        cases.append(case)
    return cases


def _refer_all(case: Case, names: Names, path: Path, report: Report) -> None:
    """Report every name in a case that the flow does not have."""
    for spelled in case.send:
        places = places_of(spelled, names.sources, names.templates)
        if not places or any(place.port and place.port not in names.sources[place.node] for place in places):
            ports = (f"{id}.{port}" for id, outputs in names.sources.items() for port in outputs if port != "out")
            _unknown("source", spelled, [*names.sources, *ports], (*path, "send", spelled), report)
    for spelled in case.fault:
        if not places_of(spelled, names.sinks, names.templates) and spelled not in names.connections:
            known = [*names.sinks, *names.connections]
            _unknown("sink or connection", spelled, known, (*path, "fault", spelled), report)
    for spelled in case.reply:
        if not places_of(spelled, names.sinks, names.templates):
            _unknown("sink", spelled, names.sinks, (*path, "reply", spelled), report)
    for spelled in case.expect:
        for end in spelled.split("->"):
            if not places_of(end, names.nodes, names.templates):
                _unknown("node", end.strip(), names.nodes, (*path, "expect", spelled), report)
    for index, press in enumerate(case.press):
        place_of_it = (*path, "press", index)
        if press.page not in names.widgets:
            _unknown("page", press.page, names.widgets, (*place_of_it, "page"), report)
        elif press.widget not in names.widgets[press.page]:
            _unknown("widget", press.widget, names.widgets[press.page], (*place_of_it, "widget"), report)


def _unknown(what: str, word: str, known: Iterable[str], path: Path, report: Report) -> None:
    spelled = (public(id) if "/" in word else id for id in known)
    code: Code = "unknown-node" if what in ("node", "source", "sink") else "bad-test"
    report(path, f"no {what} {word!r}", (word, spelled), key=path[-1] == word, code=code)
