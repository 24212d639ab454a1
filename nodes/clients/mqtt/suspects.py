"""Which filter a broker answers by closing the connection. Pure: time is an argument. Never here: asking, connecting.

Some brokers do so for what they do not support (often `$share`), and would do so at each reconnect. After the
first close with SUBSCRIBEs unanswered, filters are asked for one at a time; one that was alone in the air at two closes
is the culprit and is left out for a while. A broker that went altogether accuses nobody.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final

LEFT_OUT_S: Final = 600.0
CLOSES: Final = 2


class Suspects:
    """What was asked when connections were closed."""

    def __init__(self) -> None:
        self._alone: Counter[str] = Counter()
        self._until_s: dict[str, float] = {}
        self.one_at_a_time = False
        """Whether the next SUBSCRIBE waits for the answer to the one before."""

    @property
    def doubted(self) -> bool:
        """Whether the next close could name a culprit, so that it wants a witness."""
        return bool(self._alone)

    def broker_went(self) -> None:
        """All connections ended: what was asked just then is not to blame, nor what was asked before."""
        self._alone.clear()

    def closed(self, unanswered: Sequence[str], now_s: float) -> str | None:
        """The broker closed the connection with these filters asked for; the culprit, once it is known."""
        if not unanswered:
            return None
        self.one_at_a_time = True
        if len(unanswered) > 1:
            return None
        culprit = unanswered[0]
        self._alone[culprit] += 1
        if self._alone[culprit] < CLOSES:
            return None
        del self._alone[culprit]
        self._until_s[culprit] = now_s + LEFT_OUT_S
        return culprit

    def answered(self, filter_: str) -> None:
        """The broker took this one, or refused it in order."""
        self._alone.pop(filter_, None)

    def settled(self) -> None:
        """Everything that was asked for is answered."""
        self.one_at_a_time = False

    def is_left_out(self, filter_: str, now_s: float) -> bool:
        """Whether not to ask for this filter now."""
        until_s = self._until_s.get(filter_)
        if until_s is not None and now_s >= until_s:
            del self._until_s[filter_]
            return False
        return until_s is not None
