"""A client of one Redis server: batches of commands in one round trip, and what their errors mean. Knows no node."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from redis import exceptions
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from nodes.clients.redis.faults import RedisAway, RedisRefused
from nodes.clients.unreachable import unreachable

Command = tuple[Any, ...]

_LATER = (
    exceptions.ConnectionError,
    exceptions.TimeoutError,
    exceptions.BusyLoadingError,
    exceptions.MasterDownError,
    exceptions.OutOfMemoryError,
    exceptions.ReadOnlyError,
    exceptions.TryAgainError,
    exceptions.ClusterDownError,
    exceptions.AuthenticationError,
    exceptions.AuthorizationError,
)
"""Errors of the server's state and of its settings: the same command may succeed later. Others are the command's."""

_LATER_WORDS = ("MISCONF", "NOREPLICAS", "UNKILLABLE", "BUSY ", "LOADING", "NOAUTH", "WRONGPASS", "NOPERM")


class RedisClient:
    """Connections are made when they are needed. `up` says whether it answered last time."""

    def __init__(self, url: str, username: str, password: str, timeout_s: float, most: int) -> None:
        self.url = url
        self.up: bool | None = None
        account = {"username": username, "password": password}
        given: dict[str, Any] = {name: value for name, value in account.items() if value}
        self._redis: Redis = Redis.from_url(
            url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s, max_connections=most,
            retry=Retry(NoBackoff(), 0), **given,
        )  # fmt: skip

    async def close(self) -> None:
        """Let go of all connections."""
        await self._redis.aclose()

    async def send(self, commands: Sequence[Command]) -> list[Any]:
        """The answer to each command, a `RedisRefused` for one that was refused.

        Raises RedisAway when any may succeed later; some may have been done then.
        """
        pipeline = self._redis.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command)
        try:
            answers: list[Any] = await pipeline.execute(raise_on_error=False)
        except (exceptions.RedisError, OSError) as fault:
            self.up = False
            raise RedisAway(_words_of(self.url, fault)) from fault
        self.up = True
        for answer in answers:
            if isinstance(answer, Exception) and _is_later(answer):
                raise RedisAway(_words_of(self.url, answer))
        return [RedisRefused(str(answer)) if isinstance(answer, Exception) else answer for answer in answers]

    async def ask(self, *command: Any) -> Any:
        """The answer to one command. Raises RedisAway, RedisRefused."""
        [answer] = await self.send([command])
        if isinstance(answer, RedisRefused):
            raise answer
        return answer


def _is_later(fault: Exception) -> bool:
    return isinstance(fault, _LATER) or str(fault).startswith(_LATER_WORDS)


def _words_of(url: str, fault: BaseException) -> str:
    cause, to = fault.__cause__ or fault.__context__, urlsplit(url)
    if isinstance(cause, OSError) and to.hostname:
        return unreachable(cause, to.hostname, to.port or 6379)
    return f"{url.rpartition('@')[2]}: {str(fault) or 'no answer'}"
