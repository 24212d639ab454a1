"""The clock of a small device: it drifts, jumps, and before it was set counts from a date of its own. Pure."""

from datetime import UTC, datetime, timedelta
from random import Random

START_OF_UNSET = datetime(2025, 1, 1, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST_DRIFT_PPM = 50.0


class GatewayClock:
    """What time a gateway believes it is, `uptime_s` seconds after the simulation began.

    `true_start` is the real time of that beginning; without `is_set` it counts from its own boot at `booted_s`.
    """

    def __init__(self, true_start: datetime, is_set: bool, drift_ppm: float = 0.0, booted_s: float = 0.0):
        self.is_set = is_set
        self._rate = 1.0 + drift_ppm * 1e-6
        self._start = true_start if is_set else START_OF_UNSET - timedelta(seconds=booted_s * self._rate)

    def now(self, uptime_s: float) -> datetime:
        """The time it would write into a message."""
        return self._start + timedelta(seconds=uptime_s * self._rate)

    def set(self, epoch_ms: int, uptime_s: float) -> None:
        """A time_sync came."""
        self._move(EPOCH + timedelta(milliseconds=epoch_ms), uptime_s)
        self.is_set = True

    def jump(self, random: Random, uptime_s: float) -> None:
        """Be wrong by a day, by two hours or by decades."""
        now = self.now(uptime_s)
        self._move(random.choice((now - timedelta(days=1), now + timedelta(hours=2), EPOCH)), uptime_s)

    def _move(self, moment: datetime, uptime_s: float) -> None:
        self._start = moment - timedelta(seconds=uptime_s * self._rate)


def text(moment: datetime) -> str:
    """RFC 3339 in milliseconds, with Z."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
