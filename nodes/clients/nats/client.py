"""A client of one NATS server or cluster: what JetStream has stored, and what its errors mean. Knows no node."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.client import JetStreamContext
from nats.js.errors import APIError, NoStreamResponseError, NotFoundError

from flowengine.counts import count_of
from nodes.clients.brokers import Answers, BrokerAway, BrokerRefused
from nodes.clients.unreachable import unreachable

PING_S = 2
FETCH_S = 1.0
ACK_WAIT_S = 30.0
"""So long the server waits for an answer to a message; who holds one longer says so in between."""

TOO_LARGE = 10054
"""Error of JetStream: the message is larger than the stream takes."""

_FAULTS = (TimeoutError, OSError, nats.errors.Error)


class NoStream(BrokerRefused):
    """The server is there, and no stream of it takes the subject."""


class Reading(NamedTuple):
    """What a consumer reads."""

    stream: str
    subject: str
    consumer: str
    all: bool
    window: int


class NatsClient:
    """Connected when it is needed and again when it is asked the next time. `up` says whether it is connected."""

    def __init__(
        self,
        urls: Sequence[str],
        timeout_s: float,
        tls: Callable[[], ssl.SSLContext] | None,
        account: Mapping[str, Any],
    ):
        self._urls, self._timeout_s, self._tls, self._account = list(urls), timeout_s, tls, dict(account)
        self._client: Client | None = None
        self._connecting = asyncio.Lock()
        self._said: Exception | None = None
        self.answers = Answers()

    @property
    def up(self) -> bool | None:
        """Whether a server is there now; None before the first try."""
        return None if self._client is None and not self._said else bool(self._client and self._client.is_connected)

    async def close(self) -> None:
        """Send what is on its way, and let go."""
        await self.answers.close()
        if self._client is not None:
            await _closed(self._client)

    async def ask(self) -> str:
        """Version of the server that answers. Raises BrokerAway."""
        client = await self._connected()
        try:
            await client.flush(2)
        except _FAULTS as fault:
            raise BrokerAway(self._words(fault)) from fault
        return str(client.connected_server_version).rpartition(" v")[2].rstrip(">")

    async def store(self, subject: str, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        """Return once a stream has it. Raises BrokerAway, BrokerRefused, NoStream."""
        client = await self._connected()
        try:
            await client.jetstream(timeout=self._timeout_s).publish(subject, body, headers=dict(headers or {}) or None)
        except (nats.errors.MaxPayloadError, nats.errors.BadSubjectError) as fault:
            raise BrokerRefused(_of_the_message(fault, subject, body)) from fault
        except NoStreamResponseError as fault:
            raise NoStream(f"no stream takes the subject {subject}") from fault
        except APIError as fault:
            said = f"{subject}: {fault.description}"
            raise (BrokerRefused(said) if fault.err_code == TOO_LARGE else BrokerAway(said)) from fault
        except _FAULTS as fault:
            raise BrokerAway(self._words(fault)) from fault
        self._said = None

    async def publish(self, subject: str, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        """Tell who listens now; nobody says whether he heard. Raises BrokerAway, BrokerRefused."""
        client = await self._connected()
        try:
            await client.publish(subject, body, headers=dict(headers or {}) or None)
        except (nats.errors.MaxPayloadError, nats.errors.BadSubjectError) as fault:
            raise BrokerRefused(_of_the_message(fault, subject, body)) from fault
        except _FAULTS as fault:
            raise BrokerAway(self._words(fault)) from fault

    @asynccontextmanager
    async def reading(self, what: Reading) -> AsyncIterator[Consumer]:
        """A durable consumer of the server's; made if it is not there. Raises BrokerAway."""
        client = await self._connected()
        context = client.jetstream(timeout=self._timeout_s)
        try:
            stream = what.stream or await context.find_stream_name_by_subject(what.subject)
            patience_s = await _join(context, stream, what)
            pulling = await context.pull_subscribe_bind(what.consumer, stream)
        except NotFoundError as fault:
            missing = f"no stream has the subject {what.subject}" if not what.stream else f"no stream {what.stream}"
            raise BrokerAway(missing) from fault
        except APIError as fault:
            raise BrokerAway(f"{what.consumer}: {fault.description}") from fault
        except _FAULTS as fault:
            raise BrokerAway(self._words(fault)) from fault
        try:
            yield Consumer(self, client, pulling, patience_s)
        finally:
            if client.is_connected:
                await pulling.unsubscribe()

    async def _connected(self) -> Client:
        async with self._connecting:
            if self._client is not None and self._client.is_connected:
                return self._client
            if self._client is not None:
                await _closed(self._client)
            self._client, self._said, client = None, None, Client()
            try:
                account = dict(self._account)
                if self._tls is not None:
                    account["tls"] = await asyncio.to_thread(self._tls)
                async with asyncio.timeout(self._timeout_s):
                    await client.connect(
                        self._urls, name="flowengine", allow_reconnect=False, ping_interval=PING_S,
                        max_reconnect_attempts=1, reconnect_time_wait=0,  # each server once: we ask again
                        connect_timeout=max(1, int(self._timeout_s)), error_cb=self._hears, **account,
                    )  # fmt: skip
            except BaseException as fault:
                await _closed(client)
                if not isinstance(fault, _FAULTS):
                    raise
                self._said = self._heard() or fault
                raise BrokerAway(self._words(fault)) from fault
            self._client = client
            return client

    def _heard(self) -> Exception | None:
        return self._said

    async def _hears(self, fault: Exception) -> None:
        """What is said beside the answers: why a server cannot be reached, that this account may not publish there."""
        self._said = fault

    def _words(self, fault: BaseException) -> str:
        place = ", ".join(url.rpartition("@")[2].rpartition("/")[2] for url in self._urls)
        if isinstance(fault, TimeoutError | nats.errors.NoServersError | nats.errors.ConnectionClosedError):
            fault = self._said or fault  # what the library gives up with says less
        if "uthorization" in str(fault):
            return f"{place} does not let this account in"
        if isinstance(fault, OSError):
            return unreachable(fault, *_address(self._urls[0])) if len(self._urls) == 1 else f"none of {place} answers"
        if isinstance(fault, nats.errors.ConnectionClosedError | nats.errors.UnexpectedEOF):
            return f"{place} cut the connection"
        return f"{place}: {str(fault).removeprefix('nats: ') or 'no answer'}"


