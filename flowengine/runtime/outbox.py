"""What a committing node gave out and what is not known to be delivered, each under the serial number it keeps.

A serial follows from the committed input, so the same output has the same one after a kill. No asyncio, no files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flowengine.message import Message
from flowengine.runtime.receipt import Receipt
from flowengine.runtime.route import leave
from flowengine.runtime.station import Station

Output = tuple[str, Sequence[Message]]


class OutputReceipt(Receipt):
    """Of one output; whoever sends it on can tell by its `ordinal` that it was sent before a kill."""

    __slots__ = ("ordinal",)


class Outbox:
    """`on_delivered` hears of each output that is settled."""

    def __init__(self, on_delivered: Callable[[], object]):
        self._on_delivered = on_delivered
        self._undelivered: dict[int, Output] = {}
        self._restored: list[int] = []
        self.next_serial = 1

    def restore(self, outputs: Sequence[Output], serials: Sequence[int], next_serial: int) -> None:
        """What the last run committed and may not have delivered; it is sent first."""
        serials = serials or range(1, len(outputs) + 1)  # of before serials were kept
        self._undelivered = dict(zip(serials, outputs, strict=True))
        self._restored = list(self._undelivered)
        self.next_serial = max(next_serial, max(serials, default=0) + 1)

    @property
    def waiting(self) -> bool:
        """Whether something that was restored is still to be sent."""
        return bool(self._restored)

    def standing(self, outputs: Sequence[Output]) -> tuple[list[Output], list[int], int]:
        """For a commit with these as the newest: all that is not delivered, the serials, and the one that follows."""
        end = self.next_serial + len(outputs)
        return [*self._undelivered.values(), *outputs], [*self._undelivered, *range(self.next_serial, end)], end

    def send(self, station: Station, outputs: Sequence[Output], now_s: float) -> None:
        """Send what was restored, then these, which stand in a commit."""
        restored, self._restored = self._restored, []
        for output in outputs:
            self._undelivered[self.next_serial] = output
            restored.append(self.next_serial)
            self.next_serial += 1
        for serial in restored:
            port, messages = self._undelivered[serial]
            receipt = OutputReceipt(self._delivered(serial), len(messages), born_s=now_s)
            receipt.ordinal = serial
            leave(station, port, messages, receipt, now_s)

    def _delivered(self, serial: int) -> Callable[[], None]:
        def on_settled() -> None:
            del self._undelivered[serial]
            self._on_delivered()

        return on_settled
