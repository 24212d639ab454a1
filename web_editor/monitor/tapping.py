"""A tap of what runs in this process: what is chosen of it, capped, and what is left out, counted. Knows no socket."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import msgspec

from flowengine.engine import Engine
from flowengine.expression import Expression, ExpressionError, compile_expression
from flowengine.flow.places import internal
from flowengine.message import Message, Messages
from flowengine.node import Sink
from flowengine.runtime.taps import Listener
from web_editor.jsons import to_json
from web_editor.patterns import topic_filter
from web_editor.payloads import TapMessage, tap_message
from web_editor.problems import Fault

TESTED = 500
"""So many messages a tick are tried against `where` and `search`, which cost time; the others are left out."""

Waiting = tuple[str, str, Message]


class Chosen(msgspec.Struct, frozen=True):
    """What of a flow is tapped, and how many messages a second at most."""

    flow: str
    node: str
    wire: str
    topic: str
    where: str
    search: str
    rate: float


class Tap:
    """One of them, until it is closed. Making one raises `Fault` for what makes no sense."""

    def __init__(self, engine: Engine, chosen: Chosen):
        self._chosen, self._clock = chosen, engine.clock
        self._where, self._topic = _where(chosen.where), _topic(chosen.topic)
        self._search = chosen.search.casefold().encode()
        self._left = chosen.rate
        self._tested = self._dropped = 0
        self._waiting: deque[Waiting] = deque()
        self._at_s = engine.clock.now_s()
        end = _is_end(engine, chosen)
        self._listener = Listener(chosen.flow, chosen.node, chosen.wire, self._take, end)
        self.close = engine.taps.add(self._listener)

    @property
    def found(self) -> bool:
        """Whether there is anything to hear in this process."""
        return self._listener.found

    def due(self) -> tuple[list[TapMessage], int]:
        """What came since the last time, and how much was left out."""
        rows = [tap_message(message, self._chosen.flow, node, port) for node, port, message in self._waiting]
        dropped, now_s = self._dropped, self._clock.now_s()
        self._waiting.clear()
        self._dropped = self._tested = 0
        self._left = min(self._chosen.rate, self._left + (now_s - self._at_s) * self._chosen.rate)
        self._at_s = now_s
        return rows, dropped

    def _take(self, node: str, port: str, messages: Messages) -> None:
        """In the engine's own turn: choose, and keep references."""
        for index, message in enumerate(messages):
            if self._left < 1:
                # Nothing more can be taken this tick; whether the rest would match is not worth the time.
                self._dropped += len(messages) - index
                return
            if self._matches(message):
                self._left -= 1
                self._waiting.append((node, port, message))

    def _matches(self, message: Message) -> bool:
        if self._topic is not None and not self._topic(message.topic):
            return False
        if self._where is None and not self._search:
            return True
        if self._tested >= TESTED:
            self._dropped += 1
            return False
        self._tested += 1
        if self._where is not None and not _holds(self._where, message):
            return False
        return not self._search or self._search in _searched(message)


def _is_end(engine: Engine, chosen: Chosen) -> bool:
    """Whether messages end in the node, as the whole flow says."""
    whole = engine.flows.get(chosen.flow)
    spec = whole.flow.nodes.get(internal(chosen.node)) if whole is not None else None
    return spec is not None and issubclass(engine.catalog.node(spec.type), Sink) and not spec.wires.keys() - {"error"}


def _holds(where: Expression, message: Message) -> bool:
    try:
        return bool(where(message))
    except ExpressionError:
        return False


def _searched(message: Message) -> bytes:
    return to_json([message.topic, message.payload, dict(message.meta)]).decode().casefold().encode()


def _where(text: str) -> Expression | None:
    if not text:
        return None
    try:
        return compile_expression(text)
    except ExpressionError as fault:
        raise Fault("bad-request", str(fault), field="filter.where") from None


def _topic(text: str) -> Callable[[str], bool] | None:
    try:
        return topic_filter(text) if text else None
    except ValueError as fault:
        raise Fault("bad-request", str(fault), field="filter.topic") from None
