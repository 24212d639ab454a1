"""Requests that a flow answers: kept open by a token until an answer comes or time runs out. Knows no path, no node."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

META = "http_exchange"
"""Where a message carries the token of the request it came by."""


@dataclass(frozen=True)
class Reply:
    """What a flow answers."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Exchanges:
    """The open requests of this process; their number is bounded by whoever opens them."""

    def __init__(self) -> None:
        self._open: dict[str, asyncio.Future[Reply]] = {}

    def __len__(self) -> int:
        return len(self._open)

    def begin(self) -> str:
        """The token of a new exchange. It cannot be guessed, and no other process knows it."""
        token = secrets.token_urlsafe(12)
        self._open[token] = asyncio.get_running_loop().create_future()
        return token

    def answer(self, token: str, reply: Reply) -> bool:
        """Answer; whether somebody still waited for it. Only the first answer counts."""
        waiting = self._open.get(token)
        if waiting is None or waiting.done():
            return False
        waiting.set_result(reply)
        return True

    async def reply(self, token: str, timeout_s: float) -> Reply:
        """The answer. Raises TimeoutError; either way the exchange is over."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self._open[token]
        finally:
            self.end(token)

    def end(self, token: str) -> None:
        """Nobody waits any more."""
        self._open.pop(token, None)


EXCHANGES = Exchanges()
"""Those of this process: who asks and who answers are nodes that know nothing of each other but the token."""
