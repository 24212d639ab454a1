"""Where each sequence of a spool stands: on its way, returned, done. Pure; no records, no files."""

from __future__ import annotations

from flowengine.store.spool.ranges import Ranges


class Positions:
    """The states between `cursor` and `end`.

    Below `cursor` all is done; `done` holds what is done beyond it. Below `next` everything was
    delivered, lost or dropped; `returned` is what came back and will be delivered again, first.
    """

    def __init__(self, cursor: int, done: Ranges, end: int):
        self.cursor = self.next = cursor
        self.done = done
        self.end = max(end, cursor)
        self.returned = Ranges()
        self._advance()

    @property
    def waiting(self) -> int:
        """How many are neither acknowledged, dropped nor lost."""
        return self.end - self.cursor - self.done.total()

    @property
    def in_flight(self) -> int:
        """How many were delivered and not yet answered."""
        return self.next - self.cursor - self.done.total(self.cursor, self.next) - self.returned.total()

    def wanted(self) -> tuple[int, int] | None:
        """The range to deliver next: what was returned, then what is new; None when there is nothing."""
        if returned := self.returned.first():
            return returned
        start = self.done.end_of(self.next)
        if start >= self.end:
            return None
        following = self.done.next_start(start)
        return start, self.end if following is None else min(following, self.end)

    def deliver(self, start: int, end: int) -> None:
        """A part of what was wanted is on its way."""
        self.returned.remove(start, end)
        self.next = max(self.next, end)

    def ack(self, start: int, end: int) -> int:
        """The range is done; how many were not before. Below the cursor nothing changes."""
        if end > self.end:
            raise ValueError(f"positions up to {end - 1} were acknowledged, the last one is {self.end - 1}")
        start = max(start, self.cursor)
        if start >= end:
            return 0
        self.returned.remove(start, end)
        if start > self.cursor:
            return self.done.add(start, end)
        newly = end - start - self.done.total(start, end)
        self.cursor = end
        self._advance()
        return newly

    def nack(self, start: int, end: int) -> int:
        """What of the range is on its way comes again; how many."""
        start, end = max(start, self.cursor), min(end, self.next)
        back = 0
        for a, b in self.not_done(start, end):
            back += self.returned.add(a, b)
        return back

    def skip(self, start: int, end: int) -> int:
        """What of the range is not on its way is given up; how many."""
        given_up = 0
        for a, b in [*self.returned]:
            given_up += self.ack(max(a, start), min(b, end)) if max(a, start) < min(b, end) else 0
        start = max(start, self.next)
        if start < end:
            given_up += self.ack(start, end)
        return given_up

    def is_done(self, start: int, end: int) -> bool:
        """Whether all of the range is done."""
        return self.done.covers(max(start, self.cursor), end)

    def not_done(self, start: int, end: int) -> list[tuple[int, int]]:
        """The parts of the range that are not done."""
        start = max(start, self.cursor)
        open_ranges = Ranges()
        open_ranges.add(start, end)
        for a, b in self.done:
            open_ranges.remove(a, b)
        return [*open_ranges]

    def _advance(self) -> None:
        self.cursor = self.done.end_of(self.cursor)
        self.done.remove(0, self.cursor)
        self.returned.remove(0, self.cursor)
        self.next = max(self.next, self.cursor)
