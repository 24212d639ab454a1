"""A client of one AMQP 0-9-1 broker: what it has confirmed, and what its errors mean. Knows no node.

Source: the specification of AMQP 0-9-1 (class `basic`), and RabbitMQ's "Consumer Acknowledgements and Publisher
Confirms".
"""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import aiormq
from aiormq.abc import AbstractChannel, AbstractConnection
from aiormq.exceptions import (
    AMQPError,
    ChannelAccessRefused,
    ChannelLockedResource,
    ChannelNotFoundEntity,
    ChannelPreconditionFailed,
    ConnectionNotAllowed,
    DeliveryError,
    InvalidFrameError,
    ProbableAuthenticationError,
    PublishError,
)

from flowengine.counts import count_of
from nodes.clients.amqp.consumer import Consumer, Reading
from nodes.clients.brokers import Answers, BrokerAway, BrokerRefused
from nodes.clients.unreachable import unreachable

HEARTBEAT_S = 2
MOST_KEY_BYTES = 255
CLOSE_S = 2.0
_TOO_LARGE = re.compile(r"larger than .*max size (\d+)")
_FAULTS = (TimeoutError, OSError, AMQPError, RuntimeError)  # it calls a closed channel a RuntimeError

logging.getLogger("aiormq").setLevel(logging.CRITICAL)  # what it says of a loss is said by us, once


class NoQueue(BrokerRefused):
    """The broker is there, and no queue takes the message."""


class Letter(NamedTuple):
    """What is published: where to, and what."""

    exchange: str
    routing_key: str
    body: bytes
    id: str = ""


