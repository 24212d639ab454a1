"""Finds what serves people and commands beside an engine: the management API and the editor, by entry point.

A package offers them in the group `flowengine.back_ends`: `management`, a function of an engine, and `editor`, one of
a server and what else it is told. Never here: what they serve.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any, Protocol

GROUP = "flowengine.back_ends"


class BackEnd(Protocol):
    """Serves an engine to people or commands. Started once the engine runs."""

    @property
    def setup_token(self) -> str | None:
        """What the first user needs to set a password; None when there are users."""

    @property
    def started(self) -> bool:
        """Whether it serves."""

    async def start(self) -> None:
        """Begin. Where it raises `sqlite3.Error` or `OSError`, nothing has begun and it can be tried again."""

    async def stop(self) -> None:
        """Say good-bye to clients and let files go."""


def back_end(name: str) -> Callable[..., BackEnd] | None:
    """What makes the one of that name, None when no installed package has it. Imports it: blocking."""
    found: list[Any] = [point.load() for point in entry_points(group=GROUP, name=name)]
    return found[0] if found else None