class Consumer:
    """Where messages of a stream come from, until its connection is lost."""

    def __init__(
        self, owner: NatsClient, client: Client, pulling: JetStreamContext.PullSubscription, patience_s: float
    ):
        self._owner, self._client, self._pulling, self.patience_s = owner, client, pulling, patience_s

    async def fetch(self, count: int) -> list[Msg]:
        """At most so many, as soon as one is there; none after a second without. Raises BrokerAway."""
        try:
            return await self._pulling.fetch(max(2, count), FETCH_S)  # one alone is asked for without waiting for more
        except APIError as fault:
            raise BrokerAway(f"the consumer cannot be read: {fault.description}") from fault
        except TimeoutError:
            if self._client.is_connected:
                return []
            raise BrokerAway(self._owner._words(nats.errors.ConnectionClosedError())) from None
        except (OSError, nats.errors.Error) as fault:
            task = asyncio.current_task()
            if task is not None and task.cancelling():  # the library takes it for its own, on a lost connection
                raise asyncio.CancelledError from None
            raise BrokerAway(self._owner._words(fault)) from fault


async def _closed(client: Client) -> None:
    """Close it for good: the library leaves the socket of a connection open that was lost while it closed."""
    await client.close()
    if client._transport:
        client._transport.close()  # type: ignore[no-untyped-call]


async def _join(context: JetStreamContext, stream: str, what: Reading) -> float:
    """After how many seconds the consumer gives out again what nobody answered."""
    try:
        there = (await context.consumer_info(stream, what.consumer)).config
    except NotFoundError:
        begin = DeliverPolicy.ALL if what.all else DeliverPolicy.NEW
        wanted = ConsumerConfig(
            durable_name=what.consumer, filter_subject=what.subject, deliver_policy=begin,
            ack_policy=AckPolicy.EXPLICIT, ack_wait=ACK_WAIT_S, max_ack_pending=what.window,
        )  # fmt: skip
        await context.add_consumer(stream, wanted)
        return ACK_WAIT_S
    if there.filter_subject != what.subject:
        raise BrokerAway(f"the consumer {what.consumer} is there and reads {there.filter_subject or 'all subjects'}")
    return there.ack_wait or ACK_WAIT_S


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or 4222


def _of_the_message(fault: Exception, subject: str, body: bytes) -> str:
    if isinstance(fault, nats.errors.MaxPayloadError):
        return f"{count_of(len(body), 'byte is', 'bytes are')} more than the server takes"
    return f"{subject!r} is no subject to publish on"
