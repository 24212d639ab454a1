"""How numeric values went, by minute and hour, on disk and bounded. Blocking. Asks no database of the plant."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from flowengine.store.database import Database

MINUTE_S, HOUR_S = 60, 3600
MOST_SERIES = 2000
MOST_ROWS = 2_000_000
"""Of each table, some 70 MB: the more series there are, the less far back each reaches."""

LONGEST_S = {MINUTE_S: 7 * 86_400, HOUR_S: 400 * 86_400}
TABLES = {MINUTE_S: "minutes", HOUR_S: "hours"}
# Sorted by series, so that a curve lies together; written seldom, so that few pages are touched.
SCHEMA = "CREATE TABLE IF NOT EXISTS series (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE);" + "".join(
    f"CREATE TABLE IF NOT EXISTS {table} (series INTEGER NOT NULL, at_s INTEGER NOT NULL, n INTEGER NOT NULL,"
    " mean REAL NOT NULL, low REAL NOT NULL, high REAL NOT NULL, PRIMARY KEY (series, at_s)) WITHOUT ROWID;"
    for table in TABLES.values()
)
_ADD = {
    # What the same minute or hour already holds is joined with what comes.
    step_s: f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"  # noqa: S608 - fixed names
    " mean = (mean * n + excluded.mean * excluded.n) / (n + excluded.n), n = n + excluded.n,"
    " low = min(low, excluded.low), high = max(high, excluded.high)"
    for step_s, table in TABLES.items()
}


class Bucket(NamedTuple):
    """`n` values of one key within a minute: when it began (s since 1970), mean, least, greatest."""

    key: str
    at_s: int
    n: int
    mean: float
    low: float
    high: float


class Stretch(NamedTuple):
    """Values from `at_s` on for `step_s`: mean, least, greatest."""

    at_s: int
    step_s: int
    mean: float
    low: float
    high: float


class TrendHistory:
    """A week of minutes and 400 days of hours, less where there are many series; the oldest go first."""

    def __init__(self, data_dir: Path):
        self._data = Database(data_dir / "trends.db", SCHEMA)
        self._known: dict[str, int] | None = None

    def add(self, buckets: Iterable[Bucket], now_s: float) -> None:
        """Keep buckets and let the oldest go. A series too many is not kept. Raises `sqlite3.Error`."""
        todo: list[tuple[str, Any]] = []
        for key, at_s, *rest in buckets:
            series = self._series_of(key)
            if series is not None:
                todo += [(sql, (series, at_s - at_s % step_s, *rest)) for step_s, sql in _ADD.items()]
        for step_s, table in TABLES.items():
            oldest_s = now_s - self.reach_s(step_s)
            sql = f"DELETE FROM {table} WHERE series = ? AND at_s < ?"  # noqa: S608 - fixed names
            todo += [(sql, (series, oldest_s)) for series in self._series.values()]
        self._data.write_all(todo)
        self._forget_empty()

    def read(self, key: str, from_s: float, to_s: float) -> list[Stretch]:
        """What is known of that time, oldest first: minutes, and hours before the first of them."""
        series = self._series.get(key)
        if series is None:
            return []
        minutes = self._stretches(series, MINUTE_S, from_s, to_s)
        first = self._data.row("SELECT min(at_s) FROM minutes WHERE series = ?", series)
        first_s = to_s if first is None or first[0] is None else first[0]
        return self._stretches(series, HOUR_S, from_s, min(to_s, first_s - first_s % HOUR_S)) + minutes

    def reach_s(self, step_s: int) -> float:
        """How far back minutes or hours are kept for the present number of series."""
        return min(LONGEST_S[step_s], MOST_ROWS * step_s / max(1, len(self._series)))

    @property
    def _series(self) -> dict[str, int]:
        if self._known is None:
            self._known = dict(self._data.rows("SELECT key, id FROM series"))
        return self._known

    def open(self) -> None:
        """Open the file now, not when it is first used. Raises `sqlite3.Error`, `OSError`."""
        self._data.open()

    def close(self) -> None:
        """Let the file go."""
        self._data.close()

    def _stretches(self, series: int, step_s: int, from_s: float, to_s: float) -> list[Stretch]:
        sql = f"SELECT at_s, {step_s}, mean, low, high FROM {TABLES[step_s]}"  # noqa: S608 - fixed names
        rows = self._data.rows(f"{sql} WHERE series = ? AND at_s > ? AND at_s < ?", series, from_s - step_s, to_s)
        return [Stretch(*row) for row in rows]

    def _series_of(self, key: str) -> int | None:
        known = self._series.get(key)
        if known is None and len(self._series) < MOST_SERIES and _is_unicode(key):
            self._data.write("INSERT OR IGNORE INTO series (key) VALUES (?)", key)
            known = self._series[key] = self._data.rows("SELECT id FROM series WHERE key = ?", key)[0][0]
        return known

    def _forget_empty(self) -> None:
        if len(self._series) < MOST_SERIES:
            return
        self._data.write("DELETE FROM series WHERE NOT EXISTS (SELECT 1 FROM hours WHERE hours.series = series.id)")
        self._known = None


def _is_unicode(key: str) -> bool:
    """Half a surrogate pair is text for Python and for JSON, but not for SQLite."""
    try:
        key.encode()
    except UnicodeEncodeError:
        return False
    return True
