"""How much later than its own time a sample of each key was seen: by what delays it, a queue or a spool. Pure."""

from collections.abc import Sequence
from typing import Final

from flowengine import Message

LATE_NS: Final = 1_000_000_000
"""Less is what any message takes on its way."""


class Lateness:
    """Of each of at most `most` keys whose last sample was late."""

    def __init__(self, most: int):
        self._most = most
        self._late_ns: dict[str, int] = {}

    def observe(self, keys: Sequence[str], messages: Sequence[Message], wall_ns: int) -> None:
        """Samples of these keys are seen at `wall_ns` (UTC epoch nanoseconds), the newest of a key last."""
        late = self._late_ns
        if not late and (not messages or wall_ns - min([m.time_ns or wall_ns for m in messages]) < LATE_NS):
            return
        for key, message in zip(keys, messages, strict=True):
            by_ns = wall_ns - (message.time_ns or wall_ns)
            late.pop(key, None)
            if by_ns >= LATE_NS:
                late[key] = by_ns
        while len(late) > self._most:
            del late[next(iter(late))]

    def of(self, key: str) -> int:
        """Nanoseconds; 0 for a key whose last sample was not late."""
        return self._late_ns.get(key, 0)
