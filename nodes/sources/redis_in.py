"""`redis_in`: read a stream of a Redis server as one of a group."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import PositiveInt

from flowengine import Config, Example, Message, Outlet, Source, Unavailable, connection
from nodes.batches.portions import portions
from nodes.clients import extras
from nodes.clients.redis.faults import RedisAway, RedisRefused
from nodes.codecs.payload import MAX_BYTES, BadPayload, decoder
from nodes.connections.redis import Redis
from nodes.queues.source_queue import MOST_BYTES

Format = Literal["auto", "json", "msgpack", "cbor", "text", "bytes"]
WAIT_MS = 1000
"""So long the server holds a question for new entries; shorter than the connection's time-out."""

Entry = tuple[bytes, Mapping[bytes, bytes] | None]


class RedisInConfig(Config):
    """Settings of `redis_in`."""

    connection: str = connection("redis")
    """The server."""

    key: str
    """The stream."""

    group: str = "flowengine"
    """Consumer group; it is made if it is not there. Each entry goes to one consumer of it."""

    consumer: str = "flowengine"
    """Name of this reader in the group; what it had not acknowledged comes again when it is back under this name."""

    start: Literal["new", "all"] = "new"
    """Where a new group begins: with entries that come from now on, or with all that the stream has."""

    format: Format | list[Format] = "auto"
    """How the field `payload` is read; an entry without that field is a map of its fields as text."""

    count: PositiveInt = 500
    """At most so many entries at once."""

    topic: str = ""
    """Topic of the messages; by default the stream's name."""


class RedisIn(Source):
    """Each entry is a message; `meta.entry` is its id. It is acknowledged (XACK) once what came of it is settled."""

    config: RedisInConfig
    acknowledges = True
    examples = (Example("A stream of readings", "{connection: cache, key: readings, group: history, start: all}"),)

    @classmethod
    def lacks(cls) -> Sequence[tuple[str, str]]:
        return extras.REDIS.lacks()

    def start(self) -> None:
        self._decode = decoder(self.config.format, MAX_BYTES, count=self.context.count)
        self._acknowledging: set[asyncio.Task[None]] = set()

    async def run(self, emit: Outlet) -> None:
        self._client = self.context.connection(self.config.connection, Redis).client
        try:
            await self._join()
            since: bytes | str = "0"  # first what was given to us and never acknowledged
            while True:
                entries = await self._read(since)
                if since != ">":
                    since = entries[-1][0] if entries else ">"
                for portion in portions(entries, map(_size, entries), MOST_BYTES):
                    await self._emit(portion, emit)
        except RedisAway as away:
            raise Unavailable(str(away)) from away
        except RedisRefused as fault:
            raise Unavailable(f"{self.config.key}: {fault}") from fault
        finally:
            if self._acknowledging:
                await asyncio.wait(self._acknowledging, timeout=2.0)

    def received(self, message: Message) -> Message:
        payload = self._decode(message.payload) if isinstance(message.payload, bytes) else message.payload
        return message.replace(payload=payload, topic=message.topic or self.config.topic or self.config.key)

    async def _join(self) -> None:
        config = self.config
        try:
            begin = "0" if config.start == "all" else "$"
            await self._client.ask("XGROUP", "CREATE", config.key, config.group, begin, "MKSTREAM")
        except RedisRefused as fault:
            if not str(fault).startswith("BUSYGROUP"):  # it is there already
                raise

    async def _read(self, since: bytes | str) -> list[Entry]:
        config = self.config
        given = await self._client.ask(
            "XREADGROUP", "GROUP", config.group, config.consumer, "COUNT", config.count,
            "BLOCK", WAIT_MS, "STREAMS", config.key, since,
        )  # fmt: skip
        return _entries(given)

    async def _emit(self, entries: Sequence[Entry], emit: Outlet) -> None:
        good, bad = list[Message](), list[tuple[Message, str]]()
        topic = self.config.topic or self.config.key
        ids = [id for id, _ in entries]
        for id, fields in entries:
            meta = {"entry": id.decode()}
            try:
                good.append(Message(self._payload(fields), topic, meta=meta))
            except BadPayload as fault:
                bad.append((Message((fields or {}).get(b"payload", b"")[:4096], topic, meta=meta), f"payload {fault}"))
        await emit(good, lambda: self._acknowledge(ids), sum(map(_size, entries)), rejected=bad)

    def _payload(self, fields: Mapping[bytes, bytes] | None) -> Any:
        if fields is None:
            raise BadPayload("is gone", "the entry was deleted before it was read")
        if b"payload" in fields:
            return self._decode(fields[b"payload"])
        return {name.decode("utf-8", "replace"): value.decode("utf-8", "replace") for name, value in fields.items()}

    def _acknowledge(self, ids: Sequence[bytes]) -> None:
        task = asyncio.get_running_loop().create_task(self._say_done(ids), name="XACK")
        self._acknowledging.add(task)
        task.add_done_callback(self._acknowledging.discard)

    async def _say_done(self, ids: Sequence[bytes]) -> None:
        try:
            await self._client.ask("XACK", self.config.key, self.config.group, *ids)
        except (RedisAway, RedisRefused) as fault:
            self.context.count("acknowledgements lost")  # they come again
            self.context.log.debug("could not acknowledge: %s", fault)


def _size(entry: Entry) -> int:
    return sum(map(len, (entry[1] or {}).values()))


def _entries(given: Any) -> list[Entry]:
    """Entries of one stream out of an answer of RESP 2 (lists) or 3 (a map)."""
    if not given:
        return []
    rows = next(iter(given.values()))[0] if isinstance(given, dict) else given[0][1]
    return [(id, fields if isinstance(fields, dict) or fields is None else _pairs(fields)) for id, fields in rows]


def _pairs(flat: Sequence[bytes]) -> dict[bytes, bytes]:
    return dict(zip(flat[::2], flat[1::2], strict=True))
