"""One burst into all databases at once, beside each other, and what each of them holds of it afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from nodes.clients.sql import SqlSettings, database
from tests.faults.amounts import amount
from tests.servers.influxdb1 import InfluxDB1
from tests.servers.victoria_metrics import VictoriaMetrics
from tests.waiting import until

N = amount("BURST", 10_000, 100_000)


class Shape(NamedTuple):
    """How a message is stored: by its time alone, or by its time and a key from the device."""

    value: str
    key: str = ""


NUMBERED, OF_POINTS = Shape("n"), Shape("payload.value", "point")


class FiveDatabases:
    """InfluxDB 1, VictoriaMetrics, PostgreSQL, MariaDB and SQLite; tables are called after the burst."""

    SQL = ("postgres", "mariadb", "sqlite")

    def __init__(self, influxdb: InfluxDB1, metrics: VictoriaMetrics, urls: Mapping[str, str], folder: Path):
        self._influxdb, self._metrics, self._urls, self._folder = influxdb, metrics, urls, folder

    def flow(self, source: str, table: str, shape: Shape, connections: str = "", between: str = "") -> str:
        """A flow from a source to all of them; `OUT` in the source, or what stands between, is where they are fed."""
        sql = {name: f"{{type: sql, url: '{self._urls[name]}'}}" for name in self.SQL}
        lines = {name: f"{{type: influxdb, url: '{url}', version: 1, database: plant}}"
                 for name, url in (("influxdb", self._influxdb.url), ("metrics", self._metrics.url))}  # fmt: skip
        nodes = {**{name: self._lines(name, table, shape) for name in lines},
                 **{name: self._rows(name, table, shape) for name in sql}}  # fmt: skip
        out = f"[{', '.join(nodes)}]"
        return (
            "connections:\n" + "".join(f"  {name}: {text}\n" for name, text in {**lines, **sql}.items()) + connections
            + f"nodes:\n  source: {source.replace('OUT', out)}\n" + between.replace("OUT", out)
            + "".join(f"  {name}: {text}\n" for name, text in nodes.items())
        )  # fmt: skip

    async def stored(self, plant: Any, count: int) -> None:
        """Return when each of them has taken so many."""
        names = ("influxdb", "metrics", *self.SQL)
        within_s = 30 + 90 * count / 10_000
        await plant.until(lambda: all(plant.station(name).passed >= count for name in names), within_s)

    async def whole(self, plant: Any, table: str) -> None:
        """Fail unless each of them has each number once."""
        await self.stored(plant, N)
        for name, values in (await self.values(table, N)).items():
            assert values == list(range(N)), name

    async def values(self, table: str, distinct: int) -> dict[str, list[float]]:
        """By database, the values of all its points or rows, in order. It waits for so many different ones in
        VictoriaMetrics."""

        def sampled() -> list[float]:
            return [value for each in self._metrics.export(f"{table}_v") for value in each["values"]]

        await until(lambda: len({*sampled()}) >= distinct)  # it shows what it has taken after a second or so
        points = self._influxdb.query(f"SELECT v FROM {table}")
        found = {"metrics": sampled(), "influxdb": [row["v"] for row in points]}
        for name in self.SQL:
            asked = database(SqlSettings.read(self._urls[name]), self._folder)
            rows = await asked.ask(f"SELECT v FROM {table}", {}, 10 * N, False)
            await asked.close()
            found[name] = [row["v"] for row in rows]
        return {name: sorted(values) for name, values in found.items()}

    def _lines(self, name: str, table: str, shape: Shape) -> str:
        # VictoriaMetrics keeps one sample of a series and millisecond: the number is a tag, as docs/delivery.md says.
        coarse = name == "metrics"
        tag = shape.key or (shape.value if coarse else "")
        return (f"{{type: influxdb_out, connection: {name}, measurement: {table}, tags: [{tag}], "
                f"fields: {{v: {shape.value}}}{', precision: ms' if coarse else ''}}}")  # fmt: skip

    def _rows(self, name: str, table: str, shape: Shape) -> str:
        key, column = (f", {shape.key}", f"{shape.key}: {shape.key}, ") if shape.key else ("", "")
        return (f"{{type: sql_out, connection: {name}, table: {table}, create: {{v: float}}, mode: upsert, "
                f"keys: [at{key}], columns: {{at: time, {column}v: {shape.value}}}}}")  # fmt: skip
