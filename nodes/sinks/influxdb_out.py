"""`influxdb_out`: write points to InfluxDB or whatever takes its line protocol."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from flowengine import Config, Example, Message, Messages, Rejected, Sink, Unavailable, connection
from flowengine.counts import count_of
from flowengine.expression import TemplateText
from nodes.batches.field_selector import FieldText
from nodes.batches.portions import portions
from nodes.clients.http.client import HttpAway, HttpRefused
from nodes.clients.influxdb.points import MOST_FIELDS, Lines, Points, fields_of
from nodes.clients.influxdb.together import Together
from nodes.codecs.line_protocol.encode import UNIT_NS
from nodes.connections.influxdb import Influxdb

MICROSECOND_NS = 1_000
"""By so much arrivals differ, also those of one read."""


class InfluxdbOutConfig(Config):
    """Settings of `influxdb_out`."""

    connection: str = connection("influxdb")
    """The database."""

    measurement: TemplateText
    """Name of the measurement; `{name}` is filled from the message."""

    tags: list[str] = Field(default_factory=list)
    """Names in meta or payload whose values become tags; a missing one is left out."""

    fields: dict[str, FieldText] = Field(default_factory=dict)
    """Field names, each with a name, template or expression. Without it all numbers and true/false of the payload."""

    time: FieldText | None = None
    """Time of the point: RFC 3339 text or an epoch number (its unit is told by its size), by name, template or
    expression; by default the message's own time."""

    precision: Literal["s", "ms", "us", "ns"] = "ns"
    """How finely times are written; coarser ones take less room, and points of the same instant replace each other."""

    integers: Literal["float", "int"] = "float"
    """How whole numbers are written. A field that was written as one cannot take the other later."""


class InfluxdbOut(Sink):
    """Write batches of points; only bad rows are rejected, and a server that is away is waited for."""

    config: InfluxdbOutConfig
    examples = (
        Example("Climate by device", "{connection: tsdb, measurement: climate, tags: [device, sensor]}"),
        Example(
            "Chosen fields",
            "{connection: tsdb, measurement: '{line}', tags: [machine], fields: {kw: payload.power / 1000, rpm: rpm}}",
        ),
    )

    @classmethod
    def coarse(cls, config: Config) -> str:
        assert isinstance(config, InfluxdbOutConfig)
        return "precision" if config.time is None and UNIT_NS[config.precision] > MICROSECOND_NS else ""

    def start(self) -> None:
        config = self.config
        self._points = Points(
            config.measurement, config.tags, config.fields, config.time, config.precision, config.integers
        )
        self._together = Together() if self.coarse(config) else None

    def sends(self, message: Message) -> Mapping[str, Any]:
        lines, _, bad = self._points.lines([message])
        if bad:
            raise Rejected(bad[0])
        return {"line": lines[0]}

    async def open(self) -> None:
        self._client = self.context.connection(self.config.connection, Influxdb).client

    async def write(self, messages: Messages) -> None:
        lines, places, bad = await self._lines(messages)
        for reason, n in self._points.take_refused().items():
            self.context.count(reason, n)
        try:
            refused = await self._client.write(lines, self.config.precision) if lines else {}
        except (HttpAway, HttpRefused) as away:
            raise Unavailable(str(away), getattr(away, "retry_after_s", None)) from away
        if self._together is not None and (met := self._together.met(messages, lines, places)):
            self.context.count(f"replaced another of the same instant ({self.config.precision})", met)
        bad.update({places[index]: reason for index, reason in refused.items()})
        if bad:
            raise Rejected(f"{count_of(len(bad), 'point was', 'points were')} refused", bad)

    async def _lines(self, messages: Messages) -> Lines:
        """As `Points.lines`; between some thousand fields others get their turn."""
        lines, places, bad, done = list[str](), list[int](), dict[int, str](), 0
        for portion in portions(messages, map(fields_of, messages), MOST_FIELDS):
            if done:
                await asyncio.sleep(0)
            some, where, why = self._points.lines(portion)
            if len(portion) == len(messages):
                return some, where, why
            lines += some
            places += [done + place for place in where]
            bad |= {done + place: reason for place, reason in why.items()}
            done += len(portion)
        return lines, places, bad
