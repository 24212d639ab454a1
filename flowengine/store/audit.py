"""Who changed what and when, for good. Blocking; nothing is ever changed or removed but the oldest lines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flowengine.clock import Clock, SystemClock
from flowengine.store.database import Database

FILE = "audit.db"
KEPT = 200_000
LONGEST = 1000
SCHEMA = """
CREATE TABLE IF NOT EXISTS audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at_ns INTEGER NOT NULL, user TEXT NOT NULL, action TEXT NOT NULL,
  subject TEXT NOT NULL, detail TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS audit_of_user ON audit (user, id);
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was done."""

    id: int
    at_ns: int
    user: str
    action: str
    subject: str
    detail: str


class Audit:
    """A line is on disk when `note` returns. A damaged file is begun anew where this one `mends`: the engine's."""

    def __init__(self, data_dir: Path, clock: Clock | None = None, mends: bool = True):
        self._data = Database(data_dir / FILE, SCHEMA, mends, "who did what until now" if mends else "")
        self._clock = clock or SystemClock()

    def record(self, user: str, action: str, subject: str, detail: str = "") -> tuple[int, str, str, str, str]:
        """Add a line; the line, as `take` takes it elsewhere."""
        line = (self._clock.time_ns(), user, action, subject[:LONGEST], detail[:LONGEST])
        self.take(*line)
        return line

    def take(self, at_ns: int, user: str, action: str, subject: str, detail: str) -> None:
        """Add a line that was made elsewhere."""
        values = (at_ns, user, action, subject, detail)
        self._data.write_all([
            ("INSERT INTO audit (at_ns, user, action, subject, detail) VALUES (?, ?, ?, ?, ?)", values),
            ("DELETE FROM audit WHERE id <= (SELECT max(id) FROM audit) - ?", (KEPT,)),
        ])  # fmt: skip

    def lines(self, limit: int, before: int | None = None, user: str = "") -> list[Line]:
        """Newest first; those older than the line `before`."""
        rows = self._data.rows(
            "SELECT id, at_ns, user, action, subject, detail FROM audit "
            "WHERE id < ? AND (? = '' OR user = ?) ORDER BY id DESC LIMIT ?",
            before if before is not None else 1 << 62, user, user, limit,
        )  # fmt: skip
        return [Line(*row) for row in rows]

    def after(self, id: int, limit: int, user: str = "") -> list[Line]:
        """Oldest first; those newer than the line `id`."""
        rows = self._data.rows(
            "SELECT id, at_ns, user, action, subject, detail FROM audit "
            "WHERE id > ? AND (? = '' OR user = ?) ORDER BY id LIMIT ?",
            id, user, user, limit,
        )  # fmt: skip
        return [Line(*row) for row in rows]

    def open(self) -> None:
        """Open the file now, not when it is first used. Raises `sqlite3.Error`, `OSError`."""
        self._data.open()

    def close(self) -> None:
        """Let the file go."""
        self._data.close()
