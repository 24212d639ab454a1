"""What a connection tells of itself, for one question: why is this value bad? Measures nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

import msgspec

KEPT_FRAMES, KEPT_BYTES = 100, 300
"""Frames that are kept of a connection, and how much of each."""


class Frame(msgspec.Struct, frozen=True):
    """What went over a line at one time. `about` says whom it concerns, such as `unit 3`; long ones are cut."""

    at_ms: float
    sent: bool
    hex: str
    length: int
    about: str = ""


class Party(msgspec.Struct, frozen=True):
    """One device on a connection. `bad` has the reasons of its addresses or points that bring nothing."""

    name: str
    reason: str
    """Why it does not answer; empty while it does."""

    figures: dict[str, float]
    bad: dict[str, str] = {}


class Diagnosis(msgspec.Struct, frozen=True):
    """Figures by name (units in the names), devices, and the last frames, newest last."""

    figures: dict[str, float] = {}
    parties: Sequence[Party] = ()
    frames: Sequence[Frame] = ()


class Tape:
    """Counts what goes over a line and keeps the last of it; `time_ns` is the clock."""

    def __init__(self, time_ns: Callable[[], int]):
        self._time_ns = time_ns
        self._frames: deque[tuple[int, bool, bytes, int, str]] = deque(maxlen=KEPT_FRAMES)
        self._bytes = {True: 0, False: 0}
        self._pieces = {True: 0, False: 0}
        self._heard_ns = 0
        self._longest_gap_ns = 0

    def sent(self, data: bytes, about: str = "") -> None:
        """It was sent."""
        self._add(True, data, about)

    def heard(self, data: bytes, about: str = "") -> None:
        """It came."""
        now_ns = self._add(False, data, about)
        if self._heard_ns:
            self._longest_gap_ns = max(self._longest_gap_ns, now_ns - self._heard_ns)
        self._heard_ns = now_ns

    @property
    def frames(self) -> list[Frame]:
        """The last ones, newest last."""
        return [Frame(at / 1e6, sent, data.hex(" "), length, about) for at, sent, data, length, about in self._frames]

    @property
    def figures(self) -> dict[str, float]:
        """Bytes and pieces each way, and the silences between what came."""
        found: dict[str, float] = {
            "bytes_sent": self._bytes[True], "frames_sent": self._pieces[True],
            "bytes_heard": self._bytes[False], "frames_heard": self._pieces[False],
        }  # fmt: skip
        if self._heard_ns:
            found["silent_for_s"] = round((self._time_ns() - self._heard_ns) / 1e9, 1)
            found["longest_gap_s"] = round(self._longest_gap_ns / 1e9, 1)
        return found

    def _add(self, sent: bool, data: bytes, about: str) -> int:
        now_ns = self._time_ns()
        self._bytes[sent] += len(data)
        self._pieces[sent] += 1
        self._frames.append((now_ns, sent, data[:KEPT_BYTES], len(data), about))
        return now_ns
