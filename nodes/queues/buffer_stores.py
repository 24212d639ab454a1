"""Where a buffer's items wait: in order, the last one of each key, or in order per key. Knows no limits and no time."""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Generic, Protocol, TypeVar

Item = TypeVar("Item")


class Store(Protocol[Item]):
    """What a buffer needs of its store. Order is the order of arrival."""

    def __len__(self) -> int: ...
    def replaces(self, item: Item) -> bool:
        """Whether `push` of this item needs no room of its own."""

    def push(self, item: Item) -> Item | None:
        """The item that this one replaces, if any."""

    def take_full(self, most: int) -> list[Item] | None:
        """The group that the last `push` filled to at least `most`, taken out; else None."""

    def take_all(self) -> list[list[Item]]: ...
    def pop_oldest(self) -> Item: ...


class InOrder(Generic[Item]):
    """One queue."""

    def __init__(self) -> None:
        self._items: deque[Item] = deque()

    def __len__(self) -> int:
        return len(self._items)

    def replaces(self, item: Item) -> bool:
        return False

    def push(self, item: Item) -> Item | None:
        self._items.append(item)
        return None

    def extend(self, items: Iterable[Item]) -> None:
        self._items.extend(items)

    def take_full(self, most: int) -> list[Item] | None:
        if len(self._items) < most:
            return None
        return self.take_all()[0]

    def take_all(self) -> list[list[Item]]:
        items = list(self._items)
        self._items.clear()
        return [items] if items else []

    def pop_oldest(self) -> Item:
        return self._items.popleft()


class LastOfKey(Generic[Item]):
    """The newest item of each key, in the order in which the keys first came."""

    def __init__(self, key_of: Callable[[Item], str]):
        self._key_of = key_of
        self._items: dict[str, Item] = {}

    def __len__(self) -> int:
        return len(self._items)

    def replaces(self, item: Item) -> bool:
        return self._key_of(item) in self._items

    def push(self, item: Item) -> Item | None:
        key = self._key_of(item)
        old = self._items.get(key)
        self._items[key] = item
        return old

    def take_full(self, most: int) -> list[Item] | None:
        return self.take_all()[0] if len(self._items) >= most else None

    def take_all(self) -> list[list[Item]]:
        items, self._items = list(self._items.values()), {}
        return [items] if items else []

    def pop_oldest(self) -> Item:
        return self._items.pop(next(iter(self._items)))


class AllOfKey(Generic[Item]):
    """A queue per key; keys in the order in which they first came."""

    def __init__(self, key_of: Callable[[Item], str]):
        self._key_of = key_of
        self._queues: dict[str, deque[Item]] = {}
        self._count = 0
        self._last_key = ""

    def __len__(self) -> int:
        return self._count

    def replaces(self, item: Item) -> bool:
        return False

    def push(self, item: Item) -> Item | None:
        self._last_key = self._key_of(item)
        self._queues.setdefault(self._last_key, deque()).append(item)
        self._count += 1
        return None

    def take_full(self, most: int) -> list[Item] | None:
        if len(self._queues.get(self._last_key, ())) < most:
            return None
        items = list(self._queues.pop(self._last_key))
        self._count -= len(items)
        return items

    def take_all(self) -> list[list[Item]]:
        queues, self._queues, self._count = self._queues, {}, 0
        return [list(queue) for queue in queues.values()]

    def pop_oldest(self) -> Item:
        key, queue = next(iter(self._queues.items()))
        oldest = queue.popleft()
        self._count -= 1
        if not queue:
            del self._queues[key]
        return oldest
