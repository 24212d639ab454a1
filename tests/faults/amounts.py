"""How often each proof repeats its fault: short here, long by environment variable (`./dev soak` sets them)."""

from __future__ import annotations

import os


def amount(name: str, short: int) -> int:
    """`FLOWENGINE_<name>`, or the short form's count."""
    return int(os.environ.get(f"FLOWENGINE_{name}", short))
