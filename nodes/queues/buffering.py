"""The batching rule: which items wait, and when they go on together.

Here live count, time and byte limits, the store per key and what a full buffer does. Never here: timers, receipts,
disk. Time is an argument, in nanoseconds on any one clock; items that arrive at an instant go before the tick of that
instant when the caller adds them first.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, Literal, NamedTuple, TypeVar

from nodes.queues.buffer_stores import AllOfKey, InOrder, LastOfKey, Store

Item = TypeVar("Item")
Cause = Literal["size", "bytes", "time", "full", "flush"]
WhenFull = Literal["flush", "drop_oldest", "drop_newest"]


class Batch(NamedTuple, Generic[Item]):
    """Items that go on together, in order of arrival, and why they go now."""

    items: list[Item]
    cause: Cause


class Outcome(NamedTuple, Generic[Item]):
    """What came of adding: batches to pass on, and items that were given up.

    dropped: lost to the full buffer's policy; superseded: replaced by a newer one of the same key
    """

    batches: list[Batch[Item]]
    dropped: list[Item]
    superseded: list[Item]


@dataclass(frozen=True, slots=True)
class BatchRule:
    """When a batch is complete and what happens when there is no room.

    timer: `interval` ticks every every_ns from the start, `linger` ends every_ns after the first item of a batch
    keep: with a key: `last` holds only the newest item of each key, `all` makes one batch per key
    capacity: most items that wait (None: max_items is the only bound)
    """

    max_items: int = 1000
    every_ns: int | None = None
    timer: Literal["interval", "linger"] = "linger"
    max_bytes: int | None = None
    capacity: int | None = None
    when_full: WhenFull = "flush"
    keep: Literal["all", "last"] = "all"


class Buffer(Generic[Item]):
    """Waiting items under one rule. `start_ns` is where interval ticks are counted from."""

    def __init__(
        self,
        rule: BatchRule,
        start_ns: int = 0,
        *,
        key_of: Callable[[Item], str] | None = None,
        size_of: Callable[[Item], int] | None = None,
    ):
        if rule.max_items < 1 or (rule.capacity is not None and rule.capacity < 1):
            raise ValueError("a buffer holds at least one item")
        if rule.max_bytes is not None and size_of is None:
            raise ValueError("a limit in bytes needs the size of an item")
        self._rule = rule
        self._start_ns = start_ns
        self._ticked_ns: int | None = None
        self._deadline_ns: int | None = None
        self._size_of = size_of if rule.max_bytes is not None else None
        self._bytes = 0
        # One queue that passes on before it can be full needs no look at single items.
        has_room = rule.capacity is None or rule.capacity >= rule.max_items
        queue: InOrder[Item] = InOrder()
        self._queue = queue if key_of is None and self._size_of is None and has_room else None
        self._store: Store[Item] = queue
        if key_of is not None:
            self._store = LastOfKey(key_of) if rule.keep == "last" else AllOfKey(key_of)

    def __len__(self) -> int:
        return len(self._store)

    @property
    def waiting_bytes(self) -> int:
        """Bytes that wait, 0 unless the rule limits them."""
        return self._bytes

    def add(self, items: Iterable[Item], now_ns: int) -> Outcome[Item]:
        """Take `items` in order; each is then waiting, in a batch, dropped or superseded."""
        outcome: Outcome[Item] = Outcome([], [], [])
        if self._queue is not None:
            self._add_plainly(self._queue, list(items), now_ns, outcome.batches)
            return outcome
        for item in items:
            self._add_one(item, now_ns, outcome)
        return outcome

    def due(self, now_ns: int) -> list[Batch[Item]]:
        """All that waits, when its time has come; no batch exceeds max_items, and nothing waiting gives no batch."""
        if self._deadline_ns is None or now_ns < self._deadline_ns:
            return []
        self._ticked_ns = now_ns
        return self.take_all("time")

    def deadline_ns(self) -> int | None:
        """When `due` has something to give; None while nothing waits or no time is set."""
        return self._deadline_ns

    def take_all(self, cause: Cause = "flush") -> list[Batch[Item]]:
        """Everything that waits, now."""
        groups = self._store.take_all()
        self._deadline_ns, self._bytes = None, 0
        return [Batch(part, cause) for group in groups for part in self._cut(group)]

    def _add_plainly(self, queue: InOrder[Item], items: list[Item], now_ns: int, batches: list[Batch[Item]]) -> None:
        most, begin = self._rule.max_items, 0
        end = most - len(queue)
        while end <= len(items):
            queue.extend(items[begin:end])
            batches += [Batch(part, "size") for group in queue.take_all() for part in self._cut(group)]
            begin, end, self._deadline_ns = end, end + most, None
        queue.extend(items[begin:])
        self._arm(now_ns)

    def _add_one(self, item: Item, now_ns: int, outcome: Outcome[Item]) -> None:
        size = self._size_of(item) if self._size_of is not None else 0
        limit = self._rule.max_bytes
        if limit is not None and self._bytes and self._bytes + size > limit:
            outcome.batches.extend(self.take_all("bytes"))
        if not self._store.replaces(item) and not self._has_room(item, outcome):
            return
        superseded = self._store.push(item)
        self._bytes += size
        if superseded is not None:
            outcome.superseded.append(superseded)
            self._bytes -= _weight(self._size_of, [superseded])
        if self._deadline_ns is None:
            self._arm(now_ns)
        full = self._store.take_full(self._rule.max_items)
        if full is not None:
            self._bytes -= _weight(self._size_of, full)
            outcome.batches.extend(Batch(part, "size") for part in self._cut(full))
            if not len(self._store):
                self._deadline_ns, self._bytes = None, 0
            elif self._rule.timer == "linger":
                self._deadline_ns = None
                self._arm(now_ns)
        elif limit is not None and self._bytes >= limit:
            outcome.batches.extend(self.take_all("bytes"))

    def _has_room(self, item: Item, outcome: Outcome[Item]) -> bool:
        capacity = self._rule.capacity
        if capacity is None or len(self._store) < capacity:
            return True
        if self._rule.when_full == "drop_oldest":
            self._drop_oldest(outcome)
            return True
        if self._rule.when_full == "flush":
            outcome.batches.extend(self.take_all("full"))
            return True
        outcome.dropped.append(item)
        return False

    def _drop_oldest(self, outcome: Outcome[Item]) -> None:
        oldest = self._store.pop_oldest()
        self._bytes -= _weight(self._size_of, [oldest])
        outcome.dropped.append(oldest)

    def _arm(self, now_ns: int) -> None:
        every_ns = self._rule.every_ns
        if every_ns is None or self._deadline_ns is not None or not len(self._store):
            return
        if self._rule.timer == "linger":
            self._deadline_ns = now_ns + every_ns
            return
        # A tick at this very instant still takes the item along, unless that tick has already been.
        ticks = -((self._start_ns - now_ns) // every_ns)
        tick_ns = self._start_ns + max(ticks, 1) * every_ns
        self._deadline_ns = (
            tick_ns + every_ns if self._ticked_ns is not None and self._ticked_ns >= tick_ns else tick_ns
        )

    def _cut(self, items: list[Item]) -> Iterable[list[Item]]:
        """Parts within max_items and, where it is set, max_bytes (a single item may exceed that)."""
        most, limit = self._rule.max_items, self._rule.max_bytes
        if len(items) <= most and limit is None:
            return [items] if items else []
        parts: list[list[Item]] = []
        room = 0
        for item in items:
            size = _weight(self._size_of, [item])
            if not parts or len(parts[-1]) >= most or (limit is not None and size > room):
                parts.append([])
                room = limit or 0
            parts[-1].append(item)
            room -= size
        return parts


def _weight(size_of: Callable[[Item], int] | None, items: list[Item]) -> int:
    return sum(map(size_of, items)) if size_of is not None else 0
