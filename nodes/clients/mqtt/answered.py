"""The last acknowledgements of a session, and which of them a connection may have taken with it unread. Pure."""

from collections import deque
from itertools import pairwise, takewhile

LAST = 1_000
"""So many are known, and so many identifiers must have counted up to tell what kind of broker it is."""


class Answered:
    """Packet identifiers and prints of what was acknowledged last, oldest first."""

    def __init__(self) -> None:
        self._last: deque[tuple[int, int]] = deque(maxlen=LAST)
        self.add = self._last.append
        self.clear = self._last.clear
        self._before: tuple[int, int] | None = None

    def take(self) -> dict[int, int]:
        """Since the last call: the print of each identifier that may be sent again, and that no new message can have.

        A broker that gives the lowest free identifier, or the one that became free last, gives one of these to the next
        message, which may say the same: nothing is known of it. Where a full record only counts up, above as many
        identifiers as it is long, all of which were free again, the broker comes back to these after 65,535 messages.
        """
        last, before = self._last, self._before
        self._before = last[-1] if last else None
        if len(last) < LAST or last[0][0] <= LAST or any(one[0] >= next_[0] for one, next_ in pairwise(last)):
            return {}
        return dict(takewhile(lambda each: each is not before, reversed(last)))
