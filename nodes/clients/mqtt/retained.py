"""Which retained messages a subscriber is given. Never here: I/O."""

import logging
from typing import TYPE_CHECKING

from nodes.clients.mqtt.remembered import MOST, Remembered

if TYPE_CHECKING:
    from nodes.clients.mqtt.subscriptions import Options

MANY = "mqtt: %s has %d retained topics or more: those beyond come again when another node asks for the same filter"

log = logging.getLogger(__name__)


class Retained:
    """Whether a retained message is one subscriber's: each topic once, and not at all for who wants none.

    Brokers send retained messages for each SUBSCRIBE, so also to those whose filter somebody else asked for again.
    """

    def __init__(self, filter_: str, options: "Options"):
        self._filter = filter_
        self._marked_by_broker = not options.retain_as_published
        self._wanted = options.retain_handling != 2
        self._had = Remembered()

    def takes(self, topic: str) -> bool:
        """Whether to hand this one over; remembers that."""
        if not self._marked_by_broker:
            return True  # the flag is the publisher's and says nothing
        if not self._wanted or topic in self._had:
            return False
        if len(self._had) < MOST:
            self._had.add(topic)
            if len(self._had) == MOST:
                log.warning(MANY, self._filter, MOST)
        return True

    def forget(self) -> None:
        """The session is new: what was retained may have changed unseen."""
        self._had.clear()
