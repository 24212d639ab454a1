"""What a queue of an AMQP broker gives out: from a channel of its own, which must live until all is answered."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from aiormq import spec
from aiormq.abc import AbstractChannel, DeliveredMessage
from aiormq.exceptions import AMQPError

from nodes.clients.brokers import BrokerAway

_GONE = (TimeoutError, OSError, AMQPError, RuntimeError)


class Reading(NamedTuple):
    """What a consumer reads: a queue, made durable and bound by these keys where an exchange is named."""

    queue: str
    exchange: str
    keys: Sequence[str]
    window: int

    @property
    def missing(self) -> str:
        """What is not there when the broker says that something is not."""
        return f"exchange {self.exchange!r}" if self.exchange else f"queue {self.queue!r}"


class Consumer:
    """Messages of one queue; at most `window` are not acknowledged."""

    def __init__(self, channel: AbstractChannel):
        self._channel = channel
        self._arrived: list[DeliveredMessage] = []
        self._news = asyncio.Event()
        self._tag = ""
        self._deleted = False

    @classmethod
    async def begin(cls, channel: AbstractChannel, what: Reading, timeout_s: float) -> Consumer:
        """A consumer that is under way; the channel is its own from now on, and closed where this fails."""
        made = cls(channel)
        try:
            await channel.queue_declare(what.queue, passive=not what.exchange, durable=True, timeout=timeout_s)
            for key in what.keys if what.exchange else ():
                await channel.queue_bind(what.queue, what.exchange, key, timeout=timeout_s)
            await channel.basic_qos(prefetch_count=what.window, timeout=timeout_s)
            channel.on_consumer_cancel_callbacks.add(made._cancelled)
            channel.closing.add_done_callback(lambda _: made._news.set())
            made._tag = f"flowengine-{id(made):x}"
            await channel.basic_consume(what.queue, made._take, consumer_tag=made._tag, timeout=timeout_s)
        except BaseException:
            await made.close()
            raise
        return made

    @property
    def lost(self) -> bool:
        """Whether what was not acknowledged comes again, and answers reach nobody."""
        return self._channel.is_closed

    async def fetch(self) -> list[DeliveredMessage]:
        """What has come, at least one. Raises BrokerAway."""
        while not self._arrived:
            if self._deleted:
                raise BrokerAway("the queue was deleted")
            if self.lost:
                raise BrokerAway("the connection was cut")
            self._news.clear()
            await self._news.wait()
        arrived, self._arrived = self._arrived, []
        return arrived

    async def acknowledge(self, tags: Sequence[int]) -> bool:
        """Whether the broker was told that these are done with."""
        try:
            for tag in tags:
                await self._channel.basic_ack(tag, wait=False)
        except _GONE:
            return False
        return True

    async def rest(self) -> None:
        """Take no more; what came and nobody fetched goes back. What was fetched can still be acknowledged."""
        try:
            await self._channel.basic_cancel(self._tag, timeout=2)
            back, self._arrived = self._arrived, []
            for each in back:
                await self._channel.basic_nack(tag_of(each), requeue=True, wait=False)
        except _GONE:
            pass

    async def close(self) -> None:
        """Give back what was not acknowledged."""
        try:
            async with asyncio.timeout(2):
                await self._channel.close()
        except _GONE:
            pass

    async def _take(self, message: DeliveredMessage) -> None:
        self._arrived.append(message)
        self._news.set()

    def _cancelled(self, frame: spec.Basic.Cancel) -> None:
        self._deleted = True
        self._news.set()


def tag_of(message: DeliveredMessage) -> int:
    """Number of this delivery on its channel."""
    return message.delivery_tag or 0
