"""What a session asked its server, how long the answers took, and what failed. Asks nothing itself."""

from __future__ import annotations

from collections.abc import Callable

from asyncua.observer import Observer

from flowengine.diagnosis import Tape
from nodes.clients.opcua.session import words

WAITING = "PublishRequest"
"""It is answered when there is something to tell, however long that takes."""


class Noting(Observer):
    """Notes requests by name: their bytes hold sessions' tokens, or are encrypted, and tell a person nothing."""

    def __init__(self, time_ns: Callable[[], int]):
        self.tape = Tape(time_ns)
        self.requests = self.refusals = self.timeouts = self.notifications = 0
        self.round_trip_s: float | None = None

    def on_request(self, request_type: str, duration: float, error: BaseException | None) -> None:
        """As asyncua says: an answer came, or none; in seconds."""
        if request_type == WAITING:
            return
        self.requests += 1
        told = f"{duration * 1000:.1f} ms" if error is None else words(error)
        self.tape.noted(f"{request_type.removesuffix('Request')}: {told}")
        if error is None:
            self.round_trip_s = duration
        elif isinstance(error, TimeoutError):
            self.timeouts += 1
        else:
            self.refusals += 1

    def on_notification(self, subscription_id: int | None, event_count: int) -> None:
        """As asyncua says: something changed."""
        self.notifications += 1
        self.tape.noted(f"Publish: {event_count}", sent=False)
