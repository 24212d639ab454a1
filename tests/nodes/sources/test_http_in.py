"""`http_in` and its answers, with a real server and real clients."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hmac
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from flowengine import Message
from flowengine.testing import make
from nodes.sources.http_in import HttpIn
from tests.nodes.conftest import Running, StartEngine
from tests.waiting import until


def basic(pair: str) -> str:
    return "Basic " + base64.b64encode(pair.encode()).decode()


@pytest.fixture
async def served(start_engine: StartEngine) -> AsyncIterator[Any]:
    """Starts `http_in` with a collecting sink; gives the engine and a client whose base is the server."""
    sessions: list[aiohttp.ClientSession] = []

    async def start(options: str, got: str = "") -> tuple[Running, aiohttp.ClientSession]:
        running = await start_engine(
            f"flow: f\nnodes:\n  in: {{type: http_in, {options}, to: got}}\n  got: {{type: collect{got}}}\n"
        )
        sessions.append(aiohttp.ClientSession(running.url))
        await until(lambda: running.engine.http._routes)
        return running, sessions[-1]

    yield start
    for session in sessions:
        await session.close()


async def test_a_delivered_message_is_answered_204_and_brings_what_came_with_it(served: Any) -> None:
    running, http = await served("path: '/readings/{device}', format: json")
    headers = {"X-Request-Id": "r1", "Authorization": "Bearer hidden", "Cookie": "a=b"}
    async with http.post("/readings/c1?unit=C&tag=a&tag=b", json={"v": 1.5}, headers=headers) as answer:
        assert answer.status == 204
    [message] = running.kept
    assert (message.payload, message.topic) == ({"v": 1.5}, "readings/c1")
    assert message.meta["device"] == "c1"
    assert message.meta["query"] == {"unit": "C", "tag": ["a", "b"]}
    assert message.meta["headers"]["x-request-id"] == "r1"
    assert message.meta["peer"] == "127.0.0.1"
    assert "hidden" not in repr(message) and "a=b" not in repr(message)


async def test_a_request_without_a_body_is_its_query(served: Any) -> None:
    running, http = await served("path: /push, method: GET, respond: accepted")
    async with http.get("/push?v=1") as answer:
        assert answer.status == 202
    assert await running.holds(1) == [{"v": "1"}]


async def test_it_is_not_answered_before_it_is_delivered(served: Any) -> None:
    running, http = await served("path: /in", ", takes: 0.2")
    asking = asyncio.create_task(http.post("/in", data=b"1"))
    await until(lambda: running.station("got").in_write)
    assert not asking.done() and not running.kept
    async with await asking as answer:
        assert answer.status == 204
    assert running.kept


async def test_what_the_flow_rejects_is_answered_by_its_error_wire_and_the_rest_when_delivered(
    start_engine: StartEngine,
) -> None:
    running = await start_engine(
        """
flow: f
nodes:
  in: {type: http_in, path: /in, to: checked}
  checked: {type: validate, schema: {type: object, required: [v]}, to: got, on_error: refused}
  refused: {type: http_response, status: 422, body: "{error.reason}"}
  got: {type: collect}
"""
    )
    await until(lambda: running.engine.http._routes)
    async with aiohttp.ClientSession(running.url) as http:
        async with http.post("/in", json={"w": 1}) as answer:
            assert answer.status == 422 and "v" in await answer.text()
        async with http.post("/in", json={"v": 1}) as answer:
            assert answer.status == 204
    assert [message.payload for message in running.kept] == [{"v": 1}]


async def test_a_flow_that_takes_too_long_is_answered_504(served: Any) -> None:
    running, http = await served("path: /in, timeout: 100ms", ", away: true")
    async with http.post("/in", data=b"1") as answer:
        assert answer.status == 504
    assert running.station("in").counted["requests timed out"] == 1


async def test_each_answer_is_told_with_the_time_it_took(start_engine: StartEngine) -> None:
    running = await start_engine("""
flow: f
nodes:
  in: {type: http_in, path: '/readings/{device}', tell: true, to: {out: wait, answered: got}}
  wait: {type: delay, for: 20ms, to: gone}
  gone: {type: log, level: debug}
  got: {type: collect}
