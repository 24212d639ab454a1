"""IoTferme cloud, value by value: means in two databases, a model, rooms, silence. Rows F1, F2, F4 to F7, F9."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import fmean
from typing import Any

import pytest
from aiohttp import web

from tests.examples.conftest import EXAMPLES, subscribed
from tests.examples.ledgered import Devices
from tests.examples.listening import listening
from tests.faults.engine_process import EngineProcess
from tests.servers.fault_http import fault_server
from tests.servers.influxdb1 import InfluxDB1
from tests.servers.mosquitto import Mosquitto
from tests.servers.victoria_metrics import VictoriaMetrics
from tests.waiting import until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

FLOW = (EXAMPLES / "iotferme_cloud" / "iotferme_cloud.yaml").read_text()
FIGURES = ("mean", "min", "max", "count")
Means = dict[tuple[str, int], dict[str, float]]
"""By asset and the beginning of the window in seconds."""


@asynccontextmanager
async def cloud(folder: Path, broker: Mosquitto, **environment: str) -> AsyncIterator[EngineProcess]:
    """The example, running and subscribed."""
    async with EngineProcess(folder, FLOW, environment={"MQTT_URL": broker.url, **environment}) as process:
        await subscribed(broker, "v1/farm/+/+/telemetry/+")
        yield process


def report(site: str, asset: str, at_s: float, value: float) -> tuple[str, bytes]:
    """Topic and payload of one value as an edge publishes it."""
    at = datetime.fromtimestamp(at_s, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    said = {"ts": at, "site": site, "device": f"d-{asset}", "asset_id": asset, "metrics": {"t_c": value}}
    return f"v1/farm/{site}/d-{asset}/telemetry/env", json.dumps(said).encode()


def means(sent: list[tuple[str, float, float]], span_s: int, before_s: float) -> Means:
    """What the means must be of (asset, time, value): windows that end at or before a time."""
    windows: dict[tuple[str, int], list[float]] = defaultdict(list)
    for asset, at_s, value in sent:
        windows[asset, int(at_s // span_s * span_s)].append(value)
    return {
        key: {"mean": pytest.approx(fmean(values)), "min": min(values), "max": max(values), "count": len(values)}
        for key, values in windows.items()
        if key[1] + span_s <= before_s
    }


def influx_means(database: InfluxDB1, measurement: str, site: str) -> Means:
    """What InfluxDB has."""
    figures = ", ".join(f'"{name}"' for name in FIGURES)
    rows = database.query(
        f"SELECT {figures}, asset_id FROM {measurement} WHERE site_id = '{site}' AND \"field\" = 't_c'"
    )
    return {(row["asset_id"], row["time"] // 10**9): {name: row[name] for name in FIGURES} for row in rows}


def victoria_means(database: VictoriaMetrics, measurement: str, site: str) -> Means:
    """What VictoriaMetrics has."""
    found: Means = defaultdict(dict)
    for name in FIGURES:
        for series in database.export(f'{measurement}_{name}{{site_id="{site}",field="t_c"}}'):
            for at_ms, value in zip(series["timestamps"], series["values"], strict=True):
                found[series["metric"]["asset_id"], at_ms // 1000][name] = value
    return dict(found)


@pytest.mark.parametrize("kind", ["influxdb", "victoria"])
async def test_means_are_those_of_what_was_sent(
    kind: str,
    tmp_path: Path,
    new_mosquitto: Callable[..., Mosquitto],
    influxdb1: InfluxDB1,
    victoria_metrics: VictoriaMetrics,
) -> None:
    """F1, F7: a quarter of an hour of three edges, one of which was away and sends last; restarted in the middle."""
    broker, site, random = new_mosquitto(), f"S{uuid.uuid4().hex[:8]}", Random(7)
    url = influxdb1.url if kind == "influxdb" else victoria_metrics.url
    environment = {
        "INFLUX_URL": url, "INFLUX_VERSION": "1", "INFLUX_BUCKET": influxdb1.database, "INFLUX_OFF": "false",
        "SQLITE_OFF": "true",
    }  # fmt: skip
    begin_s = (time.time() - 1800) // 300 * 300
    rows = [(asset, begin_s + n * 10, round(random.uniform(10, 30), 2)) for n in range(92) for asset in ("A", "B")]
    rows += [("C", begin_s + n * 10, round(random.uniform(10, 30), 2)) for n in range(92)]
    async with cloud(tmp_path, broker, **environment) as engine, Devices(broker.url) as edges:
        for place, row in enumerate(rows):
            await edges.send(*report(site, *row))
            if place == 140:
                await engine.terminate()
                await engine.start()

        def found(measurement: str) -> Means:
            if kind == "influxdb":
                return influx_means(influxdb1, measurement, site)
            return victoria_means(victoria_metrics, measurement, site)

        minutes, fives = means(rows, 60, rows[-1][1]), means(rows, 300, rows[-1][1])
        assert (len(minutes), len(fives)) == (3 * 15, 3 * 3)
        await until(lambda: len(found("env_1m")) >= len(minutes) and len(found("env_5m")) >= len(fives), says=0.5)
        assert {key: figures for key, figures in found("env_1m").items() if key in minutes} == minutes
        assert {key: figures for key, figures in found("env_5m").items() if key in fives} == fives
        assert await engine.metric("events_total", reason="late") == 0
        points = await engine.metric("passed_messages_total", node="influx")
        if kind == "influxdb":
            stored = influxdb1.query(f"SELECT t_c, asset_id FROM env WHERE site_id = '{site}'")
            assert sorted((row["asset_id"], row["time"] / 1e9, row["t_c"]) for row in stored) == sorted(rows)
        assert points > 0


async def test_a_model_is_asked_by_http_and_its_insight_is_published_back(
    tmp_path: Path, new_mosquitto: Callable[..., Mosquitto]
) -> None:
    """F5, F6: the service is away for the first question; it gets each minute's figures; its opinion is an event."""
    asked: list[tuple[str, Any]] = []

    async def judge(request: web.Request) -> web.Response:
        asked.append((request.path, await request.json()))
        if len(asked) == 1:
            return web.Response(status=503, headers={"Retry-After": "0"})
        mean = asked[-1][1]["mean"]
        return web.json_response({"anomaly": mean > 35, "score": mean / 100})

    broker, site = new_mosquitto(), f"S{uuid.uuid4().hex[:8]}"
    service = web.AppRunner(web.Application())
    service.app.router.add_post("/anomaly/{asset}/{metric}", judge)
    await service.setup()
    await web.TCPSite(service, "127.0.0.1", 0).start()
    [(host, port, *_)] = service.addresses
    begin_s = time.time() // 60 * 60 - 600
    try:
        async with (
            cloud(tmp_path, broker, MODEL_URL=f"http://{host}:{port}", MODEL_OFF="false"),
            Devices(broker.url) as edge,
        ):
            hearing = edge.hearing(f"v1/farm/{site}/+/event")
            await hearing.ready()
            for minute, value in enumerate((20.0, 40.0, 21.0)):
                await edge.send(*report(site, "A", begin_s + 60 * minute, value))
            insight = json.loads(await hearing.first())
    finally:
        await service.cleanup()
    assert [path for path, _ in asked] == ["/anomaly/A/t_c"] * 3
    assert [question["mean"] for _, question in asked] == [20, 20, 40]
    assert {key: insight[key] for key in ("type", "method", "asset_id", "metric", "value", "score")} == {
        "type": "ANOMALY", "method": "model", "asset_id": "A", "metric": "t_c", "value": 40, "score": 0.4,
    }  # fmt: skip


