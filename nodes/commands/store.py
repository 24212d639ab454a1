"""Commands that wait for a reply, on disk: what was taken goes on after a crash. Never here: payloads, the wire."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from flowengine.clock import Clock
from flowengine.ending import end
from flowengine.errors import Unavailable
from flowengine.message import Message, pack, unpack
from flowengine.packing import decoder, encode
from nodes.commands.key_value_store import KeyValueStore
from nodes.commands.rules import CommandRule, Commands, Done, Send, Stray
from nodes.timing.clock_units import to_ns

TRY_AGAIN_S = 1.0
WAITS, OVER = "waits ", "over "


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """How a command ended: `ok` is what the answer said, None when none came; `reply` is the answer's payload."""

    correlation_id: str
    ok: bool | None
    message: str
    attempts: int
    latency_ms: float
    reply: Any = None


class _Row(msgspec.Struct, array_like=True, frozen=True):
    """A pending command on disk, its times on the wall clock; or one that is over, with its result."""

    command: bytes
    submitted_ns: int = 0
    attempts: int = 0
    waits: bool = False
    due_ns: int = 0
    result: Result | None = None


_row = decoder(_Row)


@dataclass(frozen=True)
class Told:
    """Who is told: of each try, and of each end, with what to call when nobody needs it any more."""

    sent: Callable[[Send], None]
    over: Callable[[Message, Result, Callable[[], None]], None]
    """Gets the command with the time of its end."""
    troubled: Callable[[str], None]


class CommandStore:
    """Changes are made at once and told once they are on disk: call `commit`."""

    def __init__(self, file: Path, rule: CommandRule, clock: Clock, told: Told):
        self._rule, self._clock, self._told = rule, clock, told
        self._kept = KeyValueStore(file)
        self._commands = Commands(rule)
        self._sends: list[Send] = []
        self._over: dict[str, tuple[Message, Result]] = {}
        self._untold: list[str] = []
        self._changed: set[str] = set()
        self._gone: set[str] = set()
        self._turn, self._woken = asyncio.Lock(), asyncio.Event()

    async def open(self) -> None:
        """Take up what an earlier run left. Raises `Unavailable`."""
        shift_ns = _shift_ns(self._clock)
        for key, packed in (await self._kept.open()).items():
            row = _row(packed)
            if row.result is not None:
                self._over[key] = unpack(row.command), row.result
                self._untold.append(key)
                continue
            # A clock that was set back must not make a command wait for hours.
            due_ns = min(row.due_ns - shift_ns, _now_ns(self._clock) + self._rule.timeout_ns + self._rule.backoff_ns)
            pending = [key.removeprefix(WAITS), unpack(row.command), row.submitted_ns - shift_ns, row.attempts,
                       row.waits, due_ns]  # fmt: skip
            self._commands.restore({"pending": [pending], "finished": []})
        self._timer = asyncio.create_task(self._keep_time(), name="pending commands")

    async def close(self) -> None:
        """Stop; what is pending stays on disk."""
        await end(self._timer)
        await self._kept.close()

    def find(self, correlation_id: str) -> Message | None:
        """The pending command of that id."""
        row = self._commands.row(correlation_id)
        return None if row is None else row[1]

    def submit(self, correlation_id: str, command: Message) -> None:
        """Take a command and send its first try. Raises `Refused`."""
        self._sends.append(self._commands.submit(correlation_id, command, _now_ns(self._clock)))
        self._changed.add(correlation_id)

    def withdraw(self, correlation_id: str) -> None:
        """Forget a command that could not be kept."""
        self._commands.withdraw(correlation_id)
        self._sends = [send for send in self._sends if send.correlation_id != correlation_id]

    def answer(self, correlation_id: str, ok: bool, message: str, reply: Any) -> Stray | None:
        """A reply came; a stray when nobody waits for it."""
        done = self._commands.acknowledge(correlation_id, ok, _now_ns(self._clock), message)
        if isinstance(done, Stray):
            return done
        self._end(done, reply)
        return None

    def not_sent(self, correlation_id: str) -> None:
        """A try could not leave; the next comes after the backoff."""
        self._commands.not_sent(correlation_id, _now_ns(self._clock))
        self._changed.add(correlation_id)
        self._woken.set()

    async def commit(self) -> None:
        """Return when all changes are on disk and told. Raises `Unavailable`; they then stay untold."""
        async with self._turn:
            sends, untold, changed, gone = [*self._sends], [*self._untold], {*self._changed}, {*self._gone}
            rows = {id: self._commands.row(id) for id in changed}
            shift_ns = _shift_ns(self._clock)
            put = {WAITS + id: _waiting(row, shift_ns) for id, row in rows.items() if row is not None}
            put |= {key: _ended(*self._over[key]) for key in untold}
            await self._kept.change(put, [*gone, *(WAITS + id for id, row in rows.items() if row is None)])
            self._gone -= gone
            self._changed -= {id for id in changed if self._commands.row(id) == rows[id]}
            self._sends = [send for send in self._sends if send not in sends]
            del self._untold[: len(untold)]
        self._tell(sends, untold)
        self._woken.set()

    def _tell(self, sends: list[Send], keys: list[str]) -> None:
        for send in sends:
            self._told.sent(send)
        for key in keys:
            self._told.over(*self._over[key], partial(self._settled, key))

    def _settled(self, key: str) -> None:
        if self._over.pop(key, None) is not None:
            self._gone.add(key)
            self._woken.set()

    async def _keep_time(self) -> None:
        while True:
            try:
                await self._wait()
                self._on_time()
                if self._sends or self._untold or self._gone or self._changed:
                    await self.commit()
            except Unavailable as away:
                self._told.troubled(str(away))
                await asyncio.sleep(TRY_AGAIN_S)

    async def _wait(self) -> None:
        if self._untold or self._gone:
            return
        due_ns = self._commands.next_deadline_ns()
        try:
            async with asyncio.timeout(None if due_ns is None else max(0.0, (due_ns - _now_ns(self._clock)) / 1e9)):
                await self._woken.wait()
        except TimeoutError:
            pass
        self._woken.clear()

    def _on_time(self) -> None:
        for event in self._commands.on_time(_now_ns(self._clock)):
            self._changed.add(event.correlation_id)
            if isinstance(event, Send):
                self._sends.append(event)
            else:
                self._end(event)

    def _end(self, done: Done, reply: Any = None) -> None:
        result = Result(
            correlation_id=done.correlation_id,
            ok=done.ok,
            message=done.message,
            attempts=done.attempts,
            latency_ms=done.latency_ns / 1e6,
            reply=reply,
        )
        key = OVER + uuid.uuid4().hex
        ended_ns = done.at_ns + _shift_ns(self._clock)
        self._over[key] = done.payload.with_time(ended_ns), result
        self._untold.append(key)
        self._changed.add(done.correlation_id)


def _waiting(row: list[Any], shift_ns: int) -> bytes:
    _, command, submitted_ns, attempts, waits, due_ns = row
    return msgspec.msgpack.encode(_Row(pack(command), submitted_ns + shift_ns, attempts, waits, due_ns + shift_ns))


def _ended(command: Message, result: Result) -> bytes:
    return encode(_Row(pack(command), result=result))


def _now_ns(clock: Clock) -> int:
    return to_ns(clock.now_s())


def _shift_ns(clock: Clock) -> int:
    """From monotonic times, which mean nothing after a restart, to the wall clock."""
    return clock.time_ns() - _now_ns(clock)
