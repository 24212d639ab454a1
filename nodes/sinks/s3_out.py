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
from pydantic import Field

from flowengine import Config, Example, Message, Messages, Sink, connection
from nodes.batches.field_selector import FieldText
from nodes.clients import extras
from nodes.clients.brokers import confirmed
from nodes.codecs.parquet import ColumnType, Row, parquet
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
    """Name of the objects, such as `{device}/{time:%Y-%m-%d}.jsonl`; with `lines` and `parquet` the time of its first
    message and a check sum come before the ending."""

    format: Literal["lines", "parquet", "raw"] = "lines"
    """`lines`: what a buffer passed on together under one name is one object, a line of JSON each; `parquet`: the same
    as a table, of `columns`; `raw`: each message is one, its bytes as they are, such as a picture, under the name as it
    is."""

    columns: dict[str, FieldText] = Field(default_factory=dict)
    """Columns of `parquet`, each with a name in meta or payload, a template or an expression."""

    types: dict[str, ColumnType] = Field(default_factory=dict)
    """What columns hold, so that all objects agree; by default what the first value in an object is, and numbers are
    floating point. A column without a value in an object is left out of it unless its type stands here."""

    gzip: bool = False
    """Compress `lines` and `raw`; names end with `.gz` then. Parquet is compressed by itself."""


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
        Example(
            "A lake of Parquet, an object for each hour of a device",
            "{connection: lake, key: 'device={device}/{time:%Y-%m-%d-%H}.parquet', format: parquet,"
            " columns: {time: time, sensor: sensor, value: payload.value}, types: {value: number, sensor: text}}",
        ),
        Example("Each picture", "{connection: lake, key: 'photos/{camera}/{time:%Y%m%dT%H%M%S}.jpg', format: raw}"),
    )

    @classmethod
    def lacks(cls) -> Sequence[tuple[str, str]]:
        return extras.S3.lacks()

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, S3OutConfig)
        if config.format != "parquet":
            return [
                (name, f"`{name}` goes with `format: parquet`")
                for name in ("columns", "types")
                if getattr(config, name)
            ]
        wrong = extras.PARQUET.lacks("format")
        if not config.columns:
            wrong.append(("format", "parquet needs `columns`, such as `{time: time, value: payload.value}`"))
        wrong += [("types", f"there is no column {name!r}") for name in config.types if name not in config.columns]
        return [*wrong, *([("gzip", "Parquet is compressed by itself")] if config.gzip else [])]

    def start(self) -> None:
        self._encode = encoder("bytes" if self.config.format == "raw" else "json")
        times = {name: "time" for name, pick in self.config.columns.items() if pick.is_a_time}
        self._types: Mapping[str, ColumnType] = {**times, **self.config.types}  # type: ignore[dict-item]

    def sends(self, message: Message) -> Mapping[str, Any]:
        made, bad = self._objects([message])
        for fault in bad.values():
            raise ValueError(fault)
        [only] = made
        if self.config.format == "parquet":
            row = {name: pick.written(message) for name, pick in self.config.columns.items()}
            return {"key": only.name, "row": row}
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
        if self.config.format == "parquet":
            return self._tables(messages)
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

    def _tables(self, messages: Messages) -> tuple[list[_Object], dict[int, str]]:
        found: dict[str, list[tuple[int, Row]]] = {}
        bad: dict[int, str] = {}
        for place, message in enumerate(messages):
            try:
                found.setdefault(self.config.key.fill(message), []).append((place, self._row(message)))
            except ValueError as fault:
                bad[place] = str(fault)
        made: list[_Object] = []
        for name, rows in found.items():
            data, refused = parquet([row for _, row in rows], self._types)
            bad |= {rows[at][0]: why for at, why in refused.items()}
            places = [place for at, (place, _) in enumerate(rows) if at not in refused]
            if places and not data:
                bad |= dict.fromkeys(places, "none of the columns has a value")
            elif places:
                made.append(_Object(_own(name, data, messages[places[0]]), data, places))
        return made, bad

    def _row(self, message: Message) -> Row:
        return {name: pick(message) for name, pick in self.config.columns.items()}

    def _lines(self, name: str, records: list[tuple[int, bytes]], messages: Messages) -> _Object:
        data = b"".join([line + b"\n" for _, line in records])
        own = _own(name, data, messages[records[0][0]])
        return self._made(own, data, [place for place, _ in records])

    def _made(self, name: str, data: bytes, places: Sequence[int]) -> _Object:
        if self.config.gzip:
            return _Object(f"{name}.gz", igzip.compress(data, mtime=0), places)
        return _Object(name, data, places)


def _own(name: str, data: bytes, first: Message) -> str:
    """The name with the time of the first message and a check sum before its ending."""
    begun = datetime.fromtimestamp(first.time_ns // 10**9, UTC).strftime("%Y%m%dT%H%M%SZ")
    folder, slash, file = name.rpartition("/")
    stem, dot, ending = file.partition(".")
    return f"{folder}{slash}{stem}-{begun}-{hashlib.sha256(data).hexdigest()[:12]}{dot}{ending}"
