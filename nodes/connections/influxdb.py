"""`influxdb`: a shared client of InfluxDB, VictoriaMetrics or whatever else takes Influx line protocol."""

from __future__ import annotations

from collections.abc import Mapping

from flowengine import Example
from nodes.clients.http.urls import address_of
from nodes.clients.influxdb.client import InfluxClient
from nodes.clients.influxdb.settings import InfluxSettings
from nodes.clients.probe import ANSWER_S, ProbedConnection, knock


class InfluxdbConfig(InfluxSettings):
    """Settings of an `influxdb` connection."""


class Influxdb(ProbedConnection):
    """A pool of HTTP connections to one server."""

    config: InfluxdbConfig
    examples = (
        Example("Version 2", "{url: 'http://influx:8086', org: acme, bucket: plant, token: '${secret:influx}'}"),
        Example("Version 1", "{url: 'http://influx:8086', version: 1, database: plant}"),
    )

    async def open(self) -> None:
        self.client = InfluxClient(self.config)
        self.watch(self.client.http, self._ask)

    async def introduce(self) -> Mapping[str, str]:
        return await self.client.introduce()

    async def _ask(self) -> None:
        await knock(*address_of(self.config.url))  # first: its words are better
        await self.client.greet(ANSWER_S)
