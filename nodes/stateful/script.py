"""`script`: a few lines of code for what no other node says."""

from __future__ import annotations

from collections import deque
from typing import Any

from pydantic import Field, PositiveInt

from flowengine import Config, Emit, Example, Message, Messages, Size, Stateful, made_id
from flowengine.expression import TemplateText
from flowengine.script import PER_BATCH, ScriptText, States, Tools
from nodes.values.normalise import time_ns

MOST_NOTES_S = 10
"""Lines that one node writes into the log in a second."""


class ScriptConfig(Config):
    """Settings of `script`."""

    code: ScriptText
    """Statements run for each message: see [scripts](../scripts.md). They set `payload`, `topic`, `meta` and `time`,
    keep what stands in `state`, `send`, `drop`, `reject` and `note`. Their end sends the message on by `out`."""

    by: TemplateText | None = None
    """One `state` for each of these, such as `{room}`; by default one for all messages."""

    max_keys: PositiveInt = 10_000
    """States kept; beyond it the one that changed longest ago is forgotten, and counted."""

    max_state: Size = Field(default=16 * 1024, ge=64, le=2**20)
    """Most that one state takes; a message that would exceed it is rejected."""


class Script(Stateful):
    """Run a few lines of code for each message: a checked part of Python, bounded in work, memory and state.

    A message is worked on for about a millisecond at most, then rejected with the line. A message that is rejected, by
    `reject` or by a fault, changes no state and sends nothing.
    """

    config: ScriptConfig
    divides = True
    examples = (
        Example("A formula", "code: 'payload.f = payload.c * 1.8 + 32'", given=[{"c": 100}],
                gives=[{"c": 100, "f": 212.0}]),
        Example("A number for each message", "code: |\n  state.n = coalesce(state.n, 0) + 1\n  payload.n = state.n",
                given=[{}, {}], gives=[{"n": 1}, {"n": 2}]),
        Example("What is out of bounds by a port of its own",
                "code: |\n  for name, v in items(payload):\n      if v > 90: send('high', {name: v})",
                given=[{"a": 95, "b": 20}], gives={"high": [{"a": 95}], "out": [{"a": 95, "b": 20}]}),
    )  # fmt: skip

    @classmethod
    def gives_time(cls, config: Config) -> bool:
        return True

    @classmethod
    def ports(cls, config: Config) -> tuple[str, ...]:
        assert isinstance(config, ScriptConfig)
        return tuple(dict.fromkeys(("out", *config.code.ports)))

    def start(self) -> None:
        config = self.config
        self._run = config.code.runner(Tools(self._id_of_sent, _nanoseconds, self._log_note))
        self._states = States(config.max_keys, config.max_state)
        self._waiting: deque[Message] = deque()
        self._forgotten = self._note_s = self._notes = 0

    def process(self, messages: Messages, now_s: float) -> Emit:
        self._waiting.extend(messages)
        return self._work()

    def wake_at_s(self) -> float | None:
        return self.context.clock.now_s() if self._waiting else None

    def on_time(self, now_s: float) -> Emit:
        return self._work()

    def flush(self, now_s: float) -> Emit:
        return self._work(endless=True)

    def snapshot(self, now_s: float) -> Any:
        return self._states.snapshot() if self.config.code.keeps else None

    def restore(self, state: Any, now_s: float) -> None:
        self._states.restore(state)

    def _work(self, endless: bool = False) -> Emit:
        """Run messages for about 50 ms; what is left waits its turn, so that other nodes get theirs."""
        ports: dict[str, list[Message]] = {"out": []}
        rejected: list[tuple[Message, str]] = []
        until, finished, dropped = self._run.work + PER_BATCH, 0, 0
        while self._waiting and (endless or self._run.work < until):
            message = self._waiting.popleft()
            finished += 1
            try:
                dropped += not self._one(message, ports)
            except ValueError as fault:
                rejected.append((message, str(fault)))
        if dropped:
            self.context.count("dropped by the script", dropped)
        if self._states.forgotten > self._forgotten:
            self.context.count("states forgotten", self._states.forgotten - self._forgotten)
            self._forgotten = self._states.forgotten
        return Emit(ports, finished, rejected)

    def _one(self, message: Message, ports: dict[str, list[Message]]) -> bool:
        by, keeps = self.config.by, self.config.code.keeps
        key = by.fill(message) if by is not None and keeps else ""
        before = self._states.get(key)
        out, sent, state = self._run(message, before)
        if state is not before:
            self._states.put(key, state)
        for port, made in sent:
            ports.setdefault(port, []).append(made)
        if out is not None:
            ports["out"].append(out)
        return out is not None

    def _id_of_sent(self, id: int, place: int) -> int:
        return made_id(id, self.context.node, place)

    def _log_note(self, line: str) -> None:
        second = int(self.context.clock.now_s())
        self._notes = self._notes + 1 if second == self._note_s else 1
        self._note_s = second
        if self._notes <= MOST_NOTES_S:
            self.context.log.info("%s", line[:500])
        else:
            self.context.count("notes left out")


def _nanoseconds(value: Any) -> int:
    found = time_ns(value)
    if found is None:
        raise ValueError("time is neither RFC 3339 nor an epoch number")
    return found
