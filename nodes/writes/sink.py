"""The sink that writes to a plant: asks, rules, journal, results. Never here: how a device is written."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flowengine import Message, Messages, Rejected, Sink
from nodes.writes.gate import Gate
from nodes.writes.journal import REFUSED, Write, WriteJournal
from nodes.writes.rules import out_of_range
from nodes.writes.writer import Target, Writer


class SafeSink(Sink):
    """Takes a map of values by the names of points; results leave by `out`, and everything is in the journal."""

    config: Any
    """`WriteRules` with the `points` that may be written."""

    outputs = ("out",)
    merge = 100

    def start(self) -> None:
        self._points: dict[str, Any] = {point.name: point for point in self.config.points}

    @abstractmethod
    def target(self) -> Target:
        """What is written to; asked once, when the node opens."""

    @staticmethod
    def written(point: Any, value: Any) -> object:
        """What a device would be sent. Raises ValueError, with the reason, for a value that is none for the point.

        A protocol that knows no more of a point than its limits sends the value as it is.
        """
        return value

    @classmethod
    def confirms(cls, config: Any) -> bool:
        """At most once: a command is acknowledged when it is journaled, before it is written."""
        return False

    async def open(self) -> None:
        """Tell what an earlier run left untold."""
        context = self.context
        self._writer = Writer(
            WriteJournal(context.data_dir / "writes" / f"{context.node}.db"),
            Gate(self.config, self._points, context.rtdb, context.clock),
            self.target(), context.clock, self._emit, context.log.warning,
        )  # fmt: skip
        await self._writer.open()

    async def history(self, limit: int, point: str = "") -> Sequence[Mapping[str, Any]]:
        """The newest writes of its journal, of one point or of all."""
        return await self._writer.last(limit, point)

    async def close(self) -> None:
        """What waits is told as `no answer` by the next run."""
        await self._writer.close()

    async def write(self, messages: Messages) -> None:
        """Return when everything is journaled; it is carried out after that."""
        bad: dict[int, str] = {}
        writes: list[Write] = []
        for row, message in enumerate(messages):
            try:
                writes += self._asked(message)
            except ValueError as fault:
                bad[row] = str(fault)
        for taken in await self._writer.take(writes):
            self.context.answer_later(taken.command.id)
        if bad:
            raise Rejected(f"{len(bad)} ask for nothing that can be written", bad)

    def _asked(self, message: Message) -> list[Write]:
        if not isinstance(message.payload, dict) or not message.payload:
            raise ValueError("payload is no map of values by point")
        if unknown := [name for name in message.payload if name not in self._points]:
            raise ValueError(f"{unknown[0]!r} is none of its points")
        return [self._asked_of(name, value, message) for name, value in message.payload.items()]

    def _asked_of(self, name: str, value: Any, message: Message) -> Write:
        reason = out_of_range(self._points[name], value) or self._unfit(self._points[name], value)
        return Write(point=name, value=value, command=message, result=REFUSED if reason else "", reason=reason)

    def _unfit(self, point: Any, value: Any) -> str:
        try:
            self.written(point, value)
        except ValueError as fault:
            return str(fault)
        return ""

    def _emit(self, message: Message, ack: Callable[[], None]) -> None:
        told = message.payload
        self.context.answered(message.id, told["reason"] if told["result"] == REFUSED else "")
        now_ns = self.context.clock.time_ns()
        self.context.emit((message.replace(id=self.context.next_id(), time_ns=now_ns, arrived_ns=now_ns),), ack=ack)
