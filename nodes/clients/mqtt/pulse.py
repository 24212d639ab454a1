"""When to ask a broker whether it is there, and since when it owes an answer. Pure: time is an argument.

A frozen broker leaves its connection standing. It is asked often, so that its silence can be told within seconds; the
connection itself ends only when the keepalive has run out, since a broker that is slow for a while keeps its session.
"""

from typing import Final

ASK_AFTER_S: Final = 1.0
PATIENCE_S: Final = 2.0
"""With `ASK_AFTER_S`, and a look each second, less than the five seconds within which a loss is to be told."""


class Pulse:
    """The questions of one client, over all its connections."""

    def __init__(self) -> None:
        self._asked_s = 0.0

    def owed_s(self, heard_s: float, now_s: float) -> float:
        """For how long an answer is owed by a broker heard last at `heard_s`; 0 when none is."""
        return now_s - self._asked_s if self._asked_s > heard_s else 0.0

    def is_mute(self, heard_s: float, now_s: float) -> bool:
        """Whether it has not answered for longer than a working one takes."""
        return self.owed_s(heard_s, now_s) > PATIENCE_S

    def asks(self, heard_s: float, sent_s: float, now_s: float, keepalive_s: float) -> bool:
        """Whether to ask now, after nothing was heard or sent since then; it is taken as asked."""
        is_silent = now_s - heard_s >= ASK_AFTER_S and not self.owed_s(heard_s, now_s)
        quiet_s = now_s - min(heard_s, sent_s)
        due = is_silent or (quiet_s > 0.7 * keepalive_s and now_s - self._asked_s > 0.35 * keepalive_s)
        if due:
            self._asked_s = now_s
        return due
