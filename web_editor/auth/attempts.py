"""How often who may try a password from where. Knows no request.

An address and an account together have few attempts: wrong guesses lock nobody out but their sender, and of those who
share his address only whom he guesses at. Each alone has many, against guesses at many accounts or from many
addresses; whoever was right from an address before is not kept waiting by these.
"""

from __future__ import annotations

from collections import OrderedDict

from web_editor.auth.throttle import MOST_KEYS, Throttle

OF_ADDRESS, ADDRESS_PER_S = 64, 1.0
OF_ACCOUNT, ACCOUNT_PER_S = 64, 1 / 10


class Attempts:
    """Counts attempts in order; a time is given with each, in seconds."""

    def __init__(self) -> None:
        self._together = Throttle()
        self._address = Throttle(OF_ADDRESS, ADDRESS_PER_S)
        self._account = Throttle(OF_ACCOUNT, ACCOUNT_PER_S)
        self._known: OrderedDict[tuple[str | None, str], None] = OrderedDict()

    def take(self, address: str | None, name: str, now_s: float) -> None:
        """Count an attempt. Raises `Fault` when there were too many."""
        self._together.take([f"{address} {name}"], now_s)
        if (address, name) not in self._known:
            self._address.take([str(address)], now_s)
            self._account.take([name], now_s)

    def right(self, address: str | None, name: str) -> None:
        """The attempt was right."""
        self._together.forgive([f"{address} {name}"])
        self._known[address, name] = None
        self._known.move_to_end((address, name))
        if len(self._known) > MOST_KEYS:
            self._known.popitem(last=False)
