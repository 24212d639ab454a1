"""influx_query: rows of a real InfluxDB 1.x; the requests of versions 2 and 3 as their references document them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from flowengine import Rejected, Unavailable
from flowengine.expression.filling import rfc3339
from flowengine.testing import messages, payloads
from flowengine.testing.clock import START_NS
from nodes.connections.influxdb import Influxdb
from nodes.sinks.influx_query import InfluxQuery
from nodes.sinks.influxdb_out import InfluxdbOut
from tests.servers.fault_http import Step, fault_server

Open = Any


async def filled(opened: Open, influxdb1: Any, rest: str) -> Any:
    """A node that asks for the measurement `asked`, which holds nine points."""
    db = (Influxdb, f"{{url: '{influxdb1.url}', version: 1, database: plant}}")
    out = await opened(InfluxdbOut, "{connection: db, measurement: asked, tags: [device]}", db=db)
    await out.write(
        messages(
            {"payload": {"value": float(k)}, "meta": {"device": f"d'{k % 3}"}, "time_ns": START_NS + k}
            for k in range(9)
        )
    )
    return await opened(InfluxQuery, f"{{connection: db, {rest}}}", db=db)


async def test_rows_come_back_for_each_message(opened: Open, influxdb1: Any) -> None:
    query = "query: 'SELECT value FROM asked WHERE device = $device', values: {device: payload}"
    node = await filled(opened, influxdb1, query)
    hostile = "x' OR device = 'd''1"
    assert payloads(await node.write(messages(["d'1", "none", hostile]))) == [
        [{"measurement": "asked", "time": rfc3339(START_NS + k), "value": float(k)} for k in (1, 4, 7)],
        [],
        [],
    ]


@pytest.mark.parametrize("since", ["{time: time - 3600}", "{time: payload.ms}", "{time: '{text}'}", "time"])
async def test_a_time_in_a_query_is_never_1970(opened: Open, influxdb1: Any, since: str) -> None:
    query = (
        "query: 'SELECT value FROM asked WHERE time > $since AND time < $now',"
        " values: {now: message.arrived, since: %s}"
    )
    node = await filled(opened, influxdb1, query % since)
    payload = {"ms": START_NS // 10**6, "text": rfc3339(START_NS)}
    time_ns = START_NS + (0 if since == "time" else 3600 * 10**9)
    [rows] = payloads(
        await node.write(messages([{"payload": payload, "time_ns": time_ns, "arrived_ns": START_NS + 5}]))
    )
    assert [row["value"] for row in rows] == [1, 2, 3, 4]
    with pytest.raises(Rejected, match="3600 is no time"):
        await (await filled(opened, influxdb1, query % "{time: payload}")).write(messages([3600]))


async def test_groups_carry_their_tags_and_rows_may_go_alone(opened: Open, influxdb1: Any) -> None:
    query = "query: 'SELECT sum(value) FROM asked GROUP BY device', each: true"
    node = await filled(opened, influxdb1, query)
    rows = payloads(await node.write(messages([1])))
    assert {row["device"]: row["sum"] for row in rows} == {"d'0": 9.0, "d'1": 12.0, "d'2": 15.0}


async def test_a_wrong_query_is_rejected_with_the_words_of_the_server(opened: Open, influxdb1: Any) -> None:
    node = await filled(opened, influxdb1, "query: 'SELECT FROM'")
    with pytest.raises(Rejected) as refused:
        await node.write(messages([1]))
    assert "error parsing query" in refused.value.rows[0]


async def test_version_2_gets_values_as_a_syntax_tree(opened: Open) -> None:
    answer = "#datatype,string,long,double\r\n,result,table,_value\r\n,,0,2.5\r\n"
    async with fault_server(Step(200, answer)) as server:
        node = await opened(
            InfluxQuery,
            "{connection: db, query: 'from(bucket: params.b)', values: {b: payload, n: 3, at: time}}",
            db=(Influxdb, f"{{url: '{server.url}', org: o, token: t}}"),
        )
        assert payloads(await node.write(messages(['x")']))) == [[{"_value": 2.5}]]
        [request] = server.requests
    body = json.loads(request.body)
    assert (request.path, request.query, body["query"]) == ("/api/v2/query", {"org": "o"}, "from(bucket: params.b)")
    assignment = body["extern"]["body"][0]["assignment"]
    assert [(p["key"]["name"], p["value"]) for p in assignment["init"]["properties"]] == [
        ("b", {"type": "StringLiteral", "value": 'x")'}),
        ("n", {"type": "IntegerLiteral", "value": "3"}),
        ("at", {"type": "DateTimeLiteral", "value": rfc3339(START_NS)}),
    ]


async def test_version_3_gets_sql_with_parameters(opened: Open) -> None:
    async with fault_server(Step(200, '[{"v": 1}]'), Step(503), Step(200, "no json")) as server:
        node = await opened(
            InfluxQuery,
            "{connection: db, query: 'SELECT v FROM t WHERE d = $d', values: {d: payload}}",
            db=(Influxdb, f"{{url: '{server.url}', version: 3, bucket: plant}}"),
        )
        assert payloads(await node.write(messages(["d1"]))) == [[{"v": 1}]]
        assert json.loads(server.requests[0].body) == {
            "db": "plant", "q": "SELECT v FROM t WHERE d = $d", "format": "json", "params": {"d": "d1"},
        }  # fmt: skip
        with pytest.raises(Unavailable):
            await node.write(messages(["d1"]))
        with pytest.raises(Rejected, match="the answer cannot be read"):
            await node.write(messages(["d1"]))
