"""What one message may take, in counted work: the same payload is refused in the same place on every machine.

Never here: clocks. What a step takes is measured once, in about nanoseconds of a small processor, and stands beside it.
"""

MOST_WORK = 100_000_000
"""What one payload may take in one turn of the loop, in about nanoseconds: nothing else moves meanwhile."""


class TooMuchWork(ValueError):
    """A payload would take more than one turn has time for."""


class Work:
    """What may still be done for one payload; hand the same one to every step."""

    __slots__ = ("_left", "_reason")

    def __init__(self, reason: str, most: int = MOST_WORK):
        self._left, self._reason = most, reason

    def take(self, work: int) -> None:
        """Before it is done. Raises TooMuchWork with the reason."""
        self._left -= work
        if self._left < 0:
            raise TooMuchWork(self._reason)
