"""`http_response` answers the request a message came by, once, and nobody else's."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from flowengine import Message, Rejected
from flowengine.testing import TestContext, make
from nodes.servers.http.exchange import EXCHANGES, META
from nodes.sinks.http_response import HttpResponse
from tests.nodes.conftest import StartEngine
from tests.waiting import until


async def asked(start_engine: StartEngine, options: str, path: str = "/q/c1", to: str = "answer") -> Any:
    text = f"""
flow: f
nodes:
  ask: {{type: http_in, path: '/q/{{device}}', method: GET, respond: flow, timeout: 500ms, to: {to}}}
  answer: {{type: http_response{options}}}
"""
    running = await start_engine(text)
    await until(lambda: running.engine.http._routes)
    async with aiohttp.ClientSession(running.url) as http, http.get(path) as answer:
        return answer.status, answer.headers, await answer.text(), running


async def test_the_payload_is_the_answer(start_engine: StartEngine) -> None:
    status, headers, text, _ = await asked(start_engine, "", "/q/c1?a=1")
    assert (status, text, headers["Content-Type"]) == (200, '{"a":"1"}', "application/json")
    assert len(EXCHANGES) == 0


async def test_status_headers_and_body_can_be_said(start_engine: StartEngine) -> None:
    options = ", status: '{code}', body: 'no {device}', headers: {X-Plant: p1}"
    status, headers, text, _ = await asked(start_engine, options, "/q/c9?code=404")
    assert (status, text) == (404, "no c9")
    assert headers["Content-Type"].startswith("text/plain")
    assert headers["X-Plant"] == "p1"


async def test_an_answer_that_cannot_be_made_is_500_and_an_error(start_engine: StartEngine) -> None:
    status, _, _, running = await asked(start_engine, ", status: '{code}'", "/q/c1?code=9999")
    assert status == 500
    assert running.station("answer").errored == 1


async def test_a_flow_that_never_answers_is_504(start_engine: StartEngine) -> None:
    status, _, _, _ = await asked(start_engine, "", to="[]")
    assert status == 504
    assert len(EXCHANGES) == 0


async def test_late_second_and_foreign_answers_are_counted_or_rejected() -> None:
    context = TestContext()
    node = make(HttpResponse, "{}", context)
    token = EXCHANGES.begin()
    await node.write([Message(1, meta={META: token}), Message(2, meta={META: token})])
    assert (await EXCHANGES.reply(token, 1)).body == b"1"
    await node.write([Message(3, meta={META: token}), Message(4, meta={META: "from before a restart"})])
    assert context.recorded.counted["answers that nobody waited for"] == 3
    with pytest.raises(Rejected) as refused:
        await node.write([Message(5)])
    assert refused.value.rows is not None


@pytest.mark.parametrize("headers", ["{'X': \"a\\r\\nSet-Cookie: b\"}", "{'': a}"])
def test_a_header_that_would_become_two_is_refused(headers: str) -> None:
    with pytest.raises(ValueError, match="header"):
        make(HttpResponse, f"{{headers: {headers}}}")


async def test_nothing_found_has_a_status_of_its_own(start_engine: StartEngine) -> None:
    status, _, text, _ = await asked(start_engine, ", empty: 404", "/q/c9")
    assert (status, text) == (404, "there is nothing of that name\n")
    status, _, text, _ = await asked(start_engine, ", empty: 404", "/q/c9?a=1")
    assert (status, text) == (200, '{"a":"1"}')
