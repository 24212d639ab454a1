"""Who came in, who did not, and from where, in the audit. Knows no request.

Strangers decide how often they fail: lines about them are bounded, so that they push nobody else's out of the audit.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from web_editor.auth.access import Caller
from web_editor.auth.throttle import Throttle
from web_editor.problems import Fault

Record = Callable[[str, str, str, str], Awaitable[None]]
"""Adds a line to the audit: user, action, subject, detail."""

BURST, PER_S = 200, 1 / 60
"""Lines about failures: so many at once, then one a minute; the rest is counted."""

NOBODY = "(nobody)"
"""Who said no name; no account can be called so."""

TOKEN_S = 24 * 3600.0
"""How often the use of a token from one address is told."""

MOST_TOKENS = 10_000


class Entries:
    """Tells of each log-in, log-out and failure, and of each token once a day and address."""

    def __init__(self, record: Record, clock_s: Callable[[], float] = time.monotonic):
        self._record, self._clock_s = record, clock_s
        self._bound = Throttle(BURST, PER_S)
        self._untold = 0
        self._tokens: OrderedDict[tuple[str, str | None], float] = OrderedDict()

    async def came_in(self, name: str, address: str | None) -> None:
        """Somebody logged in."""
        await self._record(name, "log in", name, _from(address))

    async def went(self, name: str, address: str | None) -> None:
        """Somebody logged out."""
        await self._record(name, "log out", name, _from(address))

    async def failed(self, action: str, name: str, address: str | None) -> None:
        """An attempt was refused; `name` is what it said it was."""
        try:
            self._bound.take(["failures"], self._clock_s())
        except Fault:
            self._untold += 1
            return
        more, self._untold = self._untold, 0
        before = f"; {more} more before, not listed" if more else ""
        await self._record(name or NOBODY, action, name, _from(address) + before)

    async def used(self, caller: Caller, address: str | None) -> None:
        """A request came with a token."""
        key, now_s = (caller.key, address), self._clock_s()
        told_s = self._tokens.get(key)
        if told_s is not None and now_s - told_s < TOKEN_S:
            return
        self._tokens[key] = now_s
        self._tokens.move_to_end(key)
        if len(self._tokens) > MOST_TOKENS:
            self._tokens.popitem(last=False)
        await self._record(caller.name, "use token", caller.name.removeprefix("token:"), _from(address))


def _from(address: str | None) -> str:
    return f"from {address or 'an unknown address'}"
