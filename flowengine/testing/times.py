"""Times as tests write them."""

from __future__ import annotations

from datetime import UTC, datetime


def parse_ns(time: str | float) -> int:
    """Nanoseconds since 1970 of an RFC 3339 time (UTC when it has no zone) or of seconds. Raises ValueError."""
    if isinstance(time, int | float):
        return round(time * 1e9)
    moment = datetime.fromisoformat(time)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    whole = int(moment.replace(microsecond=0).timestamp())
    return whole * 1_000_000_000 + moment.microsecond * 1000
