"""Questions about many nodes, in portions that the server takes. Never here: what is asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from asyncua.ua import uaerrors

Item = TypeVar("Item")
MOST = 500
"""Nodes of one request to begin with; controllers with small limits get fewer (OPC 10000-5, 6.3.11 OperationLimits)."""

TOO_MANY = (
    uaerrors.BadTooManyOperations, uaerrors.BadRequestTooLarge, uaerrors.BadResponseTooLarge,
    uaerrors.BadEncodingLimitsExceeded,
)  # fmt: skip


class Portions:
    """Halves what a server refuses as too much, and remembers it."""

    def __init__(self) -> None:
        self.size = MOST

    async def ask(self, items: Sequence[Item], question: Callable[[Sequence[Item]], Awaitable[None]]) -> None:
        """Ask about all items, each once. Raises what `question` raises; what is too much only for a single one."""
        at = 0
        while at < len(items):
            portion = items[at : at + self.size]
            try:
                await question(portion)
            except TOO_MANY:
                if len(portion) == 1:
                    raise
                self.size = len(portion) // 2
                continue
            at += len(portion)
