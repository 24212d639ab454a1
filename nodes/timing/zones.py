"""Time zones by name, as flows write them. What is done in a zone lives elsewhere."""

from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator


def zone_of(name: str) -> ZoneInfo:
    """The zone of that name, such as `Europe/Paris`. Raises ValueError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as fault:
        raise ValueError(f"no such time zone: {name!r}; write for example Europe/Paris") from fault


def _known(name: str) -> str:
    zone_of(name)
    return name


ZoneName = Annotated[str, AfterValidator(_known)]
"""An option that names a time zone; read it with `zone_of`."""
