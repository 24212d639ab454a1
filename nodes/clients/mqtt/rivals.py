"""Whether another client drives ours out by coming with the same client id. Pure. Never here: waiting, connecting.

A broker keeps one connection per client id. Two clients that both come back at once take turns several times a second;
MQTT 5 brokers may say so, 3.1.1 and mosquitto 2.0 only close the line.
"""

from typing import Final

BRIEF_S: Final = 5.0
STEADY_S: Final = 10.0
BRIEF_ENDS: Final = 3


class Rivals:
    """Looks at how connections end."""

    def __init__(self) -> None:
        self._brief_ends = 0
        self.seen = False
        """Whether another client is there, as far as we know."""

    @property
    def doubted(self) -> bool:
        """Whether the next end could be taken for a rival's work, so that it wants a witness."""
        return self.seen or self._brief_ends + 1 >= BRIEF_ENDS

    def ended(self, lived_s: float, told: bool, closed_by_broker: bool) -> bool:
        """A connection that the broker had accepted ended after so long; whether a rival is behind it.

        `told`: the broker named the reason itself.
        """
        if lived_s >= STEADY_S:
            self.steady()
        self._brief_ends = self._brief_ends + 1 if closed_by_broker and lived_s < BRIEF_S else 0
        self.seen = self.seen or told or self._brief_ends >= BRIEF_ENDS
        return told or (self.seen and closed_by_broker)

    def broker_went(self) -> None:
        """Nothing listens, or all connections ended: a broker that comes and goes is no rival."""
        self._brief_ends = 0

    def steady(self) -> None:
        """A connection has stood for `STEADY_S`."""
        self._brief_ends = 0
        self.seen = False
