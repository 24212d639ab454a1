"""Every write that was asked for, on disk before it is done: who, what, what came of it. Never here: the writing."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from flowengine.errors import Unavailable
from flowengine.message import Message, pack, unpack
from flowengine.store.database import Database

KEEP_ROWS = 10_000
WRITTEN, REFUSED, DIFFERS, NO_ANSWER = "written", "refused", "differs", "no answer"

_SCHEMA = """CREATE TABLE IF NOT EXISTS writes (
    id INTEGER PRIMARY KEY, message_id INTEGER NOT NULL, at_ns INTEGER NOT NULL, by TEXT NOT NULL,
    point TEXT NOT NULL, value TEXT NOT NULL, old TEXT, read_back TEXT, result TEXT, reason TEXT NOT NULL DEFAULT '',
    command BLOB NOT NULL, told INTEGER NOT NULL DEFAULT 0
); CREATE INDEX IF NOT EXISTS writes_by_message ON writes (message_id)"""
_ADD = """INSERT INTO writes (id, message_id, at_ns, by, point, value, result, reason, command)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_FINISH = "UPDATE writes SET result = ?, reason = ?, old = ?, read_back = ? WHERE id = ?"
_TRIM = "DELETE FROM writes WHERE id <= ? AND told = 1"
_OPEN = "SELECT id, point, value, old, read_back, result, reason, command FROM writes WHERE told = 0 ORDER BY id"
_PASSED = """SELECT point, max(at_ns) FROM writes WHERE result IS NULL OR result != 'refused' GROUP BY point"""
_LAST = """SELECT at_ns, by, point, result, reason, value, old, read_back FROM writes
WHERE ? IN ('', point) ORDER BY id DESC LIMIT ?"""

T = TypeVar("T")


class Write(msgspec.Struct, kw_only=True):
    """One value for one point, and what came of it; `result` is empty while nothing has."""

    id: int = 0
    point: str
    value: Any
    command: Message
    result: str = ""
    reason: str = ""
    old: Any = None
    read_back: Any = None

    def answer(self) -> Message:
        """What is said of it: a payload with point, value, result and the rest that is known."""
        facts = {"old": self.old, "read_back": self.read_back, "reason": self.reason or None}
        payload = {"point": self.point, "value": self.value, "result": self.result}
        return self.command.with_payload(payload | {name: fact for name, fact in facts.items() if fact is not None})


class WriteJournal:
    """One file of writes, newest last; its methods raise `Unavailable` while the disk does not take them."""

    def __init__(self, file: Path):
        self._file = file
        self._data: Database | None = None
        self._last = 0

    async def open(self) -> list[Write]:
        """What an earlier run left: writes without result have got `no answer`, none of them was told to its end."""
        self._data = await self._do(lambda: Database(self._file, _SCHEMA))
        data = self._data
        self._last = int((await self._do(lambda: data.row("SELECT coalesce(max(id), 0) FROM writes")) or (0,))[0])
        return [_row(row) for row in await self._do(lambda: data.rows(_OPEN))]

    async def add(self, writes: Sequence[Write], now_ns: int) -> None:
        """Keep what shall be written. On disk when this returns; the writes have their ids then."""
        statements: list[tuple[str, Sequence[Any]]] = []
        for write in writes:
            self._last += 1
            write.id = self._last
            command = write.command
            who = str(command.meta.get("by", "")), write.point, _text(write.value)
            row = (write.id, command.id, now_ns, *who, write.result or None, write.reason, pack(command))
            statements.append((_ADD, row))
        statements.append((_TRIM, (self._last - KEEP_ROWS,)))
        await self._do(lambda: self._open.write_all(statements))

    async def knows(self, command: Message) -> bool:
        """Whether this very message was journaled before."""
        if not command.id:
            return False
        return bool(await self._do(lambda: self._open.row("SELECT 1 FROM writes WHERE message_id = ?", command.id)))

    async def finish(self, write: Write) -> None:
        """Keep what came of it."""
        values = (write.result, write.reason, _text(write.old), _text(write.read_back), write.id)
        await self._do(lambda: self._open.write(_FINISH, *values))

    async def mark_told(self, ids: Sequence[int]) -> None:
        """Everybody who needs to knows."""
        await self._do(lambda: self._open.write_all([("UPDATE writes SET told = 1 WHERE id = ?", (id,)) for id in ids]))

    async def passed(self) -> dict[str, int]:
        """When each point was last written, as far as anybody knows (UTC, ns)."""
        return dict(await self._do(lambda: self._open.rows(_PASSED)))

    async def last(self, count: int, point: str = "") -> list[dict[str, Any]]:
        """The newest writes, of one point or of all.

        Keys: at_ns, by, point, value, old, read_back, result (null while it is under way), reason.
        """
        return [_as_map(row) for row in await self._do(lambda: self._open.rows(_LAST, point, count))]

    async def close(self) -> None:
        """Let the file go."""
        if self._data is not None:
            await asyncio.to_thread(self._data.close)

    @property
    def _open(self) -> Database:
        assert self._data is not None
        return self._data

    async def _do(self, work: Callable[[], T]) -> T:
        # Shielded: a write that is under way to the disk is not taken back by whoever stops waiting for it.
        doing: Awaitable[T] = asyncio.shield(asyncio.ensure_future(asyncio.to_thread(work)))
        try:
            return await doing
        except (sqlite3.Error, OSError) as fault:
            raise Unavailable(f"{self._file.name}: {fault}") from fault


def _text(value: Any) -> str | None:
    return None if value is None else msgspec.json.encode(value, enc_hook=str).decode()


def _as_map(row: Sequence[Any]) -> dict[str, Any]:
    at_ns, by, point, result, reason, *values = row
    value, old, read_back = (None if each is None else msgspec.json.decode(each) for each in values)
    said = {"at_ns": at_ns, "by": by, "point": point, "result": result, "reason": reason}
    return {**said, "value": value, "old": old, "read_back": read_back}


def _row(row: Sequence[Any]) -> Write:
    id, point, value, old, read_back, result, reason, command = row
    write = Write(
        id=id, point=point, value=msgspec.json.decode(value), command=unpack(command), result=result or "",
        reason=reason, old=msgspec.json.decode(old or "null"), read_back=msgspec.json.decode(read_back or "null"),
    )  # fmt: skip
    if not write.result:
        write.result, write.reason = NO_ANSWER, "the engine stopped before it knew; it was not written again"
    return write
