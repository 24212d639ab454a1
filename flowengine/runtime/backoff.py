"""How long to wait before trying the outside world again."""

from __future__ import annotations

import random

FIRST_S = 0.1
MOST_S = 10.0


def backoff_s(attempt: int, rng: random.Random) -> float:
    """Seconds before try number `attempt` (from 0): doubling, capped, with jitter so that clients spread."""
    return min(MOST_S, FIRST_S * 2.0 ** min(attempt, 20)) * rng.uniform(0.5, 1.0)