@pytest.mark.parametrize("listed", [True, False], ids=["listed", "not listed"])
async def test_reports_and_incidents_are_pushed_to_a_private_address_that_is_listed(
    listed: bool, tmp_path: Path, new_mosquitto: Callable[..., Mosquitto]
) -> None:
    """F5: in their order, also where the service was away at first; an address that nobody listed hears nothing."""
    broker, site = new_mosquitto(), f"S{uuid.uuid4().hex[:8]}"
    async with fault_server(503) as service:
        push = {"PUSH_URL": service.url, "PUSH_OFF": "false", "PUSH_TELEMETRY_OFF": "false", "SILENT_AFTER": "2s"}
        push["PUSH_ALLOW"] = "127.0.0.0/8" if listed else "10.1.2.3"
        async with cloud(tmp_path, broker, **push) as engine, Devices(broker.url) as edge:
            for value in (20.0, 21.0, 22.0):
                await edge.send(*report(site, "A", time.time(), value))

            def pushed(event: str) -> list[Any]:
                told = [json.loads(body)["payload"] for body in service.stored]
                return [each["data"] for each in told if each["event"] == event]

            if listed:
                await until(lambda: pushed("incident.new") and len(pushed("telemetry.update")) == 3)
                assert [each["metrics"] for each in pushed("telemetry.update")] == [{"t_c": v} for v in (20, 21, 22)]
                [incident] = pushed("incident.new")
                assert (incident["type"], incident["site"]) == ("DEVICE_OFFLINE", site)
            else:
                await until(lambda: engine.says("not a public one"))
                assert not service.requests


