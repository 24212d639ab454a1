"""Traces of sampled batches: what happened to one from its source to its settlement, as spans. Exports nothing.

A span carries names that the flow gives, counts and times; never a payload, a topic, an address or the text of an
error, any of which may hold a secret. What is not sampled pays for one look at its receipt in each node.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Literal

from flowengine.clock import Clock
from flowengine.runtime.receipt import Receipt
from flowengine.runtime.station import Station

MOST_A_SECOND = 50
"""So many traces begin in a second at most, however much is sampled."""
MOST_SPANS = 500
"""So many spans has a trace; a batch that loops or is split over and over leaves the others out."""

Kind = Literal["internal", "consumer", "client"]
Done = Callable[["Span"], None]


class Trace:
    """What the spans of one batch share."""

    __slots__ = ("clock", "done", "flow", "id", "ids", "spans", "wall_ns")

    def __init__(self, flow: str, clock: Clock, ids: random.Random, done: Done):
        self.flow = flow
        self.id = ids.getrandbits(128) or 1
        self.ids = ids
        self.clock = clock
        self.done = done
        self.spans = 0
        # Within a trace time is monotonic: a step of the wall clock makes no span negative.
        self.wall_ns = clock.time_ns() - round(clock.now_s() * 1e9)

    def now_ns(self) -> int:
        """UTC nanoseconds."""
        return self.wall_ns + round(self.clock.now_s() * 1e9)


class Span:
    """One step: begun when it is made, given away when it ends."""

    __slots__ = ("attributes", "end_ns", "events", "fault", "id", "kind", "name", "parent_id", "start_ns", "trace")

    def __init__(self, trace: Trace, name: str, kind: Kind, parent_id: int, attributes: dict[str, Any]):
        self.trace = trace
        self.name = name
        self.kind = kind
        self.parent_id = parent_id
        self.attributes = attributes
        self.id = trace.ids.getrandbits(64) or 1
        self.events: list[tuple[str, int]] = []
        self.fault = ""
        self.end_ns = 0
        self.start_ns = trace.now_ns()
        trace.spans += 1

    def child(self, verb: str, station: Station, count: int, kind: Kind = "internal") -> Span | None:
        """A step below this one; None when the trace has enough of them."""
        if self.trace.spans >= MOST_SPANS:
            return None
        return Span(self.trace, f"{verb} {station.name}", kind, self.id, about(station, count))

    def add_event(self, event: str) -> None:
        """Something happened within it."""
        self.events.append((event, self.trace.now_ns()))

    def end(self, fault: str = "") -> None:
        """It is over; a second time changes nothing. `fault` is the type of what went wrong."""
        if not self.end_ns:
            self.fault = fault
            self.end_ns = self.trace.now_ns()
            self.trace.done(self)


Spans = tuple[Span, ...]


class Tracer:
    """Decides which batches are traced: the share `sample` of them, and not more than is bearable."""

    def __init__(self, sample: float, done: Done, clock: Clock, ids: random.Random):
        self._sample = sample
        self._done = done
        self._clock = clock
        self._ids = ids
        self._second = 0
        self._begun = 0

    def begin(self, flow: str, station: Station, receipt: Receipt) -> Receipt:
        """The receipt to go on with: that of a traced batch, else the one that was given."""
        if self._ids.random() >= self._sample or not self._bearable():
            return receipt
        trace = Trace(flow, self._clock, self._ids, self._done)
        attributes = about(station, receipt.count)
        if receipt.size_bytes:
            attributes["flowengine.bytes"] = receipt.size_bytes
        root = Span(trace, f"receive {station.name}", "consumer", 0, attributes)

        def settle() -> None:
            settling = root.child("settle", station, receipt.count)
            receipt.settle()
            finish((settling,) if settling else ())
            root.end()

        return _instead(receipt, settle, (root,))

    def _bearable(self) -> bool:
        second = int(self._clock.now_s())
        if second != self._second:
            self._second, self._begun = second, 0
        self._begun += 1
        return self._begun <= MOST_A_SECOND


def about(station: Station, count: int) -> dict[str, Any]:
    """What every span says."""
    return {"flowengine.node": station.name, "flowengine.type": station.spec.type, "flowengine.messages": count}


def below(verb: str, station: Station, spans: Spans, count: int, kind: Kind = "internal") -> Spans:
    """One step below each of these."""
    return tuple(child for span in spans if (child := span.child(verb, station, count, kind)) is not None)


def under(receipt: Receipt, spans: Spans) -> Receipt:
    """A receipt for what happens below `spans`, which are over at the latest when it is settled."""

    def settle() -> None:
        finish(spans)
        receipt.settle()

    return _instead(receipt, settle, spans)


def _instead(receipt: Receipt, settle: Callable[[], None], spans: Spans) -> Receipt:
    return Receipt(settle, receipt.count, receipt.size_bytes, receipt.born_s, spans)


def finish(spans: Spans, fault: str = "") -> None:
    """They are over."""
    for span in spans:
        span.end(fault)


class Writing:
    """The spans of one write, as a context: over with it, at fault with what it raises."""

    __slots__ = ("_spans",)

    def __init__(self, station: Station, receipt: Receipt, count: int):
        self._spans = below("write", station, receipt.spans, count, "client")

    def __enter__(self) -> None:
        """It began with the object."""

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        finish(self._spans, kind.__name__ if kind else "")
