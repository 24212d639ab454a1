"""What happened to alarms, who did it and when, for good; and what is known of each alarm now. Blocking.

Knows no alarm's rules: states and events are texts here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flowengine.store.database import Database

KEPT = 200_000
MOST_STRETCHES = 500
"""In which one alarm was active, of one answer."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
  id INTEGER PRIMARY KEY AUTOINCREMENT, alarm TEXT NOT NULL, flow TEXT NOT NULL, title TEXT NOT NULL,
  at_ns INTEGER NOT NULL, by TEXT, event TEXT NOT NULL, comment TEXT NOT NULL, value BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS events_of_alarm ON events (alarm, id);
CREATE INDEX IF NOT EXISTS events_of_flow ON events (flow, id);
CREATE TABLE IF NOT EXISTS alarms (id TEXT PRIMARY KEY, record BLOB NOT NULL);
"""


_COLUMNS = "alarm, flow, title, at_ns, by, event, comment, value"
_ADD = f"INSERT INTO events ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - fixed names


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to an alarm; `by` is None for the engine, `value` JSON."""

    alarm: str
    flow: str
    title: str
    at_ns: int
    by: str | None
    event: str
    comment: str = ""
    value: bytes = b"null"
    id: int = 0


class AlarmJournal:
    """Everything is on disk when a method returns."""

    def __init__(self, data_dir: Path):
        self._data = Database(data_dir / "alarms.db", SCHEMA, holds="what operators acknowledged and shelved")

    def records(self) -> dict[str, bytes]:
        """What was kept of each alarm."""
        return dict(self._data.rows("SELECT id, record FROM alarms"))

    def add(self, events: Iterable[Event], records: Iterable[tuple[str, bytes | None]]) -> None:
        """Events that happened, and alarms as they are now (None: forgotten), all or nothing."""
        todo: list[tuple[str, Any]] = [
            (_ADD, (e.alarm, e.flow, e.title, e.at_ns, e.by, e.event, e.comment, e.value)) for e in events
        ]
        for id, record in records:
            if record is None:
                todo.append(("DELETE FROM alarms WHERE id = ?", (id,)))
            else:
                todo.append(("INSERT OR REPLACE INTO alarms VALUES (?, ?)", (id, record)))
        todo.append(("DELETE FROM events WHERE id <= (SELECT max(id) FROM events) - ?", (KEPT,)))
        self._data.write_all(todo)

    def rename(self, old: str, new: str) -> None:
        """The events of one alarm are another's from now on."""
        self._data.write_all([("UPDATE events SET alarm = ? WHERE alarm = ?", (new, old))])

    def events(self, limit: int, before: int | None = None, flow: str = "", alarm: str = "") -> list[Event]:
        """Newest first; those before the event `before`."""
        rows = self._data.rows(
            "SELECT alarm, flow, title, at_ns, by, event, comment, value, id FROM events "
            "WHERE id < ? AND (? = '' OR flow = ?) AND (? = '' OR alarm = ?) ORDER BY id DESC LIMIT ?",
            before if before is not None else 1 << 62, flow, flow, alarm, alarm, limit,
        )  # fmt: skip
        return [Event(*row) for row in rows]

    def active(self, alarm: str, from_ns: int, to_ns: int) -> list[tuple[int, int | None]]:
        """When an alarm was active between two times, newest first: from when, until when (None: it still was at the
        end). A stretch that reaches in has its true beginning; at most MOST_STRETCHES."""
        rows = self._data.rows(
            "SELECT at_ns, event FROM events WHERE alarm = ? AND event IN ('raised', 'cleared') AND at_ns < ? "
            "ORDER BY id DESC LIMIT ?",
            alarm, to_ns, 2 * MOST_STRETCHES,
        )  # fmt: skip
        found, until_ns = list[tuple[int, int | None]](), None
        for at_ns, event in rows:
            if event == "cleared":
                if at_ns < from_ns:
                    break
                until_ns = at_ns
            else:
                found.append((at_ns, until_ns))
                until_ns = at_ns  # what began anew without a word of its end had ended
        return found

    def close(self) -> None:
        """Let the file go."""
        self._data.close()
