"""Texts of flows that a person or a program put in: drafts that are not deployed yet, and every deployed revision.

Blocking. Knows neither files nor what the texts mean.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from flowengine.clock import Clock, SystemClock
from flowengine.store.database import Database, Row

KEPT = 1000
"""Revisions of one flow; the oldest go first."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS drafts (
  flow TEXT PRIMARY KEY, text TEXT NOT NULL, base TEXT NOT NULL, author TEXT NOT NULL, at_ns INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS revisions (
  id INTEGER PRIMARY KEY AUTOINCREMENT, flow TEXT NOT NULL, etag TEXT NOT NULL, text TEXT NOT NULL,
  author TEXT NOT NULL, at_ns INTEGER NOT NULL, comment TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS revisions_of_flow ON revisions (flow, id);
"""
_REVISION = "SELECT id, flow, etag, author, at_ns, comment FROM revisions WHERE flow = ?"


def etag_of(text: str) -> str:
    """The strong tag of a text, with its quotes."""
    return f'"{hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]}"'


@dataclass(frozen=True, slots=True)
class Draft:
    """A text that is not deployed; `base` is the tag of the file that it was made from, empty when there was none."""

    text: str
    base: str
    author: str
    at_ns: int


@dataclass(frozen=True, slots=True)
class Revision:
    """A text that was deployed; `author` is empty when it was changed on disk."""

    id: str
    flow: str
    etag: str
    author: str
    at_ns: int
    comment: str


class Revisions:
    """Every change is on disk when a method returns."""

    def __init__(self, data_dir: Path, clock: Clock | None = None):
        self._data = Database(data_dir / "revisions.db", SCHEMA, holds="drafts, and every text that was deployed")
        self._clock = clock or SystemClock()

    def drafts(self) -> dict[str, Draft]:
        """All, by flow."""
        return {
            row[0]: Draft(*row[1:]) for row in self._data.rows("SELECT flow, text, base, author, at_ns FROM drafts")
        }

    def keep_draft(self, flow: str, text: str, base: str, author: str) -> Draft:
        """Replace the draft of a flow."""
        draft = Draft(text, base, author, self._clock.time_ns())
        self._data.write("INSERT OR REPLACE INTO drafts VALUES (?, ?, ?, ?, ?)", flow, text, base, author, draft.at_ns)
        return draft

    def drop_draft(self, flow: str) -> None:
        """Forget it; nothing happens where there is none."""
        self._data.write("DELETE FROM drafts WHERE flow = ?", flow)

    def add(self, flow: str, text: str, author: str, comment: str = "") -> Revision:
        """The new revision."""
        at_ns, etag = self._clock.time_ns(), etag_of(text)
        self._data.write_all([
            ("INSERT INTO revisions (flow, etag, text, author, at_ns, comment) VALUES (?, ?, ?, ?, ?, ?)",
             (flow, etag, text, author, at_ns, comment)),
            ("DELETE FROM revisions WHERE flow = ? AND id NOT IN "
             "(SELECT id FROM revisions WHERE flow = ? ORDER BY id DESC LIMIT ?)", (flow, flow, KEPT)),
        ])  # fmt: skip
        newest = self.newest(flow)
        assert newest is not None
        return newest

    def newest(self, flow: str) -> Revision | None:
        """The last one that was added."""
        row = self._data.row(f"{_REVISION} ORDER BY id DESC LIMIT 1", flow)
        return _revision(row) if row else None

    def all(self, flow: str) -> list[Revision]:
        """Newest first."""
        return [_revision(row) for row in self._data.rows(f"{_REVISION} ORDER BY id DESC", flow)]

    def find(self, flow: str, id: str) -> tuple[Revision, str]:
        """A revision and its text. Raises KeyError."""
        number = int(id) if id.isascii() and id.isdigit() and len(id) < 19 else -1
        row = self._data.row(f"{_REVISION} AND id = ?", flow, number)
        text = self._data.row("SELECT text FROM revisions WHERE id = ?", number)
        if row is None or text is None:
            raise KeyError(id)
        return _revision(row), text[0]

    def open(self) -> None:
        """Open the file now, not when it is first used. Raises `sqlite3.Error`, `OSError`."""
        self._data.open()

    def close(self) -> None:
        """Let the file go."""
        self._data.close()


def _revision(row: Row) -> Revision:
    return Revision(str(row[0]), *row[1:])
