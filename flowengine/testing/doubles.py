"""What stands in for the outside world in a flow test: scripted sources, recording sinks, no connections."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from flowengine.catalog import Catalog
from flowengine.errors import Rejected, Unavailable
from flowengine.expression import Expression, compile_expression
from flowengine.flow.cases import Case, Sent
from flowengine.message import NO_META, Message, Messages
from flowengine.node import Connection, Node, Outlet, Sink, Source


@dataclass
class Script:
    """What the doubles of one test play and what they saw: (virtual seconds, message) by sink."""

    case: Case
    connections_of: Mapping[str, str]
    """Connection by node."""

    received: dict[str, list[tuple[float, Message]]] = field(default_factory=dict)

    def down(self, node: str, now_s: float) -> bool:
        """Whether a sink, or the connection it uses, is away."""
        names = (node, self.connections_of.get(node, ""))
        return any(
            start <= now_s < end
            for name in names
            if name in self.case.fault
            for start, end in self.case.fault[name].down
        )

    def refusal(self, node: str) -> Expression | None:
        """The condition under which a sink rejects."""
        fault = self.case.fault.get(node)
        return compile_expression(fault.reject) if fault is not None and fault.reject is not None else None


class ScriptedSource(Source):
    """Brings in what the test sends; mixed in front of the real source, whose `received` it uses.

    A source that needs nothing from outside runs as it is, until a test sends in its name.
    """

    script: Script

    async def run(self, emit: Outlet) -> None:
        """Send at the written times."""
        if self.runs_in_tests and self.context.node not in self.script.case.send:
            await super().run(emit)  # type: ignore[safe-super]  # the real source, which stands behind this one
            return
        clock = self.context.clock
        for at_s, port, sent in _in_time(self.script.case.send, self.context.node):
            await asyncio.sleep(max(0.0, at_s - clock.now_s()))
            message = _message(sent)
            if port:  # what a source tells by a further port comes from itself: there is nothing to read
                await emit(message, port=port)
                continue
            try:
                received = self.received(message)
            except ValueError as fault:  # what the source cannot read leaves by its error port, as in life
                await emit((), rejected=[(message, str(fault))])
            else:
                await emit(received)
        await asyncio.Event().wait()


class RecordingSink(Sink):
    """Keeps what it gets; mixed in front of the real sink, so that ports stay."""

    script: Script

    async def open(self) -> None:
        """Nothing to open."""
        self._replies = list(self.script.case.reply.get(self.context.node, ()))
        self._refusal = self.script.refusal(self.context.node)

    async def write(self, messages: Messages) -> Sequence[Message] | None:
        """Record, unless the test says that this sink is away or refuses."""
        now_s = self.context.clock.now_s()
        if self.script.down(self.context.node, now_s):
            raise Unavailable("down, as the test says", retry_after_s=0.1)
        bad = {i: "refused, as the test says" for i, m in enumerate(messages) if self._refusal and self._refusal(m)}
        seen = self.script.received.setdefault(self.context.node, [])
        seen += [(now_s, m) for i, m in enumerate(messages) if i not in bad]
        if bad:
            raise Rejected("refused, as the test says", bad)
        return [self._answer(m) for m in messages] if self._replies else None

    async def close(self) -> None:
        """Nothing to close."""

    def _answer(self, message: Message) -> Message:
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

    def kind(self, name: str) -> str:
        """As the real catalog."""
        return self._real.kind(name)

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


def _in_time(send: Mapping[str, Sequence[Sent]], source: str) -> list[tuple[float, str, Sent]]:
    """When, by which port (empty for the usual one) and what: `source` and `source.port` of a test's `send`."""
    ports = {place: place.partition(".")[2] for place in send if place.partition(".")[0] == source}
    times = [
        (item.at + n * item.every, port, item)
        for place, port in ports.items()
        for item in send[place]
        for n in range(item.repeat)
    ]
    return sorted(times, key=lambda each: each[0])


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
