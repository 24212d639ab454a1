"""influxdb_out: points reach real servers, bad rows alone are rejected, and what may pass is tried again."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import pytest

from flowengine import Message, Rejected, Unavailable
from flowengine.testing import messages
from flowengine.testing.clock import START_NS
from nodes.clients.influxdb.points import MOST_FIELDS
from nodes.connections.influxdb import Influxdb
from nodes.sinks.influxdb_out import InfluxdbOut
from tests.servers.fault_http import FaultServer, Step, fault_server
from tests.servers.influxdb1 import InfluxDB1
from tests.servers.victoria_metrics import VictoriaMetrics

Open = Any
CLIMATE = "{connection: db, measurement: climate, tags: [device, sensor]}"


def readings(n: int) -> list[Any]:
    """Messages as `mqtt_in` and `normalise` make them."""
    return messages(
        {"payload": {"value": k + 0.5}, "meta": {"device": f"d{k % 3}", "sensor": "temp"}, "time_ns": START_NS + k}
        for k in range(n)
    )


async def sink_to(opened: Open, server: FaultServer, config: str = CLIMATE, options: str = "") -> InfluxdbOut:
    """A sink that writes to the fault server."""
    url = f"{{url: '{server.url}', bucket: b, org: o, token: t0k {options}}}"
    sink: InfluxdbOut = await opened(InfluxdbOut, config, db=(Influxdb, url))
    return sink


async def test_every_point_reaches_influxdb_1(opened: Open, influxdb1: InfluxDB1) -> None:
    config = "{connection: db, measurement: every_point, tags: [device, sensor]}"
    sink = await opened(InfluxdbOut, config, db=(Influxdb, f"{{url: '{influxdb1.url}', version: 1, database: plant}}"))
    await sink.write(readings(2000))
    rows = influxdb1.query("SELECT * FROM every_point")
    wanted = [(START_NS + k, k + 0.5, f"d{k % 3}", "temp") for k in range(2000)]
    assert [(r["time"], r["value"], r["device"], r["sensor"]) for r in rows] == wanted


async def test_the_node_writes_known_series_the_short_way(opened: Open) -> None:
    async with fault_server() as server:
        sink = await sink_to(opened, server)
        await sink.write(readings(300))
        await sink.write(readings(300))
        assert len(server.lines) == 600
    assert sink._points.slow <= 300, "all but the first batch have series and shape that were seen before"


async def test_bad_rows_in_the_middle_are_rejected_alone_by_influxdb_1(opened: Open, influxdb1: InfluxDB1) -> None:
    config = "{connection: db, measurement: partial, tags: [device], integers: int}"
    sink = await opened(InfluxdbOut, config, db=(Influxdb, f"{{url: '{influxdb1.url}', version: 1, database: plant}}"))
    batch = messages({"payload": {"value": float(k)}, "time_ns": START_NS + k} for k in range(100))
    batch[40] = messages([{"payload": {"value": True}, "time_ns": START_NS + 40}])[0]
    batch[41] = messages([{"payload": {"value": math.nan}, "time_ns": START_NS + 41}])[0]
    batch[77] = messages([{"payload": {"other": "text"}, "time_ns": START_NS + 77}])[0]
    await sink.write(messages([{"payload": {"value": 1.5}, "time_ns": START_NS - 1}]))
    with pytest.raises(Rejected) as refused:
        await sink.write(batch)
    assert set(refused.value.rows) == {40, 41, 77}
    assert "type conflict" in refused.value.rows[40]
    assert refused.value.rows[41] == "cannot be written: not_finite"
    assert refused.value.rows[77] == "no number in the payload"
    stored = {row["time"]: row["value"] for row in influxdb1.query("SELECT * FROM partial")}
    assert stored == {START_NS - 1: 1.5} | {START_NS + k: float(k) for k in range(100) if k not in (40, 41, 77)}


async def test_every_point_reaches_victoria_metrics_by_the_api_of_2(
    opened: Open, victoria_metrics: VictoriaMetrics
) -> None:
    config = "{connection: db, measurement: vm_points, tags: [device], precision: ms}"
    sink = await opened(InfluxdbOut, config, db=(Influxdb, f"{{url: '{victoria_metrics.url}', bucket: b, org: o}}"))
    batch = messages(
        {"payload": {"value": k / 4}, "meta": {"device": f"d{k % 5}"}, "time_ns": START_NS + k * 1_000_000}
        for k in range(1000)
    )
    await sink.write(batch)
    stored = {}
    for series in victoria_metrics.export('{__name__="vm_points_value"}'):
        for at_ms, value in zip(series["timestamps"], series["values"], strict=True):
            stored[series["metric"]["device"], at_ms] = value
    assert stored == {(f"d{k % 5}", START_NS // 1_000_000 + k): k / 4 for k in range(1000)}


async def test_version_2_sends_bucket_precision_token_and_gzip(opened: Open) -> None:
    async with fault_server() as server:
        sink = await sink_to(opened, server, "{connection: db, measurement: m, precision: s}")
        await sink.write(messages([{"payload": 21}]))
        [request] = server.requests
    assert (request.method, request.path) == ("POST", "/api/v2/write")
    assert request.query == {"bucket": "b", "precision": "s", "org": "o"}
    assert request.headers["Authorization"] == "Token t0k"
    assert request.headers["Content-Encoding"] == "gzip"
    assert request.body.decode() == f"m value=21 {START_NS // 10**9}"


async def test_points_of_many_fields_are_written_in_turns_and_bad_ones_keep_their_place(opened: Open) -> None:
    given = messages([{"payload": {f"f{n}_{name}": name for name in range(MOST_FIELDS // 2)}} for n in range(6)])
    given[4] = given[4].with_payload("no number")
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async with fault_server() as server:
        sink = await sink_to(opened, server, "{connection: db, measurement: m}")
        counting = asyncio.create_task(count_turns())
        lines, places, bad = await sink._lines(given)
        counting.cancel()
    assert places == [0, 1, 2, 3, 5] and [line[:4] for line in lines] == [f"m f{n}" for n in places]
    assert bad == {4: "no number in the payload"} and turns


async def test_messages_that_one_instant_of_the_precision_makes_one_point_are_counted(opened: Open) -> None:
    def arriving(at_ns: list[int], device: str = "d 1") -> list[Message]:
        return [Message(k, time_ns=ns, arrived_ns=ns, meta={"device": device}) for k, ns in enumerate(at_ns)]

    async with fault_server() as server:
        sink = await sink_to(opened, server, "{connection: db, measurement: m, tags: [device], precision: ms}")
        await sink.write(arriving([START_NS, START_NS + 1_000, START_NS + 2_000, START_NS + 1_000_000]))
        await sink.write(arriving([START_NS + 1_001_000]))  # beside the last of the batch before
        await sink.write(arriving([START_NS + 1_002_000], "d 2"))  # another series
        own = [m.with_time(START_NS + 1_003_000) for m in arriving([START_NS + 9_000_000] * 2)]
        await sink.write(own)  # the device's own times: these replace each other as they always did
    assert sink.context.recorded.counted == {"replaced another of the same instant (ms)": 3}


async def test_version_1_sends_database_policy_and_user(opened: Open) -> None:
    async with fault_server() as server:
        options = f"{{url: '{server.url}', version: 1, database: plant/week, username: me, password: pw, gzip: false}}"
        sink = await opened(InfluxdbOut, "{connection: db, measurement: m}", db=(Influxdb, options))
        await sink.write(messages([1.5]))
        [request] = server.requests
    assert (request.path, request.query) == ("/write", {"db": "plant", "rp": "week", "precision": "n"})
    assert request.headers["Authorization"] == "Basic bWU6cHc="
    assert "Content-Encoding" not in request.headers


@pytest.mark.parametrize("status", [401, 404, 429, 500, 502, 503])
async def test_a_failure_that_may_pass_keeps_the_messages(opened: Open, status: int) -> None:
    async with fault_server(status) as server:
        sink = await sink_to(opened, server)
        with pytest.raises(Unavailable, match=str(status)):
            await sink.write(readings(3))
        await sink.write(readings(3))
        assert len(server.lines) == 3


@pytest.mark.parametrize("status", [429, 503])
async def test_the_wait_that_the_server_asks_for_is_kept(opened: Open, status: int) -> None:
    async with fault_server(Step(status, headers={"Retry-After": "7"})) as server:
        sink = await sink_to(opened, server)
        with pytest.raises(Unavailable) as away:
            await sink.write(readings(1))
        assert away.value.retry_after_s == 7


async def test_a_server_that_accepts_and_then_hangs_gets_the_same_points_again(opened: Open) -> None:
    async with fault_server(Step(204, keep=True, hang_s=5)) as server:
        sink = await sink_to(opened, server, options=", timeout: 200ms")
        with pytest.raises(Unavailable, match="no answer in time"):
            await sink.write(readings(4))
        await sink.write(readings(4))
        assert server.stored[0] == server.stored[1]


async def test_a_reset_connection_is_tried_again(opened: Open) -> None:
    async with fault_server(Step(204, keep=False, reset=True)) as server:
        sink = await sink_to(opened, server)
        with pytest.raises(Unavailable):
            await sink.write(readings(4))
        await sink.write(readings(4))
        assert len(server.lines) == 4


async def test_a_refusal_without_places_is_searched_by_halves(opened: Open) -> None:
    async with fault_server() as server:
        sink = await sink_to(opened, server)
        server.decide = lambda body: Step(400, "nope") if b"value=17.5" in body else Step()
        with pytest.raises(Rejected) as refused:
            await sink.write(readings(50))
        assert refused.value.rows == {17: "HTTP 400 nope"}
        assert len(server.lines) == len(set(server.lines)) == 49


async def test_fields_tags_time_and_measurement_are_taken_as_configured(opened: Open) -> None:
    config = """{connection: db, measurement: "{line}", tags: [machine], time: payload.at * 1000,
                 fields: {kw: payload.power / 1000, rpm: rpm, state: "{state}"}}"""
    async with fault_server() as server:
        sink = await sink_to(opened, server, config)
        payload = {"power": 1500, "rpm": 900, "state": "on", "at": 1_767_225_600, "machine": "press 1"}
        await sink.write(messages([{"payload": payload, "meta": {"line": "l1"}}]))
        assert server.lines == ['l1,machine=press\\ 1 kw=1.5,rpm=900,state="on" 1767225600000000000']


@pytest.mark.parametrize("at", ["2026-01-01T00:00:00Z", 1_767_225_600, 1_767_225_600_000.0])
async def test_a_time_may_be_text_or_an_epoch_number_of_any_unit(opened: Open, at: Any) -> None:
    async with fault_server() as server:
        sink = await sink_to(opened, server, "{connection: db, measurement: m, fields: {v: v}, time: payload.at}")
        await sink.write(messages([{"v": 1, "at": at}]))
        with pytest.raises(Rejected, match="1 point was"):
            await sink.write(messages([{"v": 1, "at": 21.5}]))
        assert server.lines == ["m v=1 1767225600000000000"]


async def test_a_row_that_cannot_be_encoded_leaves_the_others(opened: Open) -> None:
    async with fault_server() as server:
        sink = await sink_to(opened, server, "{connection: db, measurement: '{line}'}")
        good = {"payload": 1, "meta": {"line": "a"}}
        with pytest.raises(Rejected) as refused:
            await sink.write(messages([good, {"payload": 2}, good]))
        assert list(refused.value.rows) == [1] and "line is missing" in refused.value.rows[1]
        assert len(server.lines) == 2


async def test_no_server_at_all_is_unavailable(opened: Open, free_port: int) -> None:
    sink = await opened(InfluxdbOut, CLIMATE, db=(Influxdb, f"{{url: 'http://127.0.0.1:{free_port}'}}"))
    with pytest.raises(Unavailable):
        await sink.write(readings(1))


async def test_a_frozen_server_is_unavailable_and_gets_all_after_it_wakes(opened: Open, influxdb1: InfluxDB1) -> None:
    options = f"{{url: '{influxdb1.url}', version: 1, database: plant, timeout: 300ms}}"
    sink = await opened(InfluxdbOut, "{connection: db, measurement: frozen}", db=(Influxdb, options))
    await asyncio.to_thread(influxdb1.freeze)
    with pytest.raises(Unavailable):
        await sink.write(readings(10))
    await asyncio.to_thread(influxdb1.resume)
    for _ in range(20):
        try:
            await sink.write(readings(10))
            break
        except Unavailable:
            continue
    assert len(influxdb1.query("SELECT * FROM frozen")) == 10


def test_the_token_never_shows() -> None:
    config = Influxdb.config_type().model_validate({"token": "t0p"})
    assert "t0p" not in repr(config) and "t0p" not in config.model_dump_json()
