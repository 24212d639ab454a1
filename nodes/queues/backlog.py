"""Replay of what was kept while the way out was down: order, rate, confirmation, age.

Never here: storage, the wire, the clock. A row is done when its receiver confirmed it, not when it was handed over.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

Payload = TypeVar("Payload")

DAY_NS = 86_400_000_000_000


class Row(NamedTuple, Generic[Payload]):
    """One kept message: its place in the order, when it was kept, and what it is."""

    sequence: int
    at_ns: int
    payload: Payload


@dataclass(frozen=True, slots=True)
class Rule:
    """rate: rows per second; slowdown: (rows waiting, divisor): above so many rows the rate is divided by so much

    batch: most rows unconfirmed at once; keep_ns: age at which rows are given up
    """

    rate: float = 500.0
    slowdown: tuple[tuple[int, float], ...] = ((10_000, 2.0), (100_000, 5.0))
    batch: int = 500
    keep_ns: int = 28 * DAY_NS

    def rate_at(self, waiting: int) -> float:
        """Rows per second while `waiting` rows wait: a long backlog must not drown what is live."""
        divisors = [divisor for above, divisor in self.slowdown if waiting > above]
        return self.rate / max(divisors, default=1.0)


class Backlog(Generic[Payload]):
    """The order of rows from being kept to being confirmed. A store holds the rows; this says which are next.

    `rows` are what a store still had, in order (after a restart: all that were not marked as confirmed).
    """

    def __init__(self, rule: Rule, rows: Iterable[Row[Payload]] = ()):
        self._rule = rule
        self._rows: deque[Row[Payload]] = deque(rows)
        self._in_flight: deque[Row[Payload]] = deque()
        self._next_sequence = self._rows[-1].sequence + 1 if self._rows else 1
        self._online = False
        self._allowance = float(rule.batch)
        self._counted_ns: int | None = None
        self.given_up = 0

    def __len__(self) -> int:
        return len(self._rows) + len(self._in_flight)

    @property
    def waiting(self) -> list[Row[Payload]]:
        """All rows that are not confirmed, in order."""
        return [*self._in_flight, *self._rows]

    def may_go_directly(self) -> bool:
        """Whether a live message may skip the backlog without overtaking anything."""
        return self._online and not self._rows and not self._in_flight

    def keep(self, payload: Payload, now_ns: int) -> Row[Payload]:
        """Append a message behind all that wait; store the row before anyone is told it is safe."""
        row = Row(self._next_sequence, now_ns, payload)
        self._next_sequence += 1
        self._rows.append(row)
        return row

    def up(self, now_ns: int) -> None:
        """The way out is open."""
        self._online = True
        self._counted_ns = now_ns if self._counted_ns is None else self._counted_ns

    def down(self) -> None:
        """The way out is closed: what was not confirmed will be sent again, in its order."""
        self._online = False
        self._rows.extendleft(reversed(self._in_flight))
        self._in_flight.clear()

    def next_rows(self, now_ns: int) -> list[Row[Payload]]:
        """Rows to send now, in order, as many as rate and batch allow; they are in flight until confirmed."""
        if not self._online:
            return []
        self._count_allowance(now_ns)
        count = min(int(self._allowance), self._rule.batch - len(self._in_flight), len(self._rows))
        rows = [self._rows.popleft() for _ in range(count)]
        self._in_flight.extend(rows)
        self._allowance -= count
        return rows

    def next_deadline_ns(self) -> int | None:
        """When `next_rows` gives something again; None when that waits for a confirmation or a connection."""
        if not self._online or not self._rows or len(self._in_flight) >= self._rule.batch or self._counted_ns is None:
            return None
        missing = max(0.0, 1.0 - self._allowance)
        return self._counted_ns + int(missing / self._rule.rate_at(len(self)) * 1e9) + 1

    def confirm(self, sequence: int) -> Row[Payload] | None:
        """The row that is done and can be marked in the store; None for one that is not in flight."""
        for place, row in enumerate(self._in_flight):
            if row.sequence == sequence:
                del self._in_flight[place]
                return row
        return None

    def fail(self, sequence: int) -> None:
        """The receiver refused a row for now: it and all after it are sent again; those before it stay in flight."""
        back: list[Row[Payload]] = []
        while self._in_flight and self._in_flight[-1].sequence >= sequence:
            back.append(self._in_flight.pop())
        self._rows.extendleft(back)

    def purge(self, now_ns: int) -> list[Row[Payload]]:
        """Waiting rows older than the rule keeps them, taken out and counted; rows in flight are left."""
        old: list[Row[Payload]] = []
        while self._rows and now_ns - self._rows[0].at_ns > self._rule.keep_ns:
            old.append(self._rows.popleft())
        self.given_up += len(old)
        return old

    def _count_allowance(self, now_ns: int) -> None:
        rate = self._rule.rate_at(len(self))
        if self._counted_ns is not None and now_ns > self._counted_ns:
            self._allowance += (now_ns - self._counted_ns) / 1e9 * rate
        # At most a second's worth at once, so that a pause is not followed by a flood.
        self._allowance = min(self._allowance, max(1.0, min(rate, self._rule.batch)))
        self._counted_ns = now_ns
