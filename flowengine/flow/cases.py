"""The `tests:` section of a flow as data: what is sent, what fails, what is expected. Runs nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from flowengine.catalog import Catalog
from flowengine.config import Config, Duration, seconds
from flowengine.flow.model import Flow
from flowengine.flow.problem import nearest
from flowengine.flow.settings import Report, read
from flowengine.flow.variables import Path
from flowengine.node import Sink, Source


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
    """Its payload; numbers agree to nine digits, entries that are not written may be there."""

    meta: dict[str, Any] = Field(default_factory=dict)
    """Entries of its `meta`."""

    time: str | float | None = None
    """Its own time (RFC 3339, or seconds since 1970)."""


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

    sources: Iterable[str]
    sinks: Iterable[str]
    nodes: Iterable[str]
    connections: Iterable[str]


def names_of(flow: Flow, catalog: Catalog) -> Names:
    """What tests of this flow may refer to."""
    known = catalog.node_types()
    kinds = {id: catalog.node(spec.type) for id, spec in flow.nodes.items() if spec.type in known}
    return Names(
        sources=[
            place
            for id, kind in kinds.items()
            if issubclass(kind, Source)
            for place in (id, *(f"{id}.{port}" for port in kind.outputs if port != "out"))
        ],
        sinks=[id for id, kind in kinds.items() if issubclass(kind, Sink)],
        nodes=list(flow.nodes),
        connections=list(flow.connections),
    )


def read_cases(raw: Iterable[Any], names: Names, report: Report) -> list[Case]:
    """The cases that are written right; every fault of the others goes to `report`."""
    cases = []
    for index, item in enumerate(raw):
        path: Path = ("tests", index)
        case = read(Case, item, path, report, unknown="unknown key {!r} in a test")
        if case is None:
            continue
        _refer("send", case.send, names.sources, "source", path, report)
        _refer("fault", case.fault, [*names.sinks, *names.connections], "sink or connection", path, report)
        _refer("reply", case.reply, names.sinks, "sink", path, report)
        for place in case.expect:
            ids = [end.strip().partition(".")[0] if "->" not in place else end.strip() for end in place.split("->")]
            for id in ids:
                if id.partition(".")[0] not in names.nodes and id not in names.nodes:
                    report((*path, "expect", place), f"no node {id!r}", nearest(id, names.nodes) or "", key=True)
        cases.append(case)
    return cases


def _refer(section: str, given: Mapping[str, Any], known: Iterable[str], what: str, path: Path, report: Report) -> None:
    known = list(known)
    for id in given:
        if id not in known:
            report((*path, section, id), f"no {what} {id!r}", nearest(id, known) or "", key=True)
