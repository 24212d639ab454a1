"""How long to wait before the next attempt to connect. Pure. Never here: sleeping."""

from collections.abc import Callable

from nodes.clients.mqtt.errors import ConnectRefused, SessionTaken
from nodes.clients.mqtt.rivals import STEADY_S

FIRST_S = 0.05
AWAY_CAP_S = 2.0
"""A broker that is away costs one refused handshake; it must be found within two seconds of its return."""
REFUSED_CAP_S = 30.0
TAKEN_FIRST_S = 5.0


class Backoff:
    """Doubles from 50 ms; the jitter keeps a plant's clients from coming back in step."""

    def __init__(self, random: Callable[[], float]):
        self._random = random
        self._next_s = FIRST_S

    def lived(self, seconds: float) -> None:
        """A connection stood for so long; a steady one forgives."""
        if seconds >= STEADY_S:
            self._next_s = FIRST_S

    def delay_s(self, fault: Exception) -> float:
        """Seconds to wait after this fault: 50 to 100 % of a doubling time."""
        cap_s = REFUSED_CAP_S if isinstance(fault, ConnectRefused) else AWAY_CAP_S
        if isinstance(fault, SessionTaken):
            self._next_s = max(self._next_s, TAKEN_FIRST_S)
        delay_s = min(self._next_s, cap_s)
        self._next_s = min(self._next_s * 2, REFUSED_CAP_S)
        return delay_s * (0.5 + self._random() / 2)
