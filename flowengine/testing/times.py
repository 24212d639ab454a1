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


def shown_ns(time_ns: int) -> str:
    """The same as people read it: UTC, microseconds."""
    moment = datetime.fromtimestamp(time_ns // 1_000_000_000, UTC).replace(microsecond=time_ns // 1000 % 1_000_000)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