async def test_rooms_hear_their_own_and_silence_is_an_incident(
    tmp_path: Path, new_mosquitto: Callable[..., Mosquitto]
) -> None:
    """F2, F4: rooms by site and by asset; a device that falls silent is offline until it is heard again."""
    broker, site = new_mosquitto(), f"S{uuid.uuid4().hex[:8]}"
    async with cloud(tmp_path, broker, SILENT_AFTER="2s") as engine, Devices(broker.url) as edge:
        live = f"{engine.url}/live?room="
        async with (
            listening(f"{live}site:{site}") as here,
            listening(f"{live}asset:B") as of_b,
            listening(f"{live}site:elsewhere") as elsewhere,
        ):

            def incidents() -> list[tuple[str, str]]:
                told = [line["data"] for _, line in here if line["event"].startswith("incident.")]
                return [(data["type"], data["state"]) for data in told if data["device"] == "d-A"]

            await edge.send(*report(site, "A", time.time(), 20))
            await edge.send(*report(site, "B", time.time(), 21))
            await until(lambda: incidents() == [("DEVICE_OFFLINE", "active")])
            await edge.send(*report(site, "A", time.time(), 20.5))
            await until(lambda: incidents()[1:2] == [("DEVICE_OFFLINE", "cleared")])
            updates = [line["data"]["asset_id"] for _, line in here if line["event"] == "telemetry.update"]
    assert sorted(updates[:2]) == ["A", "B"] and not elsewhere
    assert [line["data"]["asset_id"] for _, line in of_b if line["event"] == "telemetry.update"] == ["B"]


async def test_the_brokers_password_is_a_secret_that_is_in_no_file_and_no_log(
    tmp_path: Path, new_mosquitto: Callable[..., Mosquitto]
) -> None:
    """F9: with it the broker is there, without it not."""
    broker = new_mosquitto(guarded=True)
    door = {"MQTT_URL": f"mqtt://127.0.0.1:{broker.password_port}", "MQTT_USER": broker.user}
    known = {**door, "FLOWENGINE_SECRET_MQTT_PASSWORD": broker.password}
    for environment, up in ((known, 1), ({**door, "FLOWENGINE_SECRET_MQTT_PASSWORD": "a guess"}, 0)):
        async with EngineProcess(tmp_path, FLOW, environment=environment) as engine:
            said = "Sending CONNACK" if up else "not authorised"
            await until(lambda said=said: said in broker.log_file.read_text(errors="replace"))
            async with asyncio.timeout(60):
                while await engine.metric("connection_up", connection="broker") != up:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            assert broker.password not in engine.log.read_text() and broker.password not in engine.file.read_text()
