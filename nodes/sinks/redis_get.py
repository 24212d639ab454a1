"""`redis_get`: read a key of a Redis server for each message."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from flowengine import Config, Example, Message, Messages, Rejected, Sink, Unavailable, connection
from flowengine.counts import count_of
from flowengine.expression import TemplateText
from nodes.batches.sorting import made_of
from nodes.clients import extras
from nodes.clients.redis.faults import RedisAway, RedisRefused
from nodes.codecs.payload import MAX_BYTES, decoder
from nodes.connections.redis import Redis
from nodes.values.paths import with_value

Format = Literal["auto", "json", "msgpack", "cbor", "text", "bytes"]


class RedisGetConfig(Config):
    """Settings of `redis_get`."""

    connection: str = connection("redis")
    """The server."""

    key: TemplateText
    """Key, such as `limits/{device}`."""

    into: Annotated[str, Field(pattern=r"^(payload(\.[^.\s]+)*|meta(\.[^.\s]+)+)$")] = "payload"
    """Where the value goes: `payload`, a field such as `payload.limit`, or `meta.limit`; null where there is no key."""

    format: Format | list[Format] = "auto"
    """How values are read, or several in the order they are tried."""


class RedisGet(Sink):
    """Ask for all keys of a batch at once; each message goes on with the value of its key."""

    config: RedisGetConfig
    category = "logic"
    outputs = ("out",)
    merge = 1000
    examples = (Example("A limit from elsewhere", "{connection: cache, key: 'limits/{device}', into: payload.limit}"),)

    @classmethod
    def lacks(cls) -> Sequence[tuple[str, str]]:
        return extras.REDIS.lacks()

    def start(self) -> None:
        self._decode = decoder(self.config.format, MAX_BYTES, count=self.context.count)

    async def open(self) -> None:
        self._client = self.context.connection(self.config.connection, Redis).client

    async def write(self, messages: Messages) -> list[Message]:
        (keys, bad), good = made_of(messages, self.config.key.fill), list[Message]()
        try:
            found = await self._client.send([("GET", key) for key in keys.values()]) if keys else []
        except RedisAway as away:
            raise Unavailable(str(away)) from away
        for place, value in zip(keys, found, strict=True):
            try:
                good.append(self._with(messages[place], value))
            except (ValueError, TypeError, RedisRefused) as fault:
                bad[place] = str(fault)
        if bad:
            raise Rejected(f"{count_of(len(bad), 'key was', 'keys were')} not read", bad, good)
        return good

    def _with(self, message: Message, value: Any) -> Message:
        if isinstance(value, RedisRefused):
            raise value
        found = None if value is None else self._decode(value)
        root, *path = self.config.into.split(".")
        if root == "meta":
            return message.replace(meta=with_value(message.meta, path, found))
        return message.with_payload(with_value(message.payload, path, found) if path else found)
