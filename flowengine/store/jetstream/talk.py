"""What workers of a cluster say to each other now: questions with answers, and news that nobody keeps.

Beside the streams: whoever is not there hears nothing of it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from flowengine.counts import count_of
from flowengine.store.jetstream.client import JetStream
from flowengine.store.port import Away

log = logging.getLogger("flowengine.store")
MOST_BYTES = 900 * 1024
"""Of a question, an answer or news; the servers take 1 MiB."""

MOST_AT_ONCE = 32
"""Questions that one worker answers side by side; the others wait."""

ANSWER_S = 10.0
Answer = Callable[[bytes], Awaitable[bytes]]


class Talk:
    """Of one worker with the others, below the cluster's prefix."""

    def __init__(self, jetstream: JetStream, prefix: str):
        self._jetstream, self._prefix = jetstream, prefix
        self._places = asyncio.Semaphore(MOST_AT_ONCE)
        self._answering: set[asyncio.Task[None]] = set()

    async def ask(self, instance: str, question: bytes, at_most_s: float = ANSWER_S) -> bytes:
        """What that worker answers. Raises `Away` where it does not."""
        return await self._jetstream.request(f"{self._prefix}.ask.{instance}", question, at_most_s)

    async def answer(self, instance: str, answer: Answer) -> None:
        """Answer what is asked of us from now on. Raises `Away`."""

        async def asked(question: bytes, reply: Callable[[bytes], Awaitable[None]]) -> None:
            task = asyncio.create_task(self._answer(question, reply, answer))
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)

        await self._jetstream.serve(f"{self._prefix}.ask.{instance}", asked)

    async def tell(self, subject: str, news: bytes) -> None:
        """Whoever hears the subject now gets it. Raises `Away`."""
        await self._jetstream.tell(f"{self._prefix}.{subject}", news)

    async def listen(self, subject: str, take: Callable[[bytes], None]) -> None:
        """Take what is told under the subject from now on. Raises `Away`."""

        async def told(news: bytes, reply: Callable[[bytes], Awaitable[None]]) -> None:
            take(news)

        await self._jetstream.serve(f"{self._prefix}.{subject}", told)

    async def _answer(self, question: bytes, reply: Callable[[bytes], Awaitable[None]], answer: Answer) -> None:
        try:
            async with self._places, asyncio.timeout(ANSWER_S):
                found = await answer(question)
            if len(found) > MOST_BYTES:
                log.warning("an answer of %s is too large for another worker", count_of(len(found), "byte"))
                return
            await reply(found)
        except (TimeoutError, Away) as fault:
            log.warning("another worker got no answer: %s", str(fault) or "it took too long")
        except Exception:
            log.exception("a question of another worker failed")
