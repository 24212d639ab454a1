"""When to say again that something is away: at first, when the reason changes, then ever more rarely. Pure."""

from typing import Final

PAUSES_S: Final = (10.0, 60.0, 600.0, 3600.0)


class Telling:
    """What was said last, and when."""

    def __init__(self) -> None:
        self._text = ""
        self._next_s = 0.0
        self._times = 0

    def is_due(self, text: str, now_s: float) -> bool:
        """Whether to say this now; a reason that comes back after an hour of silence is news again."""
        if text != self._text or now_s >= self._next_s + PAUSES_S[-1]:
            self._text, self._times = text, 0
        elif now_s < self._next_s:
            return False
        self._next_s = now_s + PAUSES_S[min(self._times, len(PAUSES_S) - 1)]
        self._times += 1
        return True
