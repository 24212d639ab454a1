"""When a queue will be full, if it goes on as in the last seconds. Pure: what was seen comes as an argument."""

from __future__ import annotations

from collections.abc import Sequence

SEEN_S = 10.0
"""A shorter look is no trend."""


def full_in_s(seen: Sequence[tuple[float, int]], limit: int) -> float | None:
    """Seconds until `limit`; `seen` are times in seconds and depths, oldest first.

    None without a trend: seen for less than ten seconds, not grown in each half of them, or full already.
    """
    if len(seen) < 3:
        return None
    (first_s, first), (middle_s, middle), (last_s, last) = seen[0], seen[len(seen) // 2], seen[-1]
    if last_s - first_s < SEEN_S or not first < middle < last or not last < limit or not first_s < middle_s < last_s:
        return None
    return (limit - last) * (last_s - first_s) / (last - first)
