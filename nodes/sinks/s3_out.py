"""`s3_out`: objects in a bucket of an S3 object store."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from isal import igzip

from flowengine import Config, Example, Message, Messages, Sink, connection
from nodes.clients import extras
from nodes.clients.brokers import confirmed
from nodes.codecs.payload import encoder
from nodes.connections.s3 import S3
from nodes.files.safe_open import RelativePath

AT_ONCE = 8
"""Objects under way beside each other."""


class S3OutConfig(Config):
    """Settings of `s3_out`."""

    connection: str = connection("s3")
    """The bucket."""

    key: RelativePath
    """Name of the objects, such as `{device}/{time:%Y-%m-%d}.jsonl`; with `lines` the time of its first message and a
    check sum come before the ending."""

    format: Literal["lines", "raw"] = "lines"
    """`lines`: what a buffer passed on together under one name is one object, a line of JSON each; `raw`: each message
    is one, its bytes as they are, such as a picture, under the name as it is."""

    gzip: bool = False
    """Compress; names end with `.gz` then."""


class _Object(NamedTuple):
    name: str
    data: bytes
    places: Sequence[int]


class S3Out(Sink):
    """What the store has confirmed is acknowledged. With a `buffer` before it what that passes on is one object.

    The name holds a check sum of what is in it, so that an object that is sent again after a lost answer takes its own
    place, and never another's. Needs the extra `s3`.
    """

    config: S3OutConfig
    merge = 20_000
    examples = (
        Example("Readings by device and day", "{connection: lake, key: '{device}/{time:%Y-%m-%d}.jsonl', gzip: true}"),
        Example("Each picture", "{connection: lake, key: 'photos/{camera}/{time:%Y%m%dT%H%M%S}.jpg', format: raw}"),
    )

    @classmethod
    def lacks(cls) -> Sequence[tuple[str, str]]:
        return extras.S3.lacks()

    def start(self) -> None:
        self._encode = encoder("bytes" if self.config.format == "raw" else "json")

    def sends(self, message: Message) -> Mapping[str, Any]:
        made, bad = self._objects([message])
        for fault in bad.values():
            raise ValueError(fault)
        [only] = made
        return {"key": only.name, "body": gzip.decompress(only.data) if self.config.gzip else only.data}

    async def open(self) -> None:
        self._store = self.context.connection(self.config.connection, S3).client

    async def write(self, messages: Messages) -> None:
        objects, bad = await asyncio.to_thread(self._objects, messages)
        room = asyncio.Semaphore(AT_ONCE)
        turns = defaultdict[str, asyncio.Lock](asyncio.Lock)  # of one name the last one stays

        async def put(each: _Object) -> None:
            async with turns[each.name], room:
                await self._store.put(each.name, each.data)

        await confirmed([(each.places, put(each)) for each in objects], bad)

    def _objects(self, messages: Messages) -> tuple[list[_Object], dict[int, str]]:
        """The objects that these messages make, and why others are in none, by place."""
        found: dict[str, list[tuple[int, bytes]]] = {}
        bad: dict[int, str] = {}
        for place, message in enumerate(messages):
            try:
                name, data = self.config.key.fill(message), self._encode(message.payload)
            except ValueError as fault:
                bad[place] = str(fault)
                continue
            found.setdefault(name, []).append((place, data))
        if self.config.format == "raw":
            return [self._made(name, data, [at]) for name, records in found.items() for at, data in records], bad
        return [self._lines(name, records, messages) for name, records in found.items()], bad

    def _lines(self, name: str, records: list[tuple[int, bytes]], messages: Messages) -> _Object:
        data = b"".join([line + b"\n" for _, line in records])
        first_s = messages[records[0][0]].time_ns // 10**9
        first = datetime.fromtimestamp(first_s, UTC).strftime("%Y%m%dT%H%M%SZ")
        folder, slash, file = name.rpartition("/")
        stem, dot, ending = file.partition(".")
        own = f"{stem}-{first}-{hashlib.sha256(data).hexdigest()[:12]}{dot}{ending}"
        return self._made(f"{folder}{slash}{own}", data, [place for place, _ in records])

    def _made(self, name: str, data: bytes, places: Sequence[int]) -> _Object:
        if self.config.gzip:
            return _Object(f"{name}.gz", igzip.compress(data, mtime=0), places)
        return _Object(name, data, places)
