"""What every database gives to nodes: write rows, ask, describe and create a table. No dialect lives here."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from nodes.batches.bisection import bisect_bad
from nodes.clients.sql.fit import Fit
from nodes.clients.sql.settings import SqlSettings
from nodes.clients.sql.values import Kind
from nodes.clients.unreachable import unreachable

Row = Sequence[Any]
Quote = Literal['"', "`"]
IDENTIFIER = re.compile(r"[^\W\d][\w $-]{0,62}")
"""What may name a table or column: letters, digits, `_ $ -` and blanks. Quotes never, so that quoting is safe."""


class SqlAway(Exception):
    """The database cannot take this now: no connection, a lock, a full disk, a table or right that is missing."""


class SqlRefused(Exception):
    """The database will never take this row or query."""


class SqlNoTable(SqlRefused):
    """A query asks for a table that is not there."""


@dataclass(frozen=True)
class Table:
    """Where rows go. `keys` are the columns that make a row unique; with `upsert` the newer row replaces the older,
    but with `keeps` not where the newer one has no value.
    """

    name: str
    columns: tuple[str, ...]
    keys: tuple[str, ...] = ()
    upsert: bool = False
    keeps: bool = False

    @property
    def parts(self) -> tuple[str, ...]:
        """Schema, if one is named, and table."""
        return tuple(self.name.split("."))

    def written(self, quote: Quote = '"') -> str:
        """The quoted name."""
        return ".".join(quoted(part, quote) for part in self.parts)

    def listed(self, names: Sequence[str] | None = None, quote: Quote = '"') -> str:
        """The quoted columns, separated by commas."""
        return ", ".join(quoted(name, quote) for name in (self.columns if names is None else names))

    @property
    def replaced(self) -> tuple[str, ...]:
        """The columns that an upsert overwrites."""
        return tuple(name for name in self.columns if name not in self.keys)

    def assignments(self, new: Callable[[str], str], quote: Quote = '"') -> str:
        """What an upsert does to the row that is there; `new` writes the newer value of a quoted column."""

        def value(name: str) -> str:
            return f"COALESCE({new(name)}, {self.written(quote)}.{name})" if self.keeps else new(name)

        return ", ".join(f"{name} = {value(name)}" for name in (quoted(n, quote) for n in self.replaced))


def identifier(text: str) -> str:
    """The name itself. Raises ValueError when it cannot name a table or column."""
    if IDENTIFIER.fullmatch(text) is None:
        raise ValueError(f"{text!r} cannot name a table or column: letters, digits, _ $ - and blanks, at most 63")
    return text


def quoted(name: str, quote: Quote = '"') -> str:
    """A name as SQL writes it."""
    return f"{quote}{identifier(name)}{quote}"


class Database(ABC):
    """One database. Everything but `open` raises SqlAway for what may pass, SqlRefused for what will not."""

    def __init__(self) -> None:
        self.up: bool | None = None

    @abstractmethod
    async def write(self, table: Table, rows: Sequence[Row]) -> dict[int, str]:
        """Places of the rows that were refused, with the reason; all others are committed, in one transaction."""

    @abstractmethod
    async def columns(self, table: Table) -> dict[str, Fit]:
        """What makes a value fit each column; nothing when there is no such table."""

    @abstractmethod
    async def create(self, table: Table, kinds: Mapping[str, Kind], time_column: str | None) -> None:
        """Make the table unless it is there."""

    @abstractmethod
    async def ask(self, query: str, values: Mapping[str, Any], most: int, writes: bool) -> list[dict[str, Any]]:
        """The rows of an answer, at most `most`; `:name` in the query stands for a value."""

    @property
    def is_busy(self) -> bool:
        """Whether every connection is in use, so that a question would wait its turn."""
        return False

    async def greet(self) -> None:
        """Return when the server answers, or is busy with us: whoever waits for that tells it. Raises SqlAway."""
        if not self.is_busy:
            await self.ask("SELECT 1 AS n", {}, 1, False)

    @abstractmethod
    async def close(self) -> None:
        """Close every connection."""


def away(fault: Exception, to: SqlSettings, said: str) -> SqlAway:
    """The fault as one that may pass: a failure of the line in words of ours, else as it was said."""
    chain = (fault, fault.__cause__, fault.__context__)
    lost = next((each for each in chain if isinstance(each, OSError)), None)
    return SqlAway(unreachable(lost, to.host, to.port) if lost is not None and to.host else said)


Attempt = Callable[[Sequence[int]], Awaitable[str | None]]


async def write_good(places: Sequence[int], attempt: Attempt) -> dict[int, str]:
    """Places of the rows that `attempt` (None, or the reason of a refusal) never took; tries all together first."""
    reason = await attempt(places)
    if reason is None:
        return {}
    search = bisect_bad(places, reason)
    try:
        part = next(search)
        while True:
            part = search.send(await attempt(part))
    except StopIteration as end:
        return dict(end.value)
