"""IoTferme edge as a service: its link to a broker, its will, what it forgets, its unit. Rows I5, I9, I13 to I15."""

from __future__ import annotations

import asyncio
import configparser
import itertools
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.examples.conftest import EXAMPLES
from tests.examples.serial_line import Line, hearing, report
from tests.faults.amounts import crowding
from tests.faults.engine_process import EngineProcess
from tests.faults.test_clock import library
from tests.servers.mosquitto import Mosquitto
from tests.waiting import until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

FLOW = (EXAMPLES / "iotferme_edge" / "iotferme_edge.yaml").read_text()
UNIT = EXAMPLES.parent / "docs" / "flowengine.service"
STATUS = "v1/farm/LAB/gw-01/status"
KEEP, LEAD = timedelta(days=28), timedelta(seconds=30)
"""The engine starts so long before three, which takes it many seconds on a busy machine when its clock is another."""


def by_certificate(broker: Mosquitto, folder: Path) -> dict[str, str]:
    """The environment of an edge with a certificate and a port."""
    files = broker.certificates
    return {
        "MQTT_URL": f"mqtts://127.0.0.1:{broker.tls_port}", "MQTT_CA": str(files.ca),
        "MQTT_CERT": str(files.client_cert), "MQTT_KEY": str(files.client_key), "GATEWAY_PORT": str(folder / "port"),
    }  # fmt: skip


def said(broker: Mosquitto) -> str:
    """The broker's log."""
    return broker.log_file.read_text(errors="replace")


async def test_the_link_is_tls_with_qos_1_and_comes_back_by_itself(
    tmp_path: Path, new_mosquitto: Callable[..., Mosquitto]
) -> None:
    """I5: the broker's own words for keep-alive, QoS and will; after its restart the next report comes unasked."""
    broker, line = new_mosquitto(), Line(tmp_path / "port")
    async with EngineProcess(tmp_path, FLOW, environment=by_certificate(broker, tmp_path)):
        await until(lambda: line.is_open)
        async with hearing(broker.url, "v1/farm/LAB/gw-01/telemetry/#") as heard:
            await line.send(report(1))
            await until(lambda: heard)
        [client] = set(re.findall(r"New client connected from \S+ as (\S+) \(p5, c\d, k30, u'client'\)", said(broker)))
        assert re.search(rf"Received PUBLISH from {client} \(d0, q1, r0, m\d+, '[^']*/telemetry/env'", said(broker))
        broker.restart()
        async with hearing(broker.url, "v1/farm/LAB/gw-01/telemetry/#") as heard:
            await line.send(report(2))
            await until(lambda: heard)
    assert [payload["metrics"]["n"] for _, _, payload in heard] == [2]


async def test_who_comes_later_finds_how_the_edge_is(tmp_path: Path, new_mosquitto: Callable[..., Mosquitto]) -> None:
    """I9: retained with QoS 1, both of them: online while it runs, offline after kill -9, online again."""
    broker, found = new_mosquitto(), list[Any]()
    edge = EngineProcess(tmp_path, FLOW, environment=by_certificate(broker, tmp_path))
    async with hearing(broker.url, STATUS) as heard, edge:
        for act in (None, edge.kill, edge.start):
            if act is not None:
                await act()
            await until(lambda known=tuple(found): len(heard) > len(known))
            async with hearing(broker.url, STATUS) as late:
                await until(lambda late=late: late)
            found += [payload["status"] for _, _, payload in late]
    assert found == ["online", "offline", "online"]
    assert "Will message specified (21 bytes) (r1, q1)." in said(broker)


def later(by: timedelta) -> dict[str, str]:
    """The environment of a process whose wall clock is ahead."""
    offset = f"{by.total_seconds():+.0f}"
    monotonic = {"FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"}
    return {"LD_PRELOAD": str(library()), "FAKETIME": offset, "TZ": "UTC", **monotonic}


