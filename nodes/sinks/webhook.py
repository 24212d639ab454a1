"""`webhook`: tell another service by HTTP POST."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from flowengine import Config, Duration, Example, Message, Messages, SecretText, Sink, Unavailable
from flowengine.config import Secret
from flowengine.expression import TemplateText
from flowengine.expression.filling import rfc3339
from nodes.batches.field_selector import FieldText
from nodes.batches.outcomes import Outcomes
from nodes.batches.shown import shown
from nodes.clients.http.addresses import Allowed
from nodes.clients.http.client import HttpAway, HttpClient, HttpRefused, HttpSettings
from nodes.clients.http.urls import web_address
from nodes.codecs.chats import CHATS, Chat, ChatName, fault_of_address
from nodes.codecs.payload import encoder
from nodes.servers.http.signature import Signature, signed

HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$")]
_NO_VALUE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def _http(url: Secret) -> Secret:
    web_address(url.reveal())
    return url


def _networks(listed: list[str]) -> list[str]:
    Allowed(listed)
    return listed


class WebhookConfig(Config):
    """Settings of `webhook`."""

    url: Annotated[SecretText, AfterValidator(_http)]
    """Where to post; often a secret itself, so it is shown nowhere."""

    preset: ChatName | None = None
    """Write to a chat of this kind: the JSON is what it takes, a text beyond its limit is cut, and what a message fills
    in calls nobody and is no markup."""

    text: TemplateText | None = None
    """With `preset`: what is said, filled from the message."""

    room: TemplateText | None = None
    """With `preset`: the id of Telegram's chat, ntfy's topic, or another channel of Mattermost."""

    fields: dict[str, FieldText] = Field(default_factory=dict)
    """Keys of the JSON that is sent, with names, templates or expressions; by default topic, time and payload. With
    `preset` they are added, such as ntfy's `title` and `priority`."""

    headers: dict[HeaderName, TemplateText] = Field(default_factory=dict)
    """More headers, filled from the message."""

    signature: Signature | None = None
    """Signs each body, as `http_in` checks it, such as
    `{header: X-Hub-Signature-256, secret: "${secret:hook}", prefix: "sha256="}`."""

    allow: Annotated[list[str], AfterValidator(_networks)] = Field(default_factory=list)
    """Private addresses that may be reached, such as `192.168.1.0/24`."""

    timeout: Duration = 10.0
    """Longest wait for an answer."""


class Webhook(Sink):
    """Post each message as JSON. 5xx, 408, 425, 429 and silence are tried again, other refusals are rejected."""

    config: WebhookConfig
    merge = 100
    examples = (
        Example(
            "A chat room of Slack",
            "{url: 'https://hooks.slack.com/services/${secret:slack}', preset: slack,"
            " text: '{payload.title} is {payload.state}'}",
        ),
        Example(
            "A channel of Microsoft Teams, by a workflow's address",
            "{url: '${secret:teams}', preset: teams, text: '{payload.title} is {payload.state}'}",
        ),
        Example(
            "A chat of Telegram",
            "{url: 'https://api.telegram.org/bot${secret:telegram}/sendMessage', preset: telegram,"
            " room: '-1001234567890', text: '{payload.title} is {payload.state}'}",
        ),
        Example(
            "Telephones by ntfy",
            """{url: 'https://ntfy.sh', preset: ntfy, room: hall_2, text: '{payload.title} is {payload.state}',"""
            """ fields: {title: payload.title, priority: "5 if payload.priority == 'critical' else 3"}}""",
        ),
        Example(
            "Another system, which knows whom it hears",
            "{url: 'https://mes.example.org/events', headers: {X-Device: '{device}'},"
            " signature: {header: X-Hub-Signature-256, secret: '${secret:hook}', prefix: 'sha256='}}",
        ),
    )

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, WebhookConfig)
        chat = CHATS.get(config.preset or "")
        if chat is None:
            return [(name, f"`{name}` goes with `preset`") for name in ("text", "room") if getattr(config, name)]
        wrong = []
        if config.text is None:
            wrong.append(("preset", "say what is sent to the chat by `text`"))
        if chat.needs_room and config.room is None:
            wrong.append(("preset", f"{config.preset} needs `room`: {chat.room}"))
        if config.room is not None and not chat.room:
            wrong.append(("room", f"the address of {config.preset} is one room already"))
        if fault := fault_of_address(config.preset or "", config.url.reveal()):
            wrong.append(("url", fault))
        return wrong

    def start(self) -> None:
        self._encode = encoder("json")

    def sends(self, message: Message) -> Mapping[str, Any]:
        body = self._encode(self._body(message))
        return {"body": body, "headers": self._headers(message, body)}

    async def open(self) -> None:
        config = self.config
        self._client = HttpClient(
            HttpSettings(config.timeout, Allowed(config.allow), max_answer_bytes=64 * 1024, redirects=0)
        )
        self._outcomes = Outcomes("message was refused", "messages were refused")

    async def close(self) -> None:
        await self._client.close()

    async def write(self, messages: Messages) -> None:
        for place in self._outcomes.left(messages):
            if reason := await self._refusal(messages[place]):
                self._outcomes.refused(place, reason)
            else:
                self._outcomes.took(place)
        self._outcomes.result()

    async def _refusal(self, message: Message) -> str:
        """Send it; why it will never be taken, or an empty text. Raises Unavailable."""
        try:
            body = self._encode(self._body(message))
            answer = await self._client.request(
                "POST", self.config.url.reveal(), body=body, headers=self._headers(message, body)
            )
        except HttpAway as away:
            raise Unavailable(str(away), away.retry_after_s) from away
        except (HttpRefused, ValueError, TypeError) as fault:
            return str(fault)[:300].replace(self.config.url.reveal(), "***")
        if answer.busy:
            raise Unavailable(answer.brief, answer.retry_after_s)
        return "" if answer.ok else answer.brief

    def _body(self, message: Message) -> dict[str, object]:
        fields = {name: pick.written(message) for name, pick in self.config.fields.items()}
        if self.config.preset and self.config.text:
            return {**self._chat(CHATS[self.config.preset], self.config.text, message), **fields}
        if fields:
            return fields
        return {
            "topic": message.topic,
            "time": rfc3339(message.time_ns or message.arrived_ns),
            "payload": message.payload,
        }

    def _chat(self, chat: Chat, text: TemplateText, message: Message) -> dict[str, object]:
        room = self.config.room.fill(message) if self.config.room is not None else ""
        return chat.body(chat.cut(text.fill(shown(message, chat.plain))), room)

    def _headers(self, message: Message, body: bytes) -> dict[str, str]:
        """Those of the config, filled, and what signs the body. Raises ValueError for what is no header's value."""
        filled = {name: text.fill(message) for name, text in self.config.headers.items()}
        if bad := next((name for name, value in filled.items() if _NO_VALUE.search(value)), None):
            raise ValueError(f"the header {bad} would hold a line end or another control character")
        rule = self.config.signature
        return {"Content-Type": "application/json", **filled, **(signed(rule, body) if rule is not None else {})}
