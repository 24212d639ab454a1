"""`messages`: a tap of one node, one wire or a whole flow, filtered here and capped; what is left out is counted."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from flowengine.expression import Expression, ExpressionError, compile_expression
from flowengine.message import Message, Messages
from flowengine.runtime.taps import Listener
from web_editor.jsons import to_json
from web_editor.live.topics.topic import Part, Topic
from web_editor.patterns import topic_filter
from web_editor.payloads import tap_message
from web_editor.problems import Fault

PER_S = 50.0
LASTS_S = 900.0
TESTED = 500
"""So many messages a tick are tried against `where` and `search`, which cost time; the others are left out."""

Waiting = tuple[str, str, Message]


class Tapped(Topic):
    """At most `max_rate` messages a second; ends by itself."""

    role = "operator"

    def start(self) -> None:
        engine, filter = self.services.engine, self.filter
        if filter.flow not in engine.flows:
            raise Fault("not-running", f"the flow {filter.flow!r} does not run")
        self._where, self._topic = _where(filter.where), _topic(filter.topic)
        self._search = filter.search.casefold().encode()
        self._rate = self.max_rate or PER_S
        self._left = self._rate
        self._tested = self._dropped = 0
        self._waiting: deque[Waiting] = deque()
        self._at_s = engine.clock.now_s()
        self._ends_s = self._at_s + LASTS_S
        self._announced = False
        self._listener = Listener(filter.flow, filter.node, filter.wire, self._take)
        self._stop = engine.taps.add(self._listener)
        if not self._listener.found:
            self._stop()
            raise Fault("not-found", "there is no such node or wire in what runs", field="filter")

    def news(self) -> Iterable[Part]:
        clock, engine = self.services.engine.clock, self.services.engine
        now_s = clock.now_s()
        if not self._announced:
            self._announced = True
            expires_ms = clock.time_ns() / 1e6 + (self._ends_s - now_s) * 1000
            yield "snapshot", self.encoded({"expires_ms": expires_ms})
        if self._waiting:
            rows = [tap_message(message, self.filter.flow, node, port) for node, port, message in self._waiting]
            self._waiting.clear()
            yield "delta", self.encoded({"messages": rows})
        if self._dropped:
            yield "dropped", b"%d" % self._dropped
            self._dropped = 0
        self._tested = 0
        self._left = min(self._rate, self._left + (now_s - self._at_s) * self._rate)
        self._at_s = now_s
        if now_s >= self._ends_s:
            yield "ended", b"expired"
        elif self.filter.flow not in engine.flows or not self._listener.found:
            yield "ended", b"gone"

    def close(self) -> None:
        self._stop()

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
