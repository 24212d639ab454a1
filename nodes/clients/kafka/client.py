"""A client of one Kafka cluster: what all replicas have stored, and what its errors mean. Knows no node."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import (
    AuthenticationFailedError,
    GroupAuthorizationFailedError,
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    NotEnoughReplicasAfterAppendError,
    NotEnoughReplicasError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    UnsupportedSaslMechanismError,
)

from flowengine.counts import count_of
from nodes.clients.brokers import BrokerAway, BrokerRefused
from nodes.clients.probe import ANSWER_S

if TYPE_CHECKING:
    from nodes.clients.kafka.reader import Reader

SESSION_MS, HEARTBEAT_MS = 10_000, 3_000
JOIN_S = 30.0
"""Least time for an answer to a reader: who joins a group waits until its other members have come, too."""

MOST_BYTES = 8 * 2**20
"""Larger messages are not sent; brokers take 1 MiB unless they are told otherwise."""

BATCH_BYTES = 256 * 1024
CLOSE_S = 5.0
_FAULTS = (TimeoutError, OSError, KafkaError)

logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what it says of a loss is said by us, once


class NoTopic(BrokerRefused):
    """The cluster is there, and has no such topic."""


class Record(NamedTuple):
    """What is written: where to, and what."""

    topic: str
    key: bytes | None
    body: bytes


class KafkaClient:
    """Connected when it is needed. `up` says whether its last use was answered."""

    def __init__(
        self,
        servers: Sequence[str],
        account: Mapping[str, Any],
        tls: Callable[[], ssl.SSLContext] | None,
        timeout_s: float,
    ):
        self._servers, self._account, self._tls, self._timeout_s = list(servers), dict(account), tls, timeout_s
        self._asking: AIOKafkaClient | None = None
        self._writing: AIOKafkaProducer | None = None
        self._opening = asyncio.Lock()
        self._asked = asyncio.Lock()
        self._in_order = asyncio.Lock()
        self.up: bool | None = None
        self.readers: list[Reader] = []

    async def close(self) -> None:
        """Let go of everything; what readers hold comes again to others."""
        for reader in list(self.readers):
            await reader.close()
        for made in (self._writing, self._asking):
            if made is not None:
                await closed(made)
        self._writing = self._asking = None

    async def ask(self) -> Mapping[str, Any]:
        """Names of the topics, and how many brokers the cluster has. Raises BrokerAway."""
        with self.in_words():
            async with self._asked:
                if self._asking is None:
                    made = AIOKafkaClient(**await self._settings(at_most_s=ANSWER_S))
                    try:
                        await made.bootstrap()
                    except BaseException:
                        await closed(made)
                        raise
                    self._asking = made
                try:
                    known = await self._asking.fetch_all_metadata()
                except _FAULTS:
                    await closed(self._asking)
                    self._asking = None
                    raise
        return {"topics": known.topics(), "brokers": len(known.brokers())}

    async def store(self, record: Record) -> None:
        """Return once the leader and all replicas in step have it. Raises BrokerAway, BrokerRefused, NoTopic."""
        if len(record.body) > MOST_BYTES:
            raise BrokerRefused(f"{count_of(len(record.body), 'byte')} are more than {MOST_BYTES}")
        with self.in_words(f"there is no topic {record.topic!r}"):
            async with asyncio.timeout(self._timeout_s):
                producer = await self._producer()
                try:
                    async with self._in_order:  # the library lets go while it learns of a topic
                        sent = await producer.send(record.topic, record.body, record.key)
                    await sent
                except MessageSizeTooLargeError as fault:
                    size = count_of(len(record.body), "byte")
                    raise BrokerRefused(f"{size} are more than the broker takes") from fault
                except InvalidTopicError as fault:
                    raise BrokerRefused(f"{record.topic!r} is no name of a topic") from fault

    async def consumer(self, group: str, from_first: bool) -> AIOKafkaConsumer:
        """A member of the group, not started; whoever asks for it stops it."""
        return AIOKafkaConsumer(
            group_id=group, enable_auto_commit=False, isolation_level="read_committed",
            auto_offset_reset="earliest" if from_first else "latest",
            session_timeout_ms=SESSION_MS, heartbeat_interval_ms=HEARTBEAT_MS, **await self._settings(JOIN_S),
        )  # fmt: skip

    @contextmanager
    def in_words(self, missing: str = "there is no such topic") -> Iterator[None]:
        """Whatever the library raises in it as BrokerAway, or NoTopic."""
        try:
            yield
        except UnknownTopicOrPartitionError as fault:
            raise NoTopic(missing) from fault
        except _FAULTS as fault:
            self.up = False
            raise BrokerAway(self._words(fault)) from fault
        self.up = True

    def _words(self, fault: BaseException) -> str:
        place = ", ".join(self._servers)
        if isinstance(fault, AuthenticationFailedError | SaslAuthenticationFailed):
            return f"{place} does not let this account in"
        if isinstance(fault, UnsupportedSaslMechanismError):
            return f"{place} knows no such mechanism of log-in"
        if isinstance(fault, TopicAuthorizationFailedError | GroupAuthorizationFailedError):
            return "this account may not do that with the topic or the group"
        if isinstance(fault, NotEnoughReplicasError | NotEnoughReplicasAfterAppendError):
            return "too few copies of the topic are in step"
        return f"{place} does not answer" if len(self._servers) == 1 else f"none of {place} answers"

    async def _producer(self) -> AIOKafkaProducer:
        async with self._opening:
            if self._writing is None:
                made = AIOKafkaProducer(
                    acks="all", max_request_size=MOST_BYTES + 2**20, max_batch_size=BATCH_BYTES,
                    **await self._settings(),
                )  # fmt: skip
                try:
                    await made.start()
                except BaseException:
                    await closed(made)
                    raise
                self._writing = made
            return self._writing

    async def _settings(self, least_s: float = 0.0, at_most_s: float = 60.0) -> dict[str, Any]:
        context = await asyncio.to_thread(self._tls) if self._tls is not None else None
        kind = ("SASL_" if self._account else "") + ("SSL" if context else "")
        return {
            "bootstrap_servers": self._servers,
            "client_id": "flowengine",
            "request_timeout_ms": round(min(max(self._timeout_s, least_s), at_most_s) * 1000),
            "security_protocol": {"": "PLAINTEXT", "SASL_": "SASL_PLAINTEXT"}.get(kind, kind),
            "ssl_context": context,
            **self._account,
        }


async def closed(made: Any, patience_s: float = CLOSE_S) -> None:
    """Close it, and its sockets also where it could not say good-bye or was cut off: the library leaves them open."""
    client = made
    if not isinstance(made, AIOKafkaClient):
        client = made._client if isinstance(made, AIOKafkaConsumer) else made.client
    try:
        if client is not made:
            with suppress(*_FAULTS):
                async with asyncio.timeout(patience_s):
                    await made.stop()
        with suppress(*_FAULTS):
            async with asyncio.timeout(patience_s):
                await client.close()
    finally:
        for line in list(client._conns.values()):
            line.close()