""")
    await until(lambda: running.engine.http._routes)
    async with aiohttp.ClientSession(running.url) as http, http.post("/readings/c1", json=1) as answer:
        assert answer.status == 204
    [message] = await running.holds(1)
    assert message["status"] == 204 and 20 <= message["took_ms"] < 60_000
    assert running.kept[0].meta["device"] == "c1"


async def test_a_full_flow_answers_503_and_says_when_to_come_again(served: Any) -> None:
    running, http = await served("path: /in, max_waiting: 3, timeout: 1s", ", away: true")

    async def status() -> tuple[int, str | None]:
        async with http.post("/in", data=b"1") as answer:
            return answer.status, answer.headers.get("Retry-After")

    answers = await asyncio.gather(*(status() for _ in range(10)))
    assert sorted(answers, key=str) == [(503, "1")] * 7 + [(504, None)] * 3
    assert running.balanced()


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b"{", "malformed"), (b"[" * 500 + b"]" * 500, "too_deep"), (b"\xff", "malformed"), (b"1e999", "out_of_range")],
)
async def test_a_bad_body_is_answered_400_and_leaves_by_the_error_port(served: Any, body: bytes, reason: str) -> None:
    running, http = await served("path: /in, format: json")
    async with http.post("/in", data=body) as answer:
        assert (answer.status, await answer.text()) == (400, f"payload {reason}\n")
    assert running.station("in").errored == 1
    async with http.post("/in", data=b"2") as answer:
        assert answer.status == 204
    assert running.payloads == [2] and running.balanced()


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_above_the_limit_is_refused_before_it_is_read(served: Any, chunked: bool) -> None:
    running, http = await served("path: /in, max_bytes: 64KiB")

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(10_000):
            yield b"x" * 10_000

    data = endless() if chunked else b"x" * 100_000
    try:
        async with http.post("/in", data=data) as answer:
            assert answer.status == 413
    except aiohttp.ClientConnectionError:
        pass  # the server may hang up while a client still sends
    await until(lambda: running.station("in").counted["requests refused, too large"] == 1)
    assert not running.kept


async def test_a_compressed_bomb_is_refused(served: Any) -> None:
    running, http = await served("path: /in, max_bytes: 64KiB")
    bomb = gzip.compress(b"0" * 50_000_000)
    async with http.post("/in", data=bomb, headers={"Content-Encoding": "gzip"}) as answer:
        assert answer.status == 413
    assert not running.kept


async def test_a_client_that_hangs_up_in_mid_body_leaves_nothing(served: Any) -> None:
    running, http = await served("path: /in, timeout: 300ms")
    _, writer = await asyncio.open_connection("127.0.0.1", running.server.port)
    writer.write(b"POST /in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\nabc")
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    async with http.post("/in", data=b"1") as answer:
        assert answer.status == 204
    await until(lambda: running.station("in").node._waiting == 0)
    assert running.payloads == [1]


async def test_a_body_that_never_ends_is_given_up(served: Any) -> None:
    running, _ = await served("path: /in, timeout: 200ms")
    reader, writer = await asyncio.open_connection("127.0.0.1", running.server.port)
    writer.write(b"POST /in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\nabc")
    assert b"504" in await reader.readline()
    writer.close()


@pytest.mark.parametrize(
    ("options", "headers", "status"),
    [
        ("token: s3cret", {}, 401),
        ("token: s3cret", {"Authorization": "Bearer nope"}, 401),
        ("token: s3cret", {"Authorization": "Bearer s3cret"}, 204),
        ("username: me, password: pw", {}, 401),
        ("username: me, password: pw", {"Authorization": "Basic !!"}, 401),
        ("username: me, password: pw", {"Authorization": basic("me:no")}, 401),
        ("username: me, password: pw", {"Authorization": basic("me:pw")}, 204),
        ("qos: 1", {"Origin": "http://evil.example"}, 403),
        ("origins: ['http://ok.example']", {"Origin": "http://ok.example"}, 204),
    ],
)
async def test_only_who_may_gets_in(served: Any, options: str, headers: dict[str, str], status: int) -> None:
    options = options.replace("qos: 1", "topic: t")
    running, http = await served(f"path: /in, {options}")
    async with http.post("/in", data=b"1", headers=headers) as answer:
        assert answer.status == status
        assert status != 204 or answer.headers.get("Access-Control-Allow-Origin") == headers.get("Origin")
    assert len(running.kept) == (status == 204)


async def test_a_browser_asks_before_it_sends(served: Any) -> None:
    _, http = await served("path: /in, origins: ['http://ok.example']")
    async with http.options("/in", headers={"Origin": "http://ok.example"}) as answer:
        assert answer.headers["Access-Control-Allow-Methods"] == "POST"
    async with http.options("/in", headers={"Origin": "http://evil.example"}) as answer:
        assert answer.status == 403


async def test_two_nodes_cannot_serve_one_path_and_a_stopped_one_frees_it(served: Any) -> None:
    running, http = await served("path: /in")
    await running.engine.remove("f")
    async with http.post("/in", data=b"1") as answer:
        assert answer.status == 404


async def test_many_requests_at_once_are_all_answered(served: Any) -> None:
    running, http = await served("path: /in")

    async def post(n: int) -> int:
        async with http.post("/in", json=n) as answer:
            return int(answer.status)

    assert await asyncio.gather(*(post(n) for n in range(500))) == [204] * 500
    assert sorted(running.payloads) == list(range(500))


def test_flow_tests_send_bodies() -> None:
    assert make(HttpIn, "{path: /a, format: json}").received(Message(b'{"a":1}')).payload == {"a": 1}


def test_a_path_begins_with_a_slash() -> None:
    with pytest.raises(ValueError, match="begins with /"):
        make(HttpIn, "{path: a}")


async def test_a_request_is_taken_only_with_the_right_signature(served: Any) -> None:
    running, http = await served(
        "path: /hook, format: json, headers: [X-Event], "
        "signature: {header: X-Sign, secret: 'a-long-secret', prefix: 'sha256='}"
    )
    body = b'{"v":1}'
    right = hmac.new(b"a-long-secret", body, "sha256").hexdigest()
    for sign, status in ((right, 204), ("0" * 64, 401), ("", 401)):
        headers = {"X-Sign": f"sha256={sign}", "X-Event": "push"}
        async with http.post("/hook", data=body, headers=headers) as answer:
            assert answer.status == status
    [message] = running.kept
    assert message.meta["headers"]["x-event"] == "push"


def test_headers_that_carry_secrets_never_travel() -> None:
    config = HttpIn.config_type().model_validate({"path": "/x", "headers": ["Cookie"]})
    assert ("headers", "Cookie carries a secret, which never travels in meta") in HttpIn.check(config)


async def test_what_breaks_the_schema_is_answered_422_with_the_reason(served: Any) -> None:
    schema = "{type: object, required: [value], properties: {value: {type: number}}}"
    running, http = await served(f"path: '/set/{{device}}', method: PUT, format: json, schema: {schema}")
    for path, body, said in (
        ("/set/c1", b"[1]", "payload is not a map"),
        ("/set/c1", b"", "payload lacks value"),
        ("/set/c1", b'{"value": {"x": 1}}', "value is not a number"),
        ("/set/c%231", b'{"value": 1}', "device is no name of a topic, a file or a key"),
    ):
        async with http.put(path, data=body) as answer:
            assert (answer.status, (await answer.text()).strip()) == (422, said)
    async with http.put("/set/c1", data=b'{"value": 1}') as answer:
        assert answer.status == 204
    assert [message.payload for message in running.kept] == [{"value": 1}]


async def test_a_request_whose_message_becomes_a_dead_letter_is_answered_422(start_engine: StartEngine) -> None:
    running = await start_engine(
        """
