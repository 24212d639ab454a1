"""Messages that nothing accepted, kept on disk with the reason until someone looks: list, show, redrive, purge.

One SQLite file a node, every commit synced (`synchronous=FULL`). Bounded in age and bytes: the oldest go first. All
calls block: nodes make them in a thread, the command line from another process. Nothing here knows flows or nodes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from flowengine.message import Message, pack, unpack
from flowengine.store.database import Database

OVERHEAD_BYTES = 128
"""What a letter takes beside its record, for the bound."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS letters (
    id INTEGER PRIMARY KEY AUTOINCREMENT, died_ns INTEGER NOT NULL, flow TEXT NOT NULL, node TEXT NOT NULL,
    reason TEXT NOT NULL, size_bytes INTEGER NOT NULL, record BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS letters_by_time ON letters (died_ns);
"""
_WHERE = "(:flow IS NULL OR flow = :flow) AND (:node IS NULL OR node = :node) AND (:reason IS NULL OR reason = :reason)"
_GROUPS = " ".join(
    (
        "SELECT flow, node, reason, count(*), min(died_ns), max(died_ns), sum(size_bytes) FROM letters WHERE",
        _WHERE,
        "GROUP BY flow, node, reason ORDER BY max(died_ns) DESC",
    )
)
_LIST = " ".join(
    (
        "SELECT id, died_ns, flow, node, reason, record FROM letters WHERE",
        _WHERE,
        "AND id > :after ORDER BY id LIMIT :most",
    )
)
_PURGE = " ".join(("DELETE FROM letters WHERE", _WHERE, "AND (:before IS NULL OR died_ns < :before)"))


@dataclass(frozen=True)
class Letter:
    """One message that died: where, when (UTC nanoseconds) and why."""

    id: int
    died_ns: int
    flow: str
    node: str
    reason: str
    message: Message


@dataclass(frozen=True)
class Group:
    """Letters of one flow, node and reason."""

    flow: str
    node: str
    reason: str
    count: int
    first_ns: int
    last_ns: int
    size_bytes: int


@dataclass(frozen=True)
class Which:
    """A choice of letters; what is None is not asked for."""

    flow: str | None = None
    node: str | None = None
    reason: str | None = None

    def named(self) -> dict[str, str | None]:
        """As parameters of a query."""
        return {"flow": self.flow, "node": self.node, "reason": self.reason}


ANY = Which()


class DeadLetters:
    """The letters in one file. Raises `sqlite3.Error` or `OSError` when the disk does not take them."""

    def __init__(self, file: Path, max_bytes: int = 2**28, keep_s: float = 14 * 86_400.0, mends: bool = False):
        """A damaged file is set aside and begun anew where this one `mends`: the node that writes it."""
        self._db = Database(file, _SCHEMA, mends)
        self._max_bytes = max_bytes
        self._keep_ns = int(keep_s * 1e9)
        # Counted up and never down by other processes' purges: exact again whenever the bound seems reached.
        self._at_most_bytes = self._total_bytes()

    @property
    def set_aside(self) -> Path | None:
        """Where a damaged file of letters went when this one was opened."""
        return self._db.set_aside

    def add(self, flow: str, messages: Sequence[Message], now_ns: int) -> int:
        """Keep messages, with the reason in their `meta.error`; how many old ones had to go. On disk on return."""
        records = [pack(message) for message in messages]
        rows = [
            (now_ns, flow, *_fault(message), len(record) + OVERHEAD_BYTES, record)
            for message, record in zip(messages, records, strict=True)
        ]
        with self._db.together() as db:
            db.executemany(
                "INSERT INTO letters (died_ns, flow, node, reason, size_bytes, record) VALUES (?, ?, ?, ?, ?, ?)", rows
            )
            self._at_most_bytes += sum(row[4] for row in rows)
            gone = self._expire(now_ns)
            return gone + self._shrink() if self._at_most_bytes > self._max_bytes else gone

    def groups(self, which: Which = ANY) -> list[Group]:
        """How many letters there are of each flow, node and reason, newest first."""
        return [Group(*row) for row in self._db.rows(_GROUPS, **which.named())]

    def list(self, which: Which = ANY, most: int = 100, after: int = 0) -> Sequence[Letter]:
        """The oldest letters with an id above `after`, in order."""
        return [_letter(row) for row in self._db.rows(_LIST, **which.named(), after=after, most=most)]

    def show(self, letter: int) -> Letter | None:
        """One letter."""
        sql = "SELECT id, died_ns, flow, node, reason, record FROM letters WHERE id = ?"
        row = self._db.row(sql, letter)
        return _letter(row) if row else None

    def remove(self, letters: Sequence[int]) -> int:
        """Forget letters that were redriven: `list` them, send them, and call this once they are settled."""
        with self._db.together() as db:
            return sum(db.execute("DELETE FROM letters WHERE id = ?", (one,)).rowcount for one in letters)

    def purge(self, which: Which = ANY, before_ns: int | None = None) -> int:
        """Forget letters, those that died before a time or all; how many there were."""
        return self._db.write(_PURGE, **which.named(), before=before_ns)

    @property
    def count(self) -> int:
        """How many letters there are."""
        return int(self._db.rows("SELECT count(*) FROM letters")[0][0])

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _expire(self, now_ns: int) -> int:
        return self._db.write("DELETE FROM letters WHERE died_ns < ?", now_ns - self._keep_ns)

    def _total_bytes(self) -> int:
        return int(self._db.rows("SELECT coalesce(sum(size_bytes), 0) FROM letters")[0][0])

    def _shrink(self) -> int:
        self._at_most_bytes = self._total_bytes()
        excess = self._at_most_bytes - self._max_bytes
        gone = []
        for letter, size_bytes in self._db.rows("SELECT id, size_bytes FROM letters ORDER BY id"):
            if excess <= 0:
                break
            gone.append(letter)
            excess -= size_bytes
            self._at_most_bytes -= size_bytes
        for letter in gone:
            self._db.write("DELETE FROM letters WHERE id = ?", letter)
        return len(gone)


def _fault(message: Message) -> tuple[str, str]:
    error = message.meta.get("error")
    if not isinstance(error, dict):
        return "", "unknown"
    return str(error.get("node", "")), str(error.get("reason", "unknown"))[:1000]


def _letter(row: tuple[int, int, str, str, str, bytes]) -> Letter:
    try:
        message = unpack(row[5])
    except msgspec.DecodeError:
        message = Message(row[5], meta={"unreadable": True})
    return Letter(*row[:5], message)
