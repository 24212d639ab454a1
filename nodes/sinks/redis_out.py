"""`redis_out`: set a key, publish, or append to a stream of a Redis server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import PositiveInt

from flowengine import Config, Duration, Example, Message, Messages, Rejected, Sink, Unavailable, connection
from flowengine.counts import count_of
from flowengine.expression import TemplateText
from nodes.batches.sorting import made_of
from nodes.clients import extras
from nodes.clients.redis.faults import RedisAway, RedisRefused
from nodes.codecs.payload import encoder
from nodes.connections.redis import Redis


class RedisOutConfig(Config):
    """Settings of `redis_out`."""

    connection: str = connection("redis")
    """The server."""

    key: TemplateText
    """Key, stream or channel, such as `{device}/{sensor}`."""

    does: Literal["set", "stream", "publish"] = "set"
    """`set` replaces the key's value, `stream` appends an entry with the field `payload`, `publish` tells who
    listens now."""

    format: Literal["auto", "json", "msgpack", "cbor", "text", "bytes"] = "auto"
    """How payloads are written; `auto` leaves text and bytes as they are and writes the rest as JSON."""

    expires: Duration | None = None
    """With `set`: the key is gone so long after it was written."""

    keep: PositiveInt | None = None
    """With `stream`: about so many of the newest entries stay."""


class RedisOut(Sink):
    """What Redis took is acknowledged: it lies in its memory then, and on its disk as its `appendfsync` says.

    What is sent again after a lost answer replaces a key again, and stands in a stream twice. `publish` reaches only
    who listens at that moment.
    """

    config: RedisOutConfig
    merge = 1000
    examples = (
        Example("Latest values for a web site", "{connection: cache, key: 'plant/{topic}', expires: 10m}"),
        Example("A stream", "{connection: cache, key: readings, does: stream, keep: 100000}"),
        Example("Tell who listens", "{connection: cache, key: 'alarms/{device}', does: publish}"),
    )

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, RedisOutConfig)
        rules = (
            (config.expires is not None and config.does != "set", "expires", "only keys that are `set` expire"),
            (config.keep is not None and config.does != "stream", "keep", "only a `stream` has entries to keep"),
        )
        return [(option, text) for wrong, option, text in rules if wrong]

    @classmethod
    def lacks(cls) -> Sequence[tuple[str, str]]:
        return extras.REDIS.lacks()

    @classmethod
    def confirms(cls, config: Config) -> bool:
        assert isinstance(config, RedisOutConfig)
        return config.does != "publish"

    def start(self) -> None:
        self._encode = encoder(self.config.format)

    def sends(self, message: Message) -> Mapping[str, Any]:
        return {"key": self.config.key.fill(message), "body": self._encode(message.payload)}

    async def open(self) -> None:
        self._client = self.context.connection(self.config.connection, Redis).client

    async def write(self, messages: Messages) -> None:
        commands, bad = made_of(messages, lambda m: self._command(self.config.key.fill(m), self._encode(m.payload)))
        try:
            answers = await self._client.send([*commands.values()]) if commands else []
        except RedisAway as away:
            raise Unavailable(str(away)) from away
        refused = zip(commands, answers, strict=True)
        bad |= {place: str(answer) for place, answer in refused if isinstance(answer, RedisRefused)}
        if bad:
            raise Rejected(f"{count_of(len(bad), 'message was', 'messages were')} not taken", bad)

    def _command(self, key: str, body: bytes) -> tuple[Any, ...]:
        config = self.config
        if config.does == "publish":
            return "PUBLISH", key, body
        if config.does == "stream":
            most = ("MAXLEN", "~", config.keep) if config.keep else ()
            return "XADD", key, *most, "*", "payload", body
        return "SET", key, body, *(("PX", max(1, round(config.expires * 1000))) if config.expires else ())
