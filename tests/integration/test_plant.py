"""From a real broker and a serial line into four real databases at once: every value that was sent is in each."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from flowengine.testing.clock import START_NS
from nodes.clients.mqtt import MqttClient, MqttSettings, Publication
from nodes.codecs.packets import packet_encoder
from tests.integration.test_databases import STEP_NS, influx_rows, metrics_rows, sql_rows

pytestmark = pytest.mark.integration
N = 600
FLOW = """
connections:
  broker: {{type: mqtt, url: "{broker}", client_id: "{table}"}}
  vmc: {{type: influxdb, url: "{metrics}", version: 2, org: o, bucket: b, token: t}}
  points: {{type: influxdb, url: "{influx}", version: 1, database: plant}}
  pg: {{type: sql, url: "{postgres}"}}
  maria: {{type: sql, url: "{mariadb}"}}
nodes:
  field: {{type: mqtt_in, connection: broker, topic: "{table}/{{device}}", format: json, to: clean}}
  gateway: {{type: serial_in, port: "{port}", to: frames}}
  frames: {{type: frame_decode, framing: cobs, crc: crc-16/ibm-3740, format: msgpack, to: named}}
  named: {{type: set, values: {{meta.device: "{{payload.device}}"}}, to: clean}}
  clean: {{type: normalise, time: time, to: hold}}
  hold: {{type: buffer, count: 100, every: 100ms, durable: true, to: [vm, i1, p, m]}}
  vm: {{type: influxdb_out, connection: vmc, measurement: {table}, tags: [device], fields: {{value: payload.value}}}}
  i1: {{type: influxdb_out, connection: points, measurement: {table}, tags: [device], fields: {{value: payload.value}}}}
  p: {{type: sql_out, connection: pg, table: {table}, create: true, columns: {columns}}}
  m: {{type: sql_out, connection: maria, table: {table}, create: true, columns: {columns}}}
"""
COLUMNS = "{at: time, device: device, value: number(payload.value)}"


def reading(n: int, device: str) -> dict[str, Any]:
    """Reading number n; every other one is text, as devices send it."""
    value = n / 8
    return {"device": device, "value": value if n % 2 else str(value), "time": (START_NS + n * STEP_NS) // 1_000_000}


async def test_readings_of_a_broker_and_of_a_serial_line_are_in_every_database(
    plant: Any, mosquitto: Any, pty_pair: Any, victoria_metrics: Any, influxdb1: Any, postgres: Any, mariadb: Any
) -> None:
    table = "whole_plant"
    await plant.deploy(
        FLOW.format(
            table=table,
            broker=mosquitto.url,
            port=pty_pair.device,
            metrics=victoria_metrics.url,
            influx=influxdb1.url,
            postgres=postgres.url,
            mariadb=mariadb.url,
            columns=COLUMNS,
        )
    )
    publisher = MqttClient(MqttSettings(url=mosquitto.url, client_id="integration-publisher"))
    await publisher.start()
    await publisher.wait_connected(60)
    flow = plant.engine.flows["f"]
    await plant.until(lambda: flow.connections["broker"].up and flow.stations["gateway"].state == "running")
    await plant.until(lambda: not flow.stations["gateway"].node.fault)
    encode = packet_encoder("cobs", "crc-16/ibm-3740", "big", "msgpack")
    frames = b"".join(encode(reading(n, f"serial{n % 3}")) for n in range(N))
    await asyncio.to_thread(pty_pair.write, frames)
    await publisher.publish_many(
        [Publication(f"{table}/mqtt{n % 5}", msgspec.json.encode(reading(n, "")), 1) for n in range(N)]
    )
    await publisher.close()
    at_ms = START_NS // STEP_NS
    wanted = {
        (f"{kind}{n % share}", at_ms + n): n / 8 for kind, share in (("serial", 3), ("mqtt", 5)) for n in range(N)
    }
    await plant.until(lambda: all(flow.stations[id].passed == 2 * N for id in ("vm", "i1", "p", "m")))
    assert influx_rows(influxdb1, table) == wanted
    assert await sql_rows(postgres.url, plant, table) == wanted
    assert await sql_rows(mariadb.url, plant, table) == wanted
    await plant.until(lambda: metrics_rows(victoria_metrics, table) == wanted)
