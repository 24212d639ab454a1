"""`influx_query`: ask InfluxDB, pass the rows on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from flowengine import Config, Example, Message, Messages, Sink, Unavailable, connection, parts_of
from flowengine.expression.filling import rfc3339
from nodes.batches.field_selector import FieldText
from nodes.batches.outcomes import Outcomes
from nodes.batches.time_value import TimeValue, with_times
from nodes.clients.http.client import HttpAway, HttpRefused
from nodes.clients.influxdb.query import TimeText, ask
from nodes.connections.influxdb import Influxdb


class InfluxQueryConfig(Config):
    """Settings of `influx_query`."""

    connection: str = connection("influxdb")
    """The database."""

    query: Annotated[str, Field(min_length=1, max_length=64 * 1024, json_schema_extra={"format": "multiline"})]
    """InfluxQL (version 1), Flux (2) or SQL (3). Values stand as `$name`, in Flux as `params.name`."""

    values: dict[str, FieldText | TimeValue] = Field(default_factory=dict)
    """What the names stand for: names in meta or payload, templates or expressions. A time is `{time: expression}`,
    such as `{time: time - 3600}` (seconds)."""

    each: bool = False
    """One message for each row instead of one with all rows."""


class InfluxQuery(Sink):
    """Ask once for each message. The payload of the answer is the list of rows, each a map."""

    config: InfluxQueryConfig
    outputs = ("out",)
    merge = 100
    examples = (
        Example(
            "Mean of a device",
            "{connection: tsdb, query: 'SELECT mean(value) FROM climate WHERE device = $device',"
            " values: {device: device}}",
        ),
    )

    def sends(self, message: Message) -> Mapping[str, Any]:
        return {"values": self._values(message)}

    async def open(self) -> None:
        self._client = self.context.connection(self.config.connection, Influxdb).client
        self._outcomes = Outcomes("query was refused", "queries were refused")

    async def write(self, messages: Messages) -> list[Message]:
        for place in self._outcomes.left(messages):
            message = messages[place]
            try:
                rows = await ask(self._client, self.config.query, self._values(message))
            except HttpAway as away:
                raise Unavailable(str(away), away.retry_after_s) from away
            except (HttpRefused, ValueError, TypeError) as fault:
                self._outcomes.refused(place, str(fault)[:300])
                continue
            each = parts_of(message, self.context.node, rows) if self.config.each else [message.with_payload(rows)]
            self._outcomes.took(place, *each)
        return self._outcomes.result()

    def _values(self, message: Message) -> dict[str, Any]:
        picks = with_times(self.config.values)
        found = {name: pick(message) for name, pick in picks.items()}
        return {name: TimeText(rfc3339(value)) if isinstance(picks[name], TimeValue) else value
                for name, value in found.items()}  # fmt: skip
