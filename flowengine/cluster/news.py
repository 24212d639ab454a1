"""What a worker says of itself with each beat, and what operators ask of it."""

from __future__ import annotations

import msgspec

ASK = "ask"
DRAIN, EVICT = "drain", "evict"


class News(msgspec.Struct):
    """What a worker says of itself with each beat."""

    name: str
    host: str
    pid: int
    url: str = ""
    places: list[str] = []
    leaving: bool = False
    units: dict[str, list[int]] = {}
    """Position and lag of each that it runs."""

    faults: list[str] = []
    version: str = ""
    refuses: list[str] = []
    """Units and flows that it cannot run."""


read_news = msgspec.json.Decoder(News).decode