class AmqpClient:
    """Connected when it is needed and again when it is asked the next time. `up` says whether it is connected."""

    def __init__(self, url: str, account: tuple[str, str], tls: Callable[[], ssl.SSLContext] | None, timeout_s: float):
        self._url, self._account, self._tls, self._timeout_s = url, account, tls, timeout_s
        self._connection: AbstractConnection | None = None
        self._publishing: AbstractChannel | None = None
        self._asking: AbstractChannel | None = None
        self._connecting, self._opening = asyncio.Lock(), asyncio.Lock()
        self._failed = False
        self.answers = Answers()
        self._most_bytes = 2**63

    @property
    def up(self) -> bool | None:
        """Whether the broker is there now; None before the first try."""
        return None if self._connection is None and not self._failed else _open(self._connection)

    async def close(self) -> None:
        """Send what is on its way, and let go: what nobody acknowledged goes to others."""
        await self.answers.close()
        await self._let_go()

    async def ask(self) -> str:
        """Name and version of the broker that answers. Raises BrokerAway."""
        with self._in_words():
            connection = await self._connected()
            async with self._opening:
                if self._asking is None or self._asking.is_closed:
                    self._asking = await connection.channel(publisher_confirms=False, timeout=self._timeout_s)
            await self._asking.basic_qos(prefetch_count=1, timeout=self._timeout_s)
        known = connection.server_properties
        return f"{_text(known.get('product'))} {_text(known.get('version'))}".strip()

    async def store(self, letter: Letter) -> None:
        """Return once each queue that takes it has it, on its disk where it is durable.

        Raises BrokerAway, BrokerRefused, NoQueue.
        """
        await self._publish(letter, mandatory=True, delivery_mode=2)

    async def publish(self, letter: Letter) -> None:
        """Return once the broker gave it to whoever listens, which may be nobody. Raises BrokerAway, BrokerRefused."""
        await self._publish(letter, mandatory=False, delivery_mode=1)

    async def consume(self, what: Reading) -> Consumer:
        """What comes out of a queue from now on. Raises BrokerAway."""
        with self._in_words(f"there is no {what.missing}"):
            connection = await self._connected()
            channel = await connection.channel(publisher_confirms=False, timeout=self._timeout_s)
            return await Consumer.begin(channel, what, self._timeout_s)

    async def _publish(self, letter: Letter, mandatory: bool, delivery_mode: int) -> None:
        if len(letter.routing_key.encode()) > MOST_KEY_BYTES or len(letter.id.encode()) > MOST_KEY_BYTES:
            raise BrokerRefused(f"a routing key or an id has at most {MOST_KEY_BYTES} bytes")
        properties = aiormq.spec.Basic.Properties(delivery_mode=delivery_mode, message_id=letter.id or None)
        with self._in_words(f"there is no exchange {letter.exchange!r}"):
            async with asyncio.timeout(self._timeout_s):
                channel = await self._channel()
                self._refuse_large(letter)
                try:
                    await channel.basic_publish(
                        letter.body, exchange=letter.exchange, routing_key=letter.routing_key,
                        properties=properties, mandatory=mandatory,
                    )  # fmt: skip
                except PublishError as fault:
                    raise NoQueue(f"no queue takes {_place(letter)}") from fault
                except DeliveryError as fault:
                    raise BrokerAway(f"a queue that takes {_place(letter)} is full") from fault
                except AMQPError as fault:
                    if bound := _TOO_LARGE.search(str(fault)):  # which closed the channel for all messages on it
                        self._most_bytes = int(bound[1])
                        self._refuse_large(letter)
                    raise

    def _refuse_large(self, letter: Letter) -> None:
        if len(letter.body) > self._most_bytes:
            size = count_of(len(letter.body), "byte")
            raise BrokerRefused(f"{size} are more than the broker takes, {self._most_bytes}")

    async def _channel(self) -> AbstractChannel:
        connection = await self._connected()
        await connection.ready()  # waits while the broker is short of memory or disk
        async with self._opening:
            if self._publishing is None or self._publishing.is_closed:
                self._publishing = await connection.channel(on_return_raises=True, timeout=self._timeout_s)
            return self._publishing

    async def _connected(self) -> AbstractConnection:
        async with self._connecting:
            if self._connection is not None and _open(self._connection):
                return self._connection
            await self._let_go()
            context = await asyncio.to_thread(self._tls) if self._tls is not None else None
            connection = aiormq.Connection(
                self._with_account(), context=context, client_properties={"connection_name": "flowengine"}
            )
            try:
                async with asyncio.timeout(self._timeout_s):
                    await connection.connect()
            except BaseException:
                self._failed = True
                await _closed(connection)
                raise
            self._connection, self._publishing, self._asking = connection, None, None
            return connection

    async def _let_go(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await _closed(connection)

    def _with_account(self) -> str:
        scheme, rest = self._url.split("://", 1)
        host, slash, vhost = rest.partition("/")
        user, password = self._account
        # The library takes %2F alone out of a virtual host's name; all else in it is as it is written.
        return f"{scheme}://{quote(user, '')}:{quote(password, '')}@{host}{slash}{vhost}?heartbeat={HEARTBEAT_S}"

    @contextmanager
    def _in_words(self, missing: str = "") -> Iterator[None]:
        """Whatever the library raises in it as BrokerAway, with `missing` for what the broker does not know."""
        try:
            yield
        except ChannelNotFoundEntity as fault:
            raise BrokerAway(missing) from fault
        except _FAULTS as fault:
            raise BrokerAway(self._words(fault)) from fault
        except asyncio.CancelledError as fault:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise BrokerAway(self._words(fault)) from fault  # so the library ends what waits on a lost connection

    def _words(self, fault: BaseException) -> str:
        parts = urlsplit(self._url)
        host, port = parts.hostname or "", parts.port or (5671 if parts.scheme == "amqps" else 5672)
        if isinstance(fault, ProbableAuthenticationError):
            return f"{host}:{port} does not let this account in"
        if isinstance(fault, ConnectionNotAllowed | InvalidFrameError):  # the latter of its refusal while opening
            return f"{host}:{port} has no such virtual host, or not for this account"
        if isinstance(fault, ChannelAccessRefused):
            return f"this account may not do that at {host}:{port}"
        if isinstance(fault, ChannelPreconditionFailed | ChannelLockedResource):
            return "the queue is there and is of another kind, or another's own"
        origin = fault.__cause__ if isinstance(fault, AMQPError) else fault
        if isinstance(origin, OSError) and not isinstance(origin, AMQPError):
            return unreachable(origin, host, port)
        return f"{host}:{port} cut the connection"


def _open(connection: AbstractConnection | None) -> bool:
    return connection is not None and connection.is_opened


async def _closed(connection: AbstractConnection) -> None:
    try:
        async with asyncio.timeout(CLOSE_S):
            await connection.close()
    except _FAULTS:
        pass


def _place(letter: Letter) -> str:
    return f"{letter.routing_key!r} of exchange {letter.exchange!r}" if letter.exchange else repr(letter.routing_key)


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")
