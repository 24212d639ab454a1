"""IoTferme edge: a backlog replayed at its pace and in order; the serial pipelines of the vectors. Rows I1 to I7."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from tests.examples.conftest import EXAMPLES
from tests.examples.serial_line import Line, hearing, report
from tests.faults.amounts import crowding
from tests.faults.engine_process import EngineProcess
from tests.servers.mosquitto import Mosquitto
from tests.waiting import until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

FLOW = (EXAMPLES / "iotferme_edge" / "iotferme_edge.yaml").read_text()
VECTORS = Path(__file__).parents[1] / "vectors"
PIPELINES = json.loads((VECTORS / "pipelines.json").read_text("utf-8"))["iotferme_edge"]
BACKLOG = 1500
SLOWER = {"10000": 2, "100000": 5}
SOONER = {"500": 2, "1200": 5}
"""The flow's own thresholds would take minutes to reach."""
PACES = ((300, 100), (700, 250), (500, 500))
"""So many of the backlog at so many a second: while more than 1,200 wait, then more than 500, then the rest."""


async def test_a_backlog_is_replayed_at_its_pace_and_nothing_live_overtakes_it(
    tmp_path: Path, new_mosquitto: Callable[..., Mosquitto]
) -> None:
    """I1, I6, I10: 1,500 rows on disk over a kill -9; a fifth, half and all of 500/s once the broker is back; in order.

    That the broker gets none is an alarm until it has them.
    """
    assert str(SLOWER).replace("'", '"') in FLOW
    flow = FLOW.replace(str(SLOWER).replace("'", '"'), str(SOONER).replace("'", '"'))
    flow = flow.replace("look_every: 10s", "look_every: 200ms").replace("for: 20s", "for: 500ms")
    broker, line = new_mosquitto(), Line(tmp_path / "port")
    environment = {"MQTT_URL": broker.url, "GATEWAY_PORT": str(tmp_path / "port")}
    async with EngineProcess(tmp_path, flow, environment=environment) as edge:
        await until(lambda: line.is_open)
        broker.stop()
        for n in range(BACKLOG):
            await line.send(report(n))
        async with asyncio.timeout(30):
            while await edge.metric("spool_records", node="uplink") < BACKLOG:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        await until(lambda: "Le nuage ne reçoit plus les mesures: active" in edge.log.read_text())
        await edge.kill()
        broker.start()
        async with hearing(broker.url, "v1/farm/LAB/gw-01/telemetry/#") as heard:
            await edge.start()
            await until(lambda: len(heard) > 10)
            await line.send(report(BACKLOG))
            await until(lambda: len(heard) >= BACKLOG + 1)
            await until(lambda: "Le nuage ne reçoit plus les mesures: cleared" in edge.log.read_text())
    numbers = [payload["metrics"]["n"] for _, _, payload in heard]
    assert list(dict.fromkeys(numbers)) == list(range(BACKLOG + 1))
    assert len(numbers) - (BACKLOG + 1) <= max(pace for _, pace in PACES)  # what was in flight at a kill comes twice
    first_s = {n: at_s for (at_s, _, _), n in zip(reversed(heard), reversed(numbers), strict=True)}
    begun, told = 0, []
    for count, pace in PACES:
        took_s = first_s[begun + count - 1] - first_s[begun]
        told.append(f"{count} in {took_s:.1f} s, {count / took_s:.0f}/s of {pace}/s")
        assert count / pace * 0.5 < took_s < (count / pace + 5) * crowding(), told
        begun += count
    print("\n" + "; ".join(told))


async def test_the_pipelines_of_the_serial_line(tmp_path: Path, new_mosquitto: Callable[..., Mosquitto]) -> None:
    """I2, I3, I4, I7, I11: frames become messages, rows and peers; requests become frames, or 422 and none."""
    broker, line = new_mosquitto(), Line(tmp_path / "port")
    environment = {
        "MQTT_URL": broker.url, "GATEWAY_PORT": str(tmp_path / "port"), "SITE": "KIN-GOLIATH", "DEVICE": "esp32gw-01",
    }  # fmt: skip
    async with (
        hearing(broker.url, "v1/farm/#") as heard,
        EngineProcess(tmp_path, FLOW, environment=environment) as edge,
        aiohttp.ClientSession(edge.url) as http,
    ):
        await until(lambda: line.is_open)
        for each in PIPELINES:
            if "serial" in each["in"]:
                await line.send(each["in"]["serial"])
                await until(
                    lambda topic=each["publish"]["topic"]: topic in [heard_topic for _, heard_topic, _ in heard]
                )
                continue
            line.listen().clear()
            method, path, body = (*each["in"]["http"].split(" ", 2), "{}")[:3]
            async with http.request(method, path, json=json.loads(body)) as answer:
                assert answer.status == each.get("status", 204), await answer.text()
            if each.get("serial_out"):
                await until(lambda said=each["serial_out"]: said in line.listen())
            elif "serial_out_keys" in each:
                await until(lambda keys=set(each["serial_out_keys"]): keys in [set(said) for said in line.listen()])
            else:
                await asyncio.sleep(0.2)
                assert [
                    said for said in line.listen() if said["type"] != "time_sync"
                ] == []  # that is of an earlier one
        async with http.get("/api/devices") as answer:
            [peer] = await answer.json()
        async with http.get("/api/events") as answer:
            events = [row["event"] for row in await answer.json()]
    wanted = next(each["peer"] for each in PIPELINES if "peer" in each)
    assert wanted.items() <= peer.items() and "crc_error" in events
