"""How often a point is written, learned from when it was: only what is regular can be late. Knows no clock."""

from __future__ import annotations

import msgspec

LEARNED = 20
"""Arrivals after which a usual interval is believed."""

IRREGULAR = 0.35
"""A mean deviation beyond this part of the interval is no rhythm: a door contact, a button, a count by hand."""

COARSE_S = 0.2
"""Deviations that come of looking ten times a second."""

LATE_TIMES, SOONEST_S = 3.0, 10.0
"""A point is late after three usual intervals, but never before ten seconds."""

OTHER_RHYTHM = 3
"""So many late arrivals one after the other are a new rhythm and no outage."""

WEIGHT = 1 / 8


class Pace(msgspec.Struct, gc=False):
    """The rhythm of one point; times are monotonic seconds."""

    last_s: float
    count: int = 1
    mean_s: float = 0.0
    spread_s: float = 0.0
    late: int = 0

    def add(self, now_s: float) -> None:
        """It was written again."""
        gap_s, self.last_s = now_s - self.last_s, now_s
        if self.usual_s is not None and gap_s > LATE_TIMES * self.mean_s + COARSE_S:
            self.late += 1
            if self.late >= OTHER_RHYTHM:
                self.count, self.mean_s, self.spread_s, self.late = 1, 0.0, 0.0, 0
            return
        self.late = 0
        self.count += 1
        if self.count == 2:
            self.mean_s = gap_s
            return
        self.spread_s += (abs(gap_s - self.mean_s) - self.spread_s) * WEIGHT
        self.mean_s += (gap_s - self.mean_s) * WEIGHT

    @property
    def usual_s(self) -> float | None:
        """Its usual interval; None while it is not known or where there is none."""
        regular = self.spread_s <= max(IRREGULAR * self.mean_s, COARSE_S)
        return self.mean_s if self.count >= LEARNED and regular else None

    def stale_after_s(self, said_s: float | None = None) -> float | None:
        """The age at which it is stale: what its flow says, else by its rhythm; None: it never ages by itself."""
        if said_s is not None:
            return said_s
        usual_s = self.usual_s
        return None if usual_s is None else max(SOONEST_S, LATE_TIMES * usual_s)
