"""`dead_letter`: keep what nothing accepted, with the reason, until someone looks."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from flowengine import Config, Duration, Example, Message, Messages, Sink, Size, Unavailable
from flowengine.store.data_folder import DEAD_LETTERS
from flowengine.store.dead_letters import DeadLetters
from nodes.servers.http.exchange import EXCHANGES, META, Reply

T = TypeVar("T")


class DeadLetterConfig(Config):
    """Settings of `dead_letter`."""

    keep: Duration = 14 * 86_400.0
    """How long messages are kept."""

    max_bytes: Size = 256 * 2**20
    """At most so much is kept; the oldest go first and are counted."""


class DeadLetter(Sink):
    """Store messages on disk; `flowengine dead` lists, shows, redrives and purges them.

    A request that still waits for its answer when what came of it ends here is answered 422, with the reason.
    """

    config: DeadLetterConfig
    category = "tool"
    examples = (Example("Two weeks of rejects", "{keep: 14d, max_bytes: 100MiB}"),)

    async def open(self) -> None:
        self._thread = ThreadPoolExecutor(1, "dead-letters")
        try:
            self._letters = await self._in_thread(self._opened)
        except BaseException:
            self._thread.shutdown(wait=False)
            raise

    async def write(self, messages: Messages) -> None:
        now_ns = self.context.clock.time_ns()
        gone = await self._in_thread(lambda: self._letters.add(self.context.flow, messages, now_ns))
        if gone:
            self.context.count("letters forgotten, too old or too many", gone)
        for message in messages:
            if isinstance(token := message.meta.get(META), str):
                EXCHANGES.answer(token, Reply(422, f"{_reason(message)}\n".encode()))

    async def close(self) -> None:
        await self._in_thread(self._letters.close)
        self._thread.shutdown(wait=False)

    def _opened(self) -> DeadLetters:
        letters = DeadLetters(self.context.data_dir / DEAD_LETTERS, self.config.max_bytes, self.config.keep, mends=True)
        if letters.set_aside is not None:
            self.context.count("damaged files set aside")
            self.context.log.error("damaged letters were put aside as %s", letters.set_aside)
        return letters

    async def _in_thread(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except (sqlite3.Error, OSError) as fault:
            raise Unavailable(f"cannot keep dead letters: {fault}") from fault


def _reason(message: Message) -> str:
    error = message.meta.get("error")
    return str(error.get("reason", "")) if isinstance(error, dict) else "this is not taken here"
