"""What stands in for the outside world in a flow test: scripted sources, recording sinks, no connections."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from flowengine.catalog import Catalog
from flowengine.counts import count_of
from flowengine.errors import Rejected, Unavailable
from flowengine.expression import Expression, compile_expression
from flowengine.flow.cases import Case, Sent
from flowengine.flow.model import Flow
from flowengine.flow.places import End, places_of, public
from flowengine.message import NO_META, Message, Messages
from flowengine.node import Connection, Node, Outlet, Sink, Source
from flowengine.testing.compare import Arrival


@dataclass
class Script:
    """What the doubles of one test play and what they saw: (virtual seconds, message) by sink."""

    case: Case
    flow: Flow
    connections_of: Mapping[str, str]
    """Connection by node."""

    received: dict[str, list[list[Arrival]]] = field(default_factory=dict)
    """Records by sink: one for each line of the test that speaks of it."""

    refused: list[tuple[str, str]] = field(default_factory=list)
    """Sources, each with what it could not read, for people."""

    hit: set[str] = field(default_factory=set)
    """Lines of the test that had an effect: `fault NAME`, `reply NAME`."""

    def places(self, spelled: str) -> list[End]:
        """What a line of the test speaks of."""
        return places_of(spelled, self.flow.nodes, self.flow.templates)

    def means(self, spelled: str, node: str) -> bool:
        """Whether a line of the test speaks of this node, or of the connection of that name."""
        return spelled == node or any(place.node == node for place in self.places(spelled))

    def sent_by(self, source: str) -> list[tuple[float, str, Sent]]:
        """When, by which port (empty for the usual one) and what the test sends in the name of a source, in order."""
        times = [
            (item.at + n * item.every, place.port, item)
            for spelled, items in self.case.send.items()
            for place in self.places(spelled)
            if place.node == source
            for item in items
            for n in range(item.repeat)
        ]
        return sorted(times, key=lambda each: each[0])

    def down(self, node: str, now_s: float) -> bool:
        """Whether a sink, or the connection it uses, is away."""
        names = (node, self.connections_of.get(node, ""))
        hit = [
            spelled
            for spelled, fault in self.case.fault.items()
            if any(start <= now_s < end for start, end in fault.down)
            and any(self.means(spelled, n) for n in names if n)
        ]
        self.hit |= {f"fault {spelled}" for spelled in hit}
        return bool(hit)

    def refusal(self, node: str) -> Expression | None:
        """The condition under which a sink rejects."""
        found = (fault.reject for name, fault in self.case.fault.items() if self.means(name, node))
        return next((compile_expression(reject) for reject in found if reject is not None), None)

    def replies(self, node: str) -> list[Any]:
        """What a sink answers, in turn."""
        return next((list(given) for name, given in self.case.reply.items() if self.means(name, node)), [])

    def unused(self, refusals_expected: Collection[str]) -> Iterator[str]:
        """Lines of the test that had no effect, for people.

        `refusals_expected`: sources of which the test says what becomes of what they cannot read.
        """
        for name in self.case.fault:
            if f"fault {name}" not in self.hit:
                yield f"fault {name}: nothing met it"
        for name in self.case.reply:
            if not any(f"reply {place.node}" in self.hit for place in self.places(name)):
                yield f"reply {name}: nobody asked"
        for source, said in self.refused:
            if source not in refusals_expected:
                yield f"send {public(source)}: refused {said}"


class ScriptedSource(Source):
    """Brings in what the test sends; mixed in front of the real source, whose `received` it uses.

    A source that needs nothing from outside runs as it is, until a test sends in its name.
    """

    script: Script

    async def run(self, emit: Outlet) -> None:
        """Send at the written times."""
        sent_by_test = self.script.sent_by(self.context.node)
        if self.runs_in_tests and not sent_by_test:
            await super().run(emit)  # type: ignore[safe-super]  # the real source, which stands behind this one
            return
        clock = self.context.clock
        for at_s, port, sent in sent_by_test:
            await asyncio.sleep(max(0.0, at_s - clock.now_s()))
            message = _message(sent)
            if port:  # what a source tells by a further port comes from itself: there is nothing to read
                await emit(message, port=port)
                continue
            try:
                received = self.received(message)
            except ValueError as fault:  # what the source cannot read leaves by its error port, as in life
                self.script.refused.append((self.context.node, f"at {at_s:g}s: {fault}"))
                await emit((), rejected=[(message, str(fault))])
            else:
                await emit(received)
        await asyncio.Event().wait()


class RecordingSink(Sink):
    """Keeps what it gets; mixed in front of the real sink, so that ports stay."""

    script: Script

    async def open(self) -> None:
        """Nothing to open."""
        self._replies = self.script.replies(self.context.node)
        self._refusal = self.script.refusal(self.context.node)

    async def write(self, messages: Messages) -> Sequence[Message] | None:
        """Record, unless the test says that this sink is away or refuses."""
        now_s = self.context.clock.now_s()
        if self.script.down(self.context.node, now_s):
            raise Unavailable("down, as the test says", retry_after_s=0.1)
        bad, records = dict[int, str](), self.script.received.get(self.context.node, ())
        good: list[Message] = []
        for place, message in enumerate(messages):
            fault, sent = self._sent(message)
            if fault:
                bad[place] = fault
                continue
            good.append(message)
            topic = sent.get("topic")
            arrival = Arrival(now_s, message.replace(topic=topic) if isinstance(topic, str) else message, sent)
            for record in records:
                record.append(arrival)
        answers = [self._answer(m) for m in good] if self._replies and good else []
        if bad:
            raise Rejected(f"{count_of(len(bad), 'message')} could not be sent", bad, answers)
        return answers or None

    def _sent(self, message: Message) -> tuple[str, Mapping[str, Any]]:
        """Why the message would be rejected (empty: it would not), and what would go out for it."""
        if self._refusal and self._refusal(message):
            node = self.context.node
            self.script.hit |= {f"fault {name}" for name in self.script.case.fault if self.script.means(name, node)}
            return "refused, as the test says", {}
        try:
            return "", self.sends(message)
        except (ValueError, TypeError, Rejected) as fault:
            return str(fault) or type(fault).__name__, {}

    async def close(self) -> None:
        """Nothing to close."""

    def _answer(self, message: Message) -> Message:
        self.script.hit.add(f"reply {self.context.node}")
        reply = self._replies[0] if len(self._replies) == 1 else self._replies.pop(0)
        return message.with_payload(reply)


class NoConnection(Connection):
    """A connection that is never made."""

    @property
    def up(self) -> bool:
        """Never down."""
        return True


class DoubleCatalog(Catalog):
    """Gives doubles for everything that reaches outside, and the real nodes for the rest."""

    def __init__(self, real: Catalog, script: Script):
        self._real = real
        self._script = script

    def node_types(self) -> list[str]:
        """As the real catalog."""
        return self._real.node_types()

    def connection_types(self) -> list[str]:
        """As the real catalog."""
        return self._real.connection_types()

    def node(self, name: str) -> type[Node]:
        """The real class, or its double."""
        real = self._real.node(name)
        if not issubclass(real, Source) and (real.runs_in_tests or not issubclass(real, Sink)):
            return real
        return type(real.__name__, (_double_of(real), real), {"script": self._script, "__doc__": real.__doc__})

    def connection(self, name: str) -> type[Connection]:
        """A connection that is never made, with the real settings."""
        real = self._real.connection(name)
        return type(real.__name__, (NoConnection,), {"config_type": real.config_type})


@cache
def _double_of(real: type[Node]) -> type[Node]:
    return ScriptedSource if issubclass(real, Source) else RecordingSink


def _message(sent: Sent) -> Message:
    payload = sent.payload
    if sent.raw is not None:
        payload = sent.raw.encode()
    elif sent.hex is not None:
        payload = bytes.fromhex(sent.hex)
    return Message(payload, sent.topic, _time_ns(sent.time), sent.meta or NO_META)


def _time_ns(time: str | float | None) -> int:
    from flowengine.testing.times import parse_ns

    return 0 if time is None else parse_ns(time)
