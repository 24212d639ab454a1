"""http_request: answers leave by out, what may pass is tried again and only for what has no answer yet."""

from __future__ import annotations

import json
from typing import Any

import pytest

from flowengine import Rejected, Unavailable
from flowengine.testing import make, messages, payloads
from nodes.connections.http import Http
from nodes.sinks.http_request import HttpRequest
from tests.servers.fault_http import FaultServer, Step, fault_server

Open = Any


async def asking(opened: Open, server: FaultServer, config: str, more: str = "") -> HttpRequest:
    """A node that asks the fault server."""
    sink: HttpRequest = await opened(
        HttpRequest,
        f"{{connection: api, {config}}}",
        api=(Http, f"{{url: '{server.url}/base/', allow: [127.0.0.1], timeout: 1s{more}}}"),
    )
    return sink


async def test_the_answer_is_the_payload_and_the_status_is_in_meta(opened: Open) -> None:
    async with fault_server(Step(200, '{"t": 21}'), Step(200, "plain"), Step(204)) as server:
        sink = await asking(opened, server, "url: 'sites/{site}'", ", token: t0k")
        out = await sink.write(messages({"payload": k, "meta": {"site": f"s/{k}"}} for k in range(3)))
    assert payloads(out) == [{"t": 21}, "plain", None]
    assert [m.meta["status"] for m in out] == [200, 200, 204] and out[0].meta["site"] == "s/0"
    assert [r.path for r in server.requests] == [f"/base/sites/s/{k}" for k in range(3)]
    assert {r.headers["Authorization"] for r in server.requests} == {"Bearer t0k"}


async def test_headers_of_answers_travel_in_meta_where_they_are_asked_for(opened: Open) -> None:
    link = '<https://api/x?page=2>; rel="next"'
    async with fault_server(Step(200, "1", headers={"Link": link, "X-Other": "1"}), Step(200, "2")) as server:
        sink = await asking(opened, server, "url: x, answer_headers: [LINK]")
        out = await sink.write(messages([1, 2]))
    assert [m.meta["headers"] for m in out] == [{"link": link}, {}]


async def test_a_payload_is_posted_as_json_with_a_key_that_tells_retries(opened: Open) -> None:
    async with fault_server(Step(503), Step(201), Step(201)) as server:
        sink = await asking(opened, server, "url: x, method: POST, headers: {X-Line: '{topic}'}")
        batch = messages([{"payload": {"a": 1}, "topic": "l1"}])
        with pytest.raises(Unavailable):
            await sink.write(batch)
        await sink.write(batch)
    assert [json.loads(r.body) for r in server.requests] == [{"a": 1}, {"a": 1}]
    assert {r.headers["Idempotency-Key"] for r in server.requests} == {"1"}
    assert server.requests[0].headers["X-Line"] == "l1"
    assert server.requests[0].headers["Content-Type"] == "application/json"


async def test_a_refused_request_is_rejected_and_the_other_answers_go_on(opened: Open) -> None:
    async with fault_server(Step(200, "1"), Step(404, "no such"), Step(200, "3")) as server:
        sink = await asking(opened, server, "url: x")
        with pytest.raises(Rejected) as refused:
            await sink.write(messages([1, 2, 3]))
    assert refused.value.rows == {1: "HTTP 404 no such"} and payloads(refused.value.answers) == [1, 3]


async def test_a_refused_request_may_go_on_with_its_status(opened: Open) -> None:
    async with fault_server(Step(404, "no such")) as server:
        sink = await asking(opened, server, "url: x, refused: output")
        [answer] = await sink.write(messages([1]))
    assert (answer.payload, answer.meta["status"]) == ("no such", 404)


async def test_what_was_answered_is_not_asked_again_after_a_failure(opened: Open) -> None:
    steps = [Step(200, "1"), Step(200, "2"), Step(503, headers={"Retry-After": "3"}), Step(200, "4"), Step(200, "3")]
    async with fault_server(*steps) as server:
        sink = await asking(opened, server, "url: '{payload}'")
        batch = messages(["a", "b", "c", "d"])
        with pytest.raises(Unavailable) as away:
            await sink.write(batch)
        assert away.value.retry_after_s == 3
        out = await sink.write(batch)
    assert [r.path for r in server.requests] == [f"/base/{x}" for x in ("a", "b", "c", "c", "d")]
    assert payloads(out) == [1, 2, 4, 3]


@pytest.mark.parametrize("step", [Step(429), Step(500), Step(200, reset=True), Step(200, hang_s=5)])
async def test_failures_that_may_pass_keep_the_message(opened: Open, step: Step) -> None:
    async with fault_server(step, Step(200, '"ok"')) as server:
        sink = await asking(opened, server, "url: x, method: POST, timeout: 300ms")
        batch = messages([1])
        with pytest.raises(Unavailable):
            await sink.write(batch)
        assert payloads(await sink.write(batch)) == ["ok"]


async def test_many_are_asked_at_once_and_keep_their_order(opened: Open) -> None:
    async with fault_server() as server:
        server.decide = lambda body: Step(200, body.decode(), hang_s=0.05)
        sink = await asking(opened, server, "url: x, method: PUT, parallel: 20")
        assert payloads(await sink.write(messages(range(40)))) == list(range(40))


async def test_a_value_cannot_leave_its_place_in_the_url(opened: Open) -> None:
    async with fault_server() as server:
        sink = await asking(opened, server, "url: 'a/{v}/b?x={v}'")
        hostile = ["../../admin", "?y=1", "#f", "a&y=2", "%2e%2e", "a b", "é"]
        await sink.write(messages({"payload": {"v": v}} for v in hostile))
        with pytest.raises(Rejected):
            await sink.write(messages([{"payload": {"v": ".."}}]))
    assert [r.query for r in server.requests] == [{"x": v} for v in hostile]
    assert [r.path for r in server.requests] == [f"/base/a/{v}/b" for v in hostile]


async def test_an_address_in_the_message_is_checked(opened: Open) -> None:
    async with fault_server() as server:
        sink = await opened(HttpRequest, "{connection: api, url: '{payload}'}", api=(Http, "{}"))
        with pytest.raises(Rejected) as refused:
            await sink.write(messages([server.url, "file:///etc/passwd", "no url"]))
        assert set(refused.value.rows) == {0, 1, 2} and "not listed" in refused.value.rows[0]
        assert server.requests == []


async def test_an_unreadable_answer_is_rejected(opened: Open) -> None:
    async with fault_server(Step(200, "{broken")) as server:
        sink = await asking(opened, server, "url: x, answer: json")
        with pytest.raises(Rejected) as refused:
            await sink.write(messages([1]))
    assert "answer cannot be read" in refused.value.rows[0]


async def test_a_header_cannot_be_split(opened: Open) -> None:
    async with fault_server() as server:
        sink = await asking(opened, server, "url: x, headers: {X-A: '{payload}'}")
        with pytest.raises(Rejected):
            await sink.write(messages(["a\r\nX-B: c"]))
        assert server.requests == []


def test_a_bad_placeholder_is_a_fault_of_the_flow() -> None:
    with pytest.raises(Exception, match="url"):
        make(HttpRequest, "{connection: api, url: 'a/{b.}'}")