def names(data: Path) -> list[str]:
    """The events that the edge keeps."""
    with closing(sqlite3.connect(data / "connections" / "edge.db")) as database:
        try:
            return [name for (name,) in database.execute("SELECT event FROM events ORDER BY time")]
        except sqlite3.OperationalError:
            return []


async def test_what_is_28_days_old_is_forgotten(tmp_path: Path, new_mosquitto: Callable[..., Mosquitto]) -> None:
    """I13: rows go at three in the morning, the backlog when its turn comes; what is younger stays."""
    broker, line = new_mosquitto(), Line(tmp_path / "port")
    where = {"MQTT_URL": broker.url, "GATEWAY_PORT": str(tmp_path / "port"), "ZONE": "UTC"}
    now = datetime.now(UTC)
    three = (now + KEEP + timedelta(days=1)).replace(hour=3, minute=0, second=0, microsecond=0)

    async def tell(edge: EngineProcess, n: int, at: datetime) -> None:
        """One event and one report."""
        await until(lambda: line.is_open)
        await line.send({"type": "event", "event": f"event {n}", "ts": at.isoformat()})
        await line.send({**report(n), "ts": at.isoformat()})
        await until(lambda: f"event {n}" in names(edge.data))

    broker.stop()
    async with EngineProcess(tmp_path, FLOW, environment=where) as edge:
        await tell(edge, 1, now)
        async with asyncio.timeout(60):
            while await edge.metric("spool_records", node="uplink") < 1:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    broker.start()
    ahead = three - LEAD - datetime.now(UTC)
    async with (
        hearing(broker.url, "v1/farm/LAB/gw-01/telemetry/#") as heard,
        EngineProcess(tmp_path, FLOW, environment={**where, **later(ahead)}) as edge,
    ):
        await tell(edge, 2, three - LEAD)
        await until(lambda: heard)
        assert await edge.metric("dropped_messages_total", node="uplink", reason="waited too long") == 1
        await until(lambda: names(edge.data) == ["event 2"], LEAD.total_seconds() + 30)
    assert [payload["metrics"]["n"] for _, _, payload in heard] == [2]


async def test_it_runs_as_the_unit_says(tmp_path: Path, new_mosquitto: Callable[..., Mosquitto]) -> None:
    """I14, I15: the unit's command with its credential and folder; reload, stop in time, restart after a kill.

    I15, the radio's latency, is the devices' and the gateway's: outside the engine.
    """
    unit, broker = read_unit(), new_mosquitto()
    assert unit["Restart"] == "always" and unit["SupplementaryGroups"] == "dialout"
    assert unit["LoadCredential"] == "secret:/etc/flowengine/secrets"  # a file each
    (tmp_path / "edge_password").write_text("s3cret of the farm")
    environment = {
        "MQTT_URL": broker.url, "CREDENTIALS_DIRECTORY": str(tmp_path), "GATEWAY_PORT": str(tmp_path / "port"),
    }  # fmt: skip
    words = unit["ExecStart"].partition("/var/lib/flowengine")[2].split()
    options = [word for word in words if not word.startswith("$")]  # those of /etc/default
    edge = EngineProcess(tmp_path, FLOW, environment=environment, options=options)
    assert unit["ExecReload"] == "/bin/kill -HUP $MAINPID"  # as `deploy` does
    seconds = itertools.count(11)
    async with edge:
        for restart in (edge.kill, edge.terminate):
            await connected(edge)
            await edge.deploy(FLOW.replace("look_every: 10s", f"look_every: {next(seconds)}s"))
            async with asyncio.timeout(float(unit["TimeoutStopSec"]) * crowding()):
                await restart()
            await edge.start()
        await connected(edge)
        assert (await edge.get("/api/status"))[0] == 401
    assert " INFO    iotferme_edge/broker: connected" in edge.log.read_text()  # to stderr, and so to the journal


def read_unit() -> dict[str, str]:
    """Settings of the unit's service."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(UNIT)
    return dict(parser["Service"])


async def connected(edge: EngineProcess) -> None:
    """Return once it has its broker."""
    async with asyncio.timeout(60):
        while await edge.metric("connection_up", connection="broker") != 1:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
