"""How a spool behaves. Values only."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(slots=True, frozen=True)
class SpoolOptions:
    """Bounds and times of one spool.

    A commit takes what gathered within `linger_s` since the last one began, or `commit_bytes`, or
    `commit_records`, whichever is first; an append to an idle spool does not wait. 10 ms suit SSDs,
    50 ms memory cards. `max_bytes` bounds the segments, `pending_bytes` what waits in RAM for its commit,
    `ahead_bytes` what was read ahead. `ballast_bytes` are set free when the disk is full,
    which is asked again every `retry_full_s`. After another error the first retry comes at once, then after
    `retry_least_s`, doubling up to `retry_most_s`. Closing gives up after `close_s`.
    """

    max_bytes: int = 2048 * MIB
    segment_bytes: int = 8 * MIB
    linger_s: float = 0.010
    commit_bytes: int = MIB
    commit_records: int = 1000
    pending_bytes: int = 8 * MIB
    ahead_bytes: int = 2 * MIB
    ballast_bytes: int = MIB
    retry_full_s: float = 0.25
    retry_least_s: float = 0.1
    retry_most_s: float = 5.0
    close_s: float = 10.0

    @property
    def roll_bytes(self) -> int:
        """Size of a segment: a small spool has at least eight, so that room comes back in small pieces."""
        return max(1, min(self.segment_bytes, self.max_bytes // 8))
