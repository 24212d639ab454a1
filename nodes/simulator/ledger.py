"""The ledger: JSON lines of everything sent, and at the end what a perfect receiver must have. Writes, never reads."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

Write = Callable[[bytes], object]
_encode = msgspec.json.Encoder(enc_hook=lambda value: value.hex()).encode


class Ledger:
    """Takes entries as they happen and counts them by what they are.

    `write` gets one line at a time; `time_s` says when, in seconds since the start.
    """

    def __init__(self, write: Write, time_s: Callable[[], float]):
        self._write = write
        self._time_s = time_s
        self.counts: Counter[str] = Counter()

    def enter(self, what: str, **details: Any) -> None:
        """Write one entry."""
        self.counts[what] += 1
        self._write(_encode({"at_s": round(self._time_s(), 6), "what": what, **details}) + b"\n")

    def close(self, **final: Any) -> None:
        """Write the sum of it all; the last entry."""
        self.enter("end", counts=dict(self.counts), **final)


class Latest:
    """The newest value of every series by the time of its source; among equal times the later arrival."""

    def __init__(self) -> None:
        self._values: dict[str, tuple[str, Any]] = {}

    def take(self, series: str, time: str, value: Any) -> None:
        """Keep it unless there is a newer one. Times are RFC 3339 texts in UTC of the same precision."""
        if series not in self._values or self._values[series][0] <= time:
            self._values[series] = time, value

    def all(self) -> Mapping[str, tuple[str, Any]]:
        """Time and value by series."""
        return self._values
