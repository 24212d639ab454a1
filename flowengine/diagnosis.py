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
    """Counts what goes over a line and keeps the last of it; `time_ns` is the clock.

    `of` is what it is told of: whole `frames`, or `pieces` of a stream, cut anywhere.
    """

    def __init__(self, time_ns: Callable[[], int], of: str = "frames"):
        self._time_ns, self._of = time_ns, of
        self._frames: deque[tuple[int, bool, bytes, int, str]] = deque(maxlen=KEPT_FRAMES)
        self._bytes = {True: 0, False: 0}
        self._pieces = {True: 0, False: 0}
        self._heard_ns = 0
        self._longest_gap_ns = 0

    def sent(self, data: bytes, about: str = "", secret: bool = False) -> None:
        """It was sent; with `secret` it is counted, and nothing of it is kept."""
        self._add(True, data, about, secret)

    def noted(self, about: str, sent: bool = True) -> None:
        """Keep words instead of bytes, where those would tell a person nothing."""
        self._frames.append((self._time_ns(), sent, b"", 0, about))

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
            "bytes_sent": self._bytes[True], f"{self._of}_sent": self._pieces[True],
            "bytes_heard": self._bytes[False], f"{self._of}_heard": self._pieces[False],
        }  # fmt: skip
        if self._heard_ns:
            found["silent_for_s"] = round((self._time_ns() - self._heard_ns) / 1e9, 1)
            found["longest_gap_s"] = round(self._longest_gap_ns / 1e9, 1)
        return found

    def _add(self, sent: bool, data: bytes, about: str, secret: bool = False) -> int:
        now_ns = self._time_ns()
        self._bytes[sent] += len(data)
        self._pieces[sent] += 1
        self._frames.append((now_ns, sent, b"" if secret else data[:KEPT_BYTES], len(data), about))
        return now_ns
