"""A line that several nodes read: who gets what comes, and who takes no more. Never here: how the line is opened."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable

from flowengine.diagnosis import Tape

OnData = Callable[[bytes], None]


class SharedLine(ABC):
    """Its readers get all that comes, each for itself; while one of them takes no more, nothing is read."""

    def __init__(self, time_ns: Callable[[], int]):
        self.tape = Tape(time_ns, "pieces")
        self._readers: list[OnData] = []
        self._paused: set[OnData] = set()
        self._writing = asyncio.Lock()
        """Held by whoever writes, so that what two nodes send is not mixed."""

    def add_reader(self, on_data: OnData) -> None:
        """Call `on_data` with whatever is read."""
        self._readers.append(on_data)
        self._listen()

    def remove_reader(self, on_data: OnData) -> None:
        """Stop calling it."""
        self._readers.remove(on_data)
        self.pause(on_data, False)

    def pause(self, on_data: OnData, paused: bool) -> None:
        """Whether this reader takes no more for now; while one does not, nobody reads."""
        (self._paused.add if paused else self._paused.discard)(on_data)
        self._listen()

    def _share(self, data: bytes) -> None:
        self.tape.heard(data)
        for on_data in tuple(self._readers):
            on_data(data)

    @abstractmethod
    def _listen(self) -> None:
        """Read the line, or leave it so that the other side has to wait, as readers can take more or not."""
