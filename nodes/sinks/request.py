"""`request`: send commands and match the replies, with time-outs and further tries."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
from pydantic import Field, PositiveInt

from flowengine import Config, Duration, Example, Message, Messages, Rejected, Sink
from flowengine.expression import Expr, ExpressionError
from nodes.batches.field_selector import FieldText
from nodes.commands.rules import CommandRule, Send
from nodes.commands.store import CommandStore, Result, Told
from nodes.timing.clock_units import to_ns


class RequestConfig(Config):
    """Settings of `request`."""

    reply: Expr
    """Which messages at the input are replies, such as `payload.type == "ack"`; all others are commands."""

    id: FieldText = Field(default="correlation_id", validate_default=True)
    """Correlation id of a command: a name in meta or payload, a template or an expression; made where there is none."""

    reply_id: FieldText = Field(default="correlation_id", validate_default=True)
    """Correlation id of a reply; `correlation_data` is what MQTT 5 carries beside the payload."""

    field: str = "correlation_id"
    """Where a command that is a map gets its id, if it has none there; empty for nowhere. It is in meta anyway."""

    ok: Expr | None = None
    """Whether a reply is a yes; by default what its `ok` says, and yes without one."""

    timeout: Duration = 3.0
    """How long one try waits for its reply."""

    retries: int = Field(default=2, ge=0)
    """Tries after the first."""

    backoff: Duration = 2.0
    """Time between a time-out and the next try; a reply that comes then still counts."""

    max_pending: PositiveInt = 10_000
    """Most commands that wait at a time; further ones are rejected."""


class Request(Sink):
    """Send each command by port `send`, again until its reply comes back to the input; the answer leaves by `out`.

    Yes and no are both answers; what nobody answers goes to the error port; either has the time at which it ended.
    Port `progress` tells each step with its time: `taken` once it is on disk, `sent` once whoever `send` leads to took
    a try, `not sent` when that came back by the error wire, and replies that nobody waits for.
    What is pending is on disk before its command is settled, and goes on after a restart.
    """

    config: RequestConfig
    outputs = ("out", "send", "progress")
    runs_in_tests = True
    merge = 500
    examples = (
        Example("Commands to a serial gateway", "{reply: 'payload.type == \"ack\"', timeout: 3s, retries: 2}"),
        Example("Replies matched by MQTT 5", "{reply: topic == 'plant/ack', reply_id: correlation_data, field: ''}"),
    )

    async def open(self) -> None:
        config = self.config
        rule = CommandRule(to_ns(config.timeout), config.retries, to_ns(config.backoff), config.max_pending)
        told = Told(self._send, self._over, lambda why: self.context.log.warning("keeping commands: %s", why))
        self._unsent: set[tuple[str, int]] = set()
        self._pending = CommandStore(self.context.data_dir / "requests.db", rule, self.context.clock, told)
        await self._pending.open()

    async def close(self) -> None:
        await self._pending.close()

    async def write(self, messages: Messages) -> None:
        fresh: list[str] = []
        bad: dict[int, str] = {}
        for place, message in enumerate(messages):
            try:
                fresh += self._take(message)
            except (ValueError, ExpressionError) as fault:
                bad[place] = str(fault)
        try:
            await self._pending.commit()
        except BaseException:
            for id in fresh:
                self._pending.withdraw(id)
            raise
        if bad:
            raise Rejected(f"{len(bad)} were not taken", bad)

    def _take(self, message: Message) -> tuple[str, ...]:
        """The id of a command that is new."""
        error = message.meta.get("error")
        if isinstance(error, dict) and "correlation_id" in message.meta:
            self._came_back(message, str(message.meta["correlation_id"]), error.get("reason"))
            return ()
        if self.config.reply(message):
            self._answered(message)
            return ()
        id = _text(self.config.id(message)) or str(uuid.uuid4())
        known = self._pending.find(id)
        if known is not None and message.id and known.id == message.id:
            return ()  # the same message once more, after a crash or a failed write
        self._pending.submit(id, self._named(message, id))
        return (id,)

    def _came_back(self, command: Message, id: str, reason: Any) -> None:
        attempt = int(command.meta.get("attempt", 0))
        self._unsent.add((id, attempt))
        self._pending.not_sent(id)
        self._progress(command, id, "not sent", attempt=attempt, reason=reason)

    def _answered(self, reply: Message) -> None:
        id = _text(self.config.reply_id(reply))
        if id is None:
            raise ValueError("the reply has no correlation id")
        said = reply.payload if isinstance(reply.payload, dict) else {}
        ok = bool(self.config.ok(reply) if self.config.ok else said.get("ok", True))
        stray = self._pending.answer(id, ok, str(said.get("message", "")), reply.payload)
        if stray is not None:
            self.context.count(f"{stray.reason} replies")
            self._progress(reply, id, f"{stray.reason} reply", reply=reply.payload)

    def _named(self, message: Message, id: str) -> Message:
        field, payload = self.config.field, message.payload
        if field and isinstance(payload, dict) and field not in payload:
            message = message.with_payload({**payload, field: id})
        return message.with_meta(correlation_id=id)

    def _send(self, send: Send) -> None:
        command: Message = send.payload.with_meta(attempt=send.attempt)
        if send.attempt == 1:
            self._progress(command, send.correlation_id, "taken")
        self.context.emit((command,), "send", partial(self._left, send, command))

    def _left(self, send: Send, command: Message) -> None:
        """All that came of this try is settled: it was taken, or came back before."""
        tried = send.correlation_id, send.attempt
        if tried in self._unsent:
            self._unsent.remove(tried)
        else:
            self._progress(command, send.correlation_id, "sent", attempt=send.attempt)

    def _over(self, command: Message, result: Result, settled: Callable[[], None]) -> None:
        told = msgspec.to_builtins(result, enc_hook=str)
        if result.ok is None:
            self.context.reject((command.with_meta(request=told),), result.message, settled)
        else:
            self.context.emit((command.with_payload(told),), "out", settled)

    def _progress(self, about: Message, id: str, state: str, **facts: Any) -> None:
        payload = {"correlation_id": id, "state": state, **facts}
        now_ns = self.context.clock.time_ns()
        told = Message(payload, about.topic, now_ns, about.meta, now_ns, self.context.next_id())
        self.context.emit((told,), "progress")


def _text(id: Any) -> str | None:
    return id.decode("utf-8", "replace") if isinstance(id, bytes) else None if id is None else str(id)
