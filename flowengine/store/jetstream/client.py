"""One connection to JetStream and the few calls that everything in this folder is made of.

Reading is by direct get, in batches from a sequence on: no consumer stands on the server that could be forgotten or
fall silent after a restart. What is decided by a value is read from the stream's leader and written by
compare-and-set. A time-out, a server that is gone and a stream without leader are all `Away`, an `OSError`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, NamedTuple, TypeVar

import msgspec
import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import DiscardPolicy, StorageType, StreamConfig
from nats.js.errors import APIError, NotFoundError
from nats.js.errors import Error as JetStreamFault

from flowengine.store.port import Away, Conflict

log = logging.getLogger("flowengine.store")
T = TypeVar("T")
Reply = Callable[[bytes], Awaitable[None]]
REQUEST_S = 3.0
LISTEN_S = 0.25
PING_S, MOST_PINGS = 1, 2
"""A server that vanished without a word is left after three pings."""

RECONNECT_S = 0.25
CONNECT_S = 4.0
"""For the first connection; one that was there comes back however long that takes."""

WRONG_LAST_SEQUENCE, STREAM_FULL, NAME_IN_USE = 10071, 10077, 10058
FULL = "is full"
MOST_LASTS = 1024
"""So many subjects the server tells of in one answer."""


class Full(Away):
    """The stream has reached its bound."""


class Found(NamedTuple):
    """One message of a stream."""

    subject: str
    sequence: int
    data: bytes
    pending: int = 0
    """How many follow it, of the subjects that were asked for."""


class JetStream:
    """Connected for as long as it is open: it comes back by itself, however long the servers are away."""

    def __init__(self, client: Client, replicas: int):
        self._client = client
        self._context = client.jetstream(timeout=REQUEST_S)
        self._loop = asyncio.get_running_loop()
        self.replicas = replicas

    @classmethod
    async def connect(cls, urls: Sequence[str], name: str, replicas: int = 3, credentials: str = "") -> JetStream:
        """Connected to one of these servers. Raises `Away`."""
        options: dict[str, Any] = {"user_credentials": credentials} if credentials else {}
        options |= {"max_reconnect_attempts": -1, "reconnect_time_wait": RECONNECT_S, "allow_reconnect": True}
        options |= {"ping_interval": PING_S, "max_outstanding_pings": MOST_PINGS}
        options |= {"connect_timeout": 2, "error_cb": _quiet}
        client = Client()
        try:
            async with asyncio.timeout(CONNECT_S):
                await client.connect(list(urls), name=name, **options)
        except (OSError, nats.errors.Error) as fault:
            await client.close()
            raise Away(f"no NATS server answers at {', '.join(urls)}" + (f": {fault}" if str(fault) else "")) from None
        return cls(client, replicas)

    async def close(self) -> None:
        """Let go of the connection."""
        await self._client.close()

    @property
    def connected(self) -> bool:
        """Whether a server is there now."""
        return self._client.is_connected

    @property
    def version(self) -> str:
        """Of the server that it is connected to."""
        return str(self._client.connected_server_version)

    def wait(self, call: Coroutine[Any, Any, T]) -> T:
        """What the call gives; for other threads than the loop's. Blocking."""
        return asyncio.run_coroutine_threadsafe(call, self._loop).result()

    async def listen(self, subject: str) -> None:
        """Others can see that somebody is connected who listens under this subject. Raises `Away`."""
        await self._asked(self._client.subscribe(subject, cb=_answered))

    async def is_listened_to(self, subject: str) -> bool | None:
        """False where the servers say that nobody listens, None where nothing is said within `LISTEN_S`."""
        try:
            await self._client.request(subject, timeout=LISTEN_S)
        except nats.errors.NoRespondersError:
            return False
        except (TimeoutError, OSError, nats.errors.Error):
            return None
        return True

    async def request(self, subject: str, data: bytes, at_most_s: float) -> bytes:
        """What whoever serves the subject answers. Raises `Away` where nobody does."""
        try:
            return (await self._client.request(subject, data, timeout=at_most_s)).data
        except (TimeoutError, OSError, nats.errors.Error) as fault:
            raise Away(f"nobody answers under {subject}: {str(fault) or type(fault).__name__}") from None

    async def serve(self, subject: str, take: Callable[[bytes, Reply], Awaitable[None]]) -> None:
        """Take what comes under the subject now, with a way to answer it. Raises `Away`."""

        async def came(message: Msg) -> None:
            await take(message.data, message.respond)

        await self._asked(self._client.subscribe(subject, cb=came))

    async def tell(self, subject: str, data: bytes) -> None:
        """Whoever listens now gets it; nobody keeps it. Raises `Away`."""
        await self._asked(self._client.publish(subject, data))

    async def stream(
        self, name: str, subjects: str, last_only: bool = False, max_bytes: int = -1, keeps_newest: bool = False
    ) -> None:
        """There is such a stream, on disk, with as many replicas as this cluster has; `last_only` of each subject.

        One that is full refuses what comes; one that `keeps_newest` forgets its oldest.
        """
        config = StreamConfig(
            name=name, subjects=[subjects], storage=StorageType.FILE, num_replicas=self.replicas, allow_direct=True,
            max_msgs_per_subject=1 if last_only else -1, max_bytes=max_bytes, discard=DiscardPolicy.NEW,
            discard_new_per_subject=False, duplicate_window=0 if last_only else 120, allow_rollup_hdrs=last_only,
        )  # fmt: skip
        if last_only or keeps_newest:
            config.discard = DiscardPolicy.OLD
        try:
            await self._asked(self._context.add_stream(config))
        except APIError as fault:
            if fault.err_code != NAME_IN_USE:
                raise Away(f"the stream {name} cannot be made: {fault.description}") from None

    async def put(self, subject: str, data: bytes, after: int | None = None) -> int:
        """The sequence of the message, once a majority has it. Raises `Away`, `Full`, and `Conflict` unless the last
        one of its subject is `after` (0: there is none)."""
        headers = None if after is None else {"Nats-Expected-Last-Subject-Sequence": str(after)}
        try:
            return (await self._asked(self._context.publish(subject, data, headers=headers))).seq
        except APIError as fault:
            if fault.err_code == WRONG_LAST_SEQUENCE:
                raise Conflict(f"{subject} has changed: {fault.description}") from None
            if fault.err_code == STREAM_FULL:
                raise Full(f"the stream of {subject} {FULL}") from None
            raise Away(f"{subject} is refused: {fault.description}") from None

    async def last(self, stream: str, subject: str) -> Found | None:
        """The last message of a subject as the stream's leader knows it. Raises `Away`."""
        try:
            found = await self._asked(self._context.get_last_msg(stream, subject, direct=False))
        except NotFoundError:
            return None
        except APIError as fault:
            raise Away(f"{subject} cannot be read: {fault.description}") from None
        return Found(found.subject or subject, found.seq or 0, found.data or b"")

    async def at(self, stream: str, subjects: str, sequence: int) -> Found | None:
        """The first message from a sequence on, as the stream's leader knows it. Raises `Away`."""
        try:
            found = await self._asked(self._context.get_msg(stream, seq=sequence, subject=subjects, next=True))
        except NotFoundError:
            return None
        except APIError as fault:
            raise Away(f"{subjects} cannot be read: {fault.description}") from None
        return Found(found.subject or "", found.seq or 0, found.data or b"")

    async def read(self, stream: str, subjects: str, sequence: int, count: int, max_bytes: int) -> list[Found]:
        """Messages from a sequence on, in order, as any replica knows them. Raises `Away`."""
        return await self._batch(
            stream, {"seq": sequence, "next_by_subj": subjects, "batch": count, "max_bytes": max_bytes}
        )

    async def lasts(self, stream: str, subjects: str) -> list[Found]:
        """The last message of each subject, as any replica knows them. Raises `Away`."""
        return await self._batch(stream, {"multi_last": [subjects], "batch": MOST_LASTS})

    async def purge(self, stream: str, subject: str, before: int) -> None:
        """Messages of the subject with a sequence below `before` are gone. Raises `Away`."""
        try:
            await self._asked(self._context.purge_stream(stream, subject=subject, seq=before))
        except APIError as fault:
            raise Away(f"{stream} cannot be purged: {fault.description}") from None

    async def delete(self, stream: str) -> None:
        """The stream is gone. Raises `Away`."""
        try:
            await self._asked(self._context.delete_stream(stream))
        except NotFoundError:
            return

    async def _batch(self, stream: str, request: dict[str, Any]) -> list[Found]:
        inbox = self._client.new_inbox()
        answers: asyncio.Queue[Any] = asyncio.Queue()
        subscription = await self._asked(self._client.subscribe(inbox, cb=answers.put))
        try:
            await self._client.publish(f"$JS.API.DIRECT.GET.{stream}", msgspec.json.encode(request), reply=inbox)
            return await self._asked(_collected(answers))
        except nats.errors.Error as fault:
            raise Away(f"{stream} cannot be read: {fault}") from None
        finally:
            await _unsubscribed(subscription.unsubscribe)

    async def _asked(self, call: Coroutine[Any, Any, T]) -> T:
        try:
            async with asyncio.timeout(REQUEST_S + 1):
                return await call
        except APIError:
            raise
        except (TimeoutError, OSError, nats.errors.Error, JetStreamFault) as fault:
            raise Away(f"NATS does not answer: {str(fault) or type(fault).__name__}") from None


async def _collected(answers: asyncio.Queue[Any]) -> list[Found]:
    found: list[Found] = []
    while True:
        message = await answers.get()
        headers = message.headers or {}
        status = headers.get("Status")
        if status in ("204", "404"):
            return found
        if status is not None:
            raise OSError(headers.get("Description", status))
        pending = int(headers.get("Nats-Num-Pending", 0))
        found.append(Found(headers["Nats-Subject"], int(headers["Nats-Sequence"]), message.data, pending))


async def _answered(asked: Msg) -> None:
    await asked.respond(b"")


async def _unsubscribed(unsubscribe: Callable[[], Coroutine[Any, Any, None]]) -> None:
    try:
        await unsubscribe()
    except nats.errors.Error:
        return  # the connection is gone, and the subscription with it


async def _quiet(fault: Exception) -> None:
    log.debug("nats: %s", fault)
