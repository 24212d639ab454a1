"""What a connection finds below a place of its far side, for whoever picks points there. Asks nothing."""

from __future__ import annotations

from typing import Any

import msgspec

MOST_FOUND = 1000
"""So many are told at a time; the next ones are asked for by where they start."""


class Found(msgspec.Struct, frozen=True):
    """One thing there. `address` is what a point's `address` would be, and where to look further."""

    address: str
    name: str
    is_point: bool
    """Whether it has a value of its own; else it only holds others."""

    kind: str = ""
    """The type of its value, in the protocol's words."""

    value: Any = None
    reason: str = ""
    """Why it has no value now."""

    is_writable: bool = False
