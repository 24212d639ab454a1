"""One reader of a group: takes messages of the partitions it is given, and tells the cluster how far they are done.

It stays in the group until all that it took is settled, so that whoever comes after it begins there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import ConsumerStoppedError, KafkaError

from flowengine.ending import end
from nodes.clients.brokers import BrokerAway
from nodes.clients.kafka.client import KafkaClient, closed
from nodes.clients.kafka.offsets import Offsets

if TYPE_CHECKING:
    from aiokafka import AIOKafkaConsumer, ConsumerRecord


COMMIT_S = 0.2
"""Least time between two commits: each is a request, whatever it holds."""

FETCH_MS = 1000
LAST_COMMIT_S = 2.0
PATIENCE_S = 10.0
"""So long a reader waits for the one before it, as after a deploy: what that one holds is not read twice then."""

_FAULTS = (TimeoutError, OSError, KafkaError)


class Reader:
    """From `begin` to `leave`, which lets it end when all is settled, or `close`, which ends it now."""

    def __init__(self, client: KafkaClient, group: str, consumer: AIOKafkaConsumer, offsets: Offsets, from_first: bool):
        self._client, self.group = client, group
        self._consumer, self._offsets, self._from_first = consumer, offsets, from_first
        self._wake = asyncio.Event()
        self._leaving = self._begins = False
        self._task: asyncio.Task[None] | None = None
        self.left = asyncio.Event()

    @classmethod
    async def begin(
        cls, client: KafkaClient, topics: Sequence[str], group: str, from_first: bool, offsets: Offsets
    ) -> Reader:
        """A reader that is in the group, once one that is leaving it has left. Raises BrokerAway, NoTopic."""
        for each in [each for each in client.readers if each.group == group and each._leaving]:
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE_S):
                    await each.left.wait()
        made = cls(client, group, await client.consumer(group, from_first), offsets, from_first)
        client.readers.append(made)
        try:
            consumer = made._consumer
            with client.in_words():
                consumer.subscribe(list(topics), listener=_Listener(made))
                await consumer.start()
        except BaseException:
            await made._stop()
            raise
        made._task = asyncio.create_task(made._commit_on(), name="commits of a Kafka reader")
        return made

    async def fetch(self, most: int) -> list[ConsumerRecord]:
        """At most so many, as soon as there are some; none after a second without. Raises BrokerAway."""
        try:
            found = await self._consumer.getmany(timeout_ms=FETCH_MS, max_records=most)
            if self._begins:  # where a new group begins is known before a kill can take it
                self._begins = False
                await self.commit()
        except _FAULTS as fault:
            raise BrokerAway("the topics cannot be read") from fault
        records = [record for of_one in found.values() for record in of_one]
        return [each for each in records if self._offsets.expects(each.topic, each.partition, each.offset)]

    def settled(self) -> None:
        """Some of what was taken is done with."""
        self._wake.set()

    async def commit(self) -> None:
        """Tell the cluster how far all is done. Raises BrokerAway; it is done with the next one then, or read again."""
        due = self._offsets.due()
        mine = {TopicPartition(*key): offset for key, offset in due.items()}
        mine = {place: offset for place, offset in mine.items() if place in self._consumer.assignment()}
        if not mine:
            return
        try:
            await self._consumer.commit(mine)
        except _FAULTS as fault:
            raise BrokerAway("the cluster did not take how far the group got") from fault
        self._offsets.committed({(place.topic, place.partition): offset for place, offset in mine.items()})

    def leave(self) -> None:
        """Take no more, and go when all is settled."""
        self._consumer.pause(*self._consumer.assignment())
        self._leaving = True
        self._wake.set()

    async def close(self) -> None:
        """Go now; what is not settled comes again."""
        if self._task is not None:
            await end(self._task, again_s=1.0)  # the loop alone: asked again, a farewell would be cut off half-way
        if not self.left.is_set():
            await self._stop()

    async def _commit_on(self) -> None:
        while not (self._leaving and not len(self._offsets)):
            await self._wake.wait()
            self._wake.clear()
            try:
                await self.commit()
            except BrokerAway:
                self._wake.set()
            await asyncio.sleep(COMMIT_S)
        await self._stop()

    async def _stop(self) -> None:
        try:
            with suppress(BrokerAway, ConsumerStoppedError, *_FAULTS):
                async with asyncio.timeout(LAST_COMMIT_S):
                    await self.commit()
        finally:
            await closed(self._consumer)
        self.left.set()
        if self in self._client.readers:
            self._client.readers.remove(self)

    async def given(self, places: Iterable[TopicPartition]) -> None:
        """These partitions are this reader's from now on."""
        for place in places:
            known = await self._consumer.committed(place)
            if known is None:
                ask = self._consumer.beginning_offsets if self._from_first else self._consumer.end_offsets
                known, self._begins = (await ask([place]))[place], True
                first = self._offsets.begin(place.topic, place.partition, known, is_known=False)
            else:
                first = self._offsets.begin(place.topic, place.partition, known)
            self._consumer.seek(place, first)


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    def __init__(self, reader: Reader):
        self._reader = reader

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        with suppress(BrokerAway):
            await self._reader.commit()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        await self._reader.given(assigned)
