"""One deadline per key, the earliest first. Never here: what is due, or the clock."""

from heapq import heapify, heappop, heappush


class Deadlines:
    """A heap with replaceable entries; its memory is at most three times the number of keys, plus a constant."""

    def __init__(self) -> None:
        self._at_ns: dict[str, int] = {}
        self._heap: list[tuple[int, str]] = []

    def __len__(self) -> int:
        return len(self._at_ns)

    def set(self, key: str, at_ns: int | None) -> None:
        """Replace the key's deadline; None takes it away."""
        if at_ns is None:
            self._at_ns.pop(key, None)
            return
        if self._at_ns.get(key) == at_ns:
            return
        self._at_ns[key] = at_ns
        heappush(self._heap, (at_ns, key))
        if len(self._heap) > 3 * len(self._at_ns) + 64:  # entries that were replaced before they came to the top
            self._heap = [(at, key) for key, at in self._at_ns.items()]
            heapify(self._heap)

    def at_ns(self, key: str) -> int | None:
        """The key's deadline; None without one."""
        return self._at_ns.get(key)

    def first_ns(self) -> int | None:
        """The earliest deadline, or None."""
        while self._heap:
            at_ns, key = self._heap[0]
            if self._at_ns.get(key) == at_ns:
                return at_ns
            heappop(self._heap)
        return None

    def pop(self, now_ns: int) -> str | None:
        """The key with the earliest deadline at or before `now_ns`, taken out; None when nothing is due."""
        first_ns = self.first_ns()
        if first_ns is None or first_ns > now_ns:
            return None
        _, key = heappop(self._heap)
        del self._at_ns[key]
        return key
