"""10,000 numbered messages in bursts, without a time of their own, are 10,000 points or rows: none fall together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nodes.clients.mqtt import MqttClient, Publication
from nodes.clients.mqtt.settings import MqttSettings
from nodes.clients.sql import SqlSettings, database
from tests.waiting import until

pytestmark = pytest.mark.integration
N = 10_000
PARTS = 50
SINKS = {
    "influxdb1": "influxdb_out, connection: db, measurement: {table}, fields: {{n: n}}",
    # It keeps one sample of a series and millisecond: the number is a tag, as docs/delivery.md says.
    "victoria_metrics": "influxdb_out, connection: db, measurement: {table}, tags: [n], fields: {{v: n}},"
    " precision: ms",
    "sql": "sql_out, connection: db, table: {table}, create: {{n: int}}, mode: upsert, keys: [at],"
    " columns: {{at: time, n: n}}",
}
SOURCES = {
    "lines": "{{type: file_in, root: '{folder}', path: lines.jsonl, format: json, to: out}}",
    "lists": "{{type: file_in, root: '{folder}', path: lists.jsonl, format: json, to: parts}}",
    "mqtt": "{{type: mqtt_in, connection: broker, topic: '{table}/#', format: json, to: out}}",
}


def text(source: str, sink: str, connection: str, broker: str, folder: Path, table: str) -> str:
    """A flow from a source to a sink, with a split beside the way."""
    parts = "  parts: {type: split, to: out}\n" if source == "lists" else ""
    return (
        f"connections:\n  db: {connection}\n  broker: {{type: mqtt, url: '{broker}'}}\nnodes:\n"
        f"  source: {SOURCES[source].format(folder=folder, table=table)}\n{parts}"
        f"  out: {{type: {SINKS[sink].format(table=table)}}}\n"
    )


async def published(url: str, table: str) -> None:
    """All messages at once, by a client of the test's own."""
    client = MqttClient(MqttSettings(url=url, close_timeout_s=0.5))
    await client.start()
    await client.wait_connected(10)
    await client.publish_many([Publication(f"{table}/a", b'{"n": %d}' % n, 1) for n in range(N)])
    await client.close()


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("kind", ["influxdb1", "victoria_metrics", "postgres", "mariadb", "sqlite"])
async def test_ten_thousand_messages_of_a_burst_are_ten_thousand_points(
    kind: str, source: str, request: pytest.FixtureRequest, mosquitto: Any, plant: Any, tmp_path: Path
) -> None:
    table = f"burst_{source}_{kind}"
    (tmp_path / "lines.jsonl").write_text("".join(f'{{"n": {n}}}\n' for n in range(N)))
    lists = ([{"n": n} for n in range(first, first + PARTS)] for first in range(0, N, PARTS))
    (tmp_path / "lists.jsonl").write_text("".join(json.dumps(items) + "\n" for items in lists))
    url = f"sqlite:///{tmp_path}/burst.db" if kind == "sqlite" else request.getfixturevalue(kind).url
    is_influx = kind in ("influxdb1", "victoria_metrics")
    connection = (
        f"{{type: influxdb, url: '{url}', version: 1, database: plant}}"
        if is_influx
        else f"{{type: sql, url: '{url}'}}"
    )
    sink = kind if is_influx else "sql"
    await plant.deploy(text(source, sink, connection, mosquitto.url, tmp_path, table))
    if source == "mqtt":
        await plant.until(lambda: plant.engine.flows["f"].connections["broker"].up)
        await until(lambda: mosquitto.has(f"{table}/#"))
        await published(mosquitto.url, table)
    await plant.until(lambda: plant.station("out").passed >= N, within_s=45)
    if kind == "victoria_metrics":
        server = request.getfixturevalue(kind)

        def numbers() -> list[float]:
            return sorted(each["values"][0] for each in server.export(f"{table}_v"))

        await until(lambda: len(numbers()) >= N, 20)  # it shows what it has taken after a second or so
        assert numbers() == list(range(N))
        return
    if is_influx:
        assert len({row["n"] for row in request.getfixturevalue(kind).query(f"SELECT n FROM {table}")}) == N
        return
    asked = database(SqlSettings.read(url), tmp_path)
    rows = await asked.ask(f"SELECT count(*) AS n, count(DISTINCT n) AS m FROM {table}", {}, 1, False)
    await asked.close()
    assert (rows[0]["n"], rows[0]["m"]) == (N, N)
