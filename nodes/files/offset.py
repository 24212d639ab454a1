"""How far a source's messages are settled, kept in a small file: replaced whole, synced, never torn. Blocking."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from flowengine.store.files import replace

T = TypeVar("T")


def load(file: Path, kind: type[T]) -> T | None:
    """What `save` kept; None when there is nothing, or nothing that can be read."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError):
        return None


def save(file: Path, value: object) -> None:
    """Keep a value in place of the last. Raises OSError."""
    replace(file, [msgspec.json.encode(value)])


@dataclass
class _Sent(Generic[T]):
    position: T
    settled: bool = False


class Settled(Generic[T]):
    """Acknowledgements come in any order; `reached` moves only over what is settled without a gap."""

    def __init__(self) -> None:
        self._open: deque[_Sent[T]] = deque()
        self.reached: T | None = None

    def __len__(self) -> int:
        return len(self._open)

    def sent(self, position: T, then: Callable[[], None]) -> Callable[[], None]:
        """The acknowledgement of what ends at `position`; it calls `then` when `reached` has moved."""
        sent = _Sent(position)
        self._open.append(sent)

        def ack() -> None:
            sent.settled = True
            moved = False
            while self._open and self._open[0].settled:
                self.reached = self._open.popleft().position
                moved = True
            if moved:
                then()

        return ack