flow: f
on_error: rejected
nodes:
  in: {type: http_in, path: /in, format: json, to: number}
  number: {type: set, compute: {payload: payload.a + 1}, to: got}
  got: {type: collect}
  rejected: {type: dead_letter}
"""
    )
    await until(lambda: running.engine.http._routes)
    async with aiohttp.ClientSession(running.url) as http:
        async with http.post("/in", json={"b": 1}) as answer:
            assert answer.status == 422 and await answer.text()
        async with http.post("/in", json={"a": 1}) as answer:
            assert answer.status == 204
    assert [message.payload for message in running.kept] == [2]


async def test_what_a_request_is_refused_for_is_told_with_the_time_of_its_arrival(start_engine: StartEngine) -> None:
    """A log of refusals said 1970: such a message never entered the flow, which gives the others their time."""
    running = await start_engine(
        """
flow: f
nodes:
  in: {type: http_in, path: /in, format: json, schema: {type: object, required: [value]}, to: got, on_error: refused}
  got: {type: log}
  refused: {type: collect}
"""
    )
    await until(lambda: running.engine.http._routes)
    before_ns = time.time_ns()
    async with aiohttp.ClientSession(running.url) as http:
        for body in (b"{", b"{}"):
            async with http.post("/in", data=body) as answer:
                assert answer.status in (400, 422)
    broken, unfit = running.kept
    assert before_ns <= broken.time_ns <= unfit.time_ns <= time.time_ns()
    assert broken.arrived_ns == broken.time_ns and broken.id != unfit.id and 0 not in (broken.id, unfit.id)
