"""webhook: each message once as signed JSON; failures that may pass keep it; the address never shows."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest

from flowengine import Rejected, Unavailable
from flowengine.expression.filling import rfc3339
from flowengine.flow.document import Document
from flowengine.testing import make, messages
from flowengine.testing.clock import START_NS
from nodes.servers.http.signature import is_signed
from nodes.sinks.webhook import Webhook
from tests.servers.fault_http import Step, fault_server

Open = Any
SIGNED = "signature: {header: X-Hub-Signature-256, secret: s3, prefix: 'sha256='}"


async def test_a_message_is_posted_as_json_and_signed(opened: Open) -> None:
    async with fault_server(200, 200) as server:
        sink = await opened(Webhook, f"{{url: '{server.url}/hook', allow: [127.0.0.1], {SIGNED}}}")
        await sink.write(messages([{"payload": {"v": 1}, "topic": "t"}]))
        fields = "fields: {text: '{device} is {payload.state}', level: 3}"
        other = await opened(Webhook, f"{{url: '{server.url}', allow: [127.0.0.1], {fields}}}")
        await other.write(messages([{"payload": {"state": "hot"}, "meta": {"device": "d1"}}]))
    first, second = server.requests
    assert json.loads(first.body) == {"topic": "t", "time": rfc3339(START_NS), "payload": {"v": 1}}
    assert first.headers["X-Hub-Signature-256"] == "sha256=" + hmac.new(b"s3", first.body, hashlib.sha256).hexdigest()
    assert json.loads(second.body) == {"text": "d1 is hot", "level": 3} and "X-Hub-Signature-256" not in second.headers


async def test_headers_are_filled_and_cannot_be_forged(opened: Open) -> None:
    async with fault_server(200) as server:
        headers = "headers: {X-Device: '{device}', Authorization: Bearer x}"
        sink = await opened(Webhook, f"{{url: '{server.url}', allow: [127.0.0.1], {headers}}}")
        with pytest.raises(Rejected) as refused:
            devices = ({"device": "d1"}, {"device": "d\r\nX-Admin: 1"}, {})
            await sink.write(messages([{"payload": 1, "meta": meta} for meta in devices]))
    [request] = server.requests
    assert (request.headers["X-Device"], request.headers["Authorization"]) == ("d1", "Bearer x")
    assert "X-Device would hold a line end" in refused.value.rows[1] and 2 in refused.value.rows


async def test_what_a_webhook_signs_an_http_in_takes(opened: Open) -> None:
    async with fault_server(200) as server:
        rule = "{header: X-S, secret: s3, algorithm: sha512, encoding: base64, prefix: 'v1,'}"
        sink = await opened(Webhook, f"{{url: '{server.url}', allow: [127.0.0.1], signature: {rule}}}")
        await sink.write(messages([1]))
    [request] = server.requests
    assert is_signed(sink.config.signature, request.headers, request.body)


async def test_only_what_was_not_taken_is_sent_again(opened: Open) -> None:
    async with fault_server(200, 503, 200, 400, 200) as server:
        sink = await opened(Webhook, f"{{url: '{server.url}', allow: [127.0.0.1], fields: {{n: payload}}}}")
        batch = messages([1, 2, 3, 4])
        with pytest.raises(Unavailable):
            await sink.write(batch)
        with pytest.raises(Rejected) as refused:
            await sink.write(batch)
    assert [json.loads(r.body)["n"] for r in server.requests] == [1, 2, 2, 3, 4]
    assert refused.value.rows == {2: "HTTP 400"}


async def test_a_redirect_is_not_followed(opened: Open) -> None:
    async with fault_server() as server:
        server.steps.append(Step(302, headers={"Location": server.url}))
        sink = await opened(Webhook, f"{{url: '{server.url}', allow: [127.0.0.1]}}")
        with pytest.raises(Rejected):
            await sink.write(messages([1]))
        assert len(server.requests) == 1


async def test_a_private_address_must_be_listed(opened: Open) -> None:
    async with fault_server() as server:
        sink = await opened(Webhook, f"{{url: '{server.url}'}}")
        with pytest.raises(Rejected) as refused:
            await sink.write(messages([1]))
        assert "not listed" in refused.value.rows[0] and server.requests == []


def test_the_address_and_the_secret_never_show() -> None:
    config = make(Webhook, "{url: 'https://chat/T0KEN', signature: {header: X, secret: s3cret}}").config
    shown = repr(config) + config.model_dump_json()
    assert "T0KEN" not in shown and "s3cret" not in shown
    with pytest.raises(ValueError, match="http"):
        make(Webhook, "{url: 'ftp://x'}")


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("A chat room of Slack", {"text": "hall 2 is active"}),
        ("A chat of Telegram", {"chat_id": "-1001234567890", "text": "hall 2 is active"}),
        ("Telephones by ntfy", {"topic": "hall_2", "title": "hall 2", "message": "hall 2 is active", "priority": 5}),
    ],
)
def test_the_examples_send_what_each_chat_takes(title: str, body: dict[str, Any]) -> None:
    """As https://api.slack.com/messaging/webhooks, https://core.telegram.org/bots/api#sendmessage, https://docs.ntfy.sh
    have it."""
    [example] = [each for each in Webhook.examples if each.title == title]
    [message] = messages([{"payload": {"title": "hall 2", "state": "active", "priority": "critical"}}])
    assert json.loads(make(Webhook, example.config).sends(message)["body"]) == body


async def test_a_chat_gets_what_it_takes_and_more_fields(opened: Open) -> None:
    async with fault_server(200, 200) as server:
        options = "preset: ntfy, room: hall_2, text: '{payload.t} °C', fields: {title: payload.name, priority: '5'}"
        sink = await opened(Webhook, f"{{url: '{server.url}', allow: [127.0.0.1], {options}}}")
        await sink.write(messages([{"t": 9.5, "name": "Hall"}]))
        slack = await opened(
            Webhook, f"{{url: '{server.url}/x', allow: [127.0.0.1], preset: slack, text: '<!here> {{t}}'}}"
        )
        await slack.write(messages([{"t": "<!channel>"}]))
    told = [json.loads(request.body) for request in server.requests]
    assert told == [
        {"topic": "hall_2", "message": "9.5 °C", "title": "Hall", "priority": 5},
        {"text": "<!here> &lt;!channel&gt;"},
    ]


@pytest.mark.parametrize(
    ("options", "option", "words"),
    [
        ("preset: slack", "preset", "say what is sent to the chat by `text`"),
        ("preset: telegram, text: x", "preset", "telegram needs `room`: the id of the chat"),
        ("preset: teams, text: x, room: y", "room", "the address of teams is one room already"),
        ("preset: ntfy, text: x, room: y", "url", "leave the path out"),
        ("text: x", "text", "`text` goes with `preset`"),
    ],
)
def test_a_chat_that_cannot_be_reached_so_is_told_by_check(options: str, option: str, words: str) -> None:
    config = make(
        Webhook, "{url: 'https://chat.example.org/s3cr3t/sendMessage', preset: telegram, room: r, text: t}"
    ).config
    made = type(config).model_validate(
        Document.parse(f"{{url: 'https://x.example/s3cr3t/sendMessage', {options}}}", "c").data
    )
    faults = dict(Webhook.check(made))
    assert words in faults[option]
    assert "s3cr3t" not in str(faults)
    assert not Webhook.check(config)
