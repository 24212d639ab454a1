"""`webhook`: tell another service by HTTP POST."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from flowengine import Config, Duration, Example, Message, Messages, Rejected, SecretText, Sink, Unavailable
from flowengine.config import Secret
from nodes.batches.field_selector import FieldText
from nodes.clients.http.addresses import Allowed
from nodes.clients.http.client import HttpAway, HttpClient, HttpRefused, HttpSettings
from nodes.codecs.payload import encoder


def _http(url: Secret) -> Secret:
    if not url.reveal().startswith(("http://", "https://")):
        raise ValueError("the address begins with http:// or https://")
    return url


def _networks(listed: list[str]) -> list[str]:
    Allowed(listed)
    return listed


class WebhookConfig(Config):
    """Settings of `webhook`."""

    url: Annotated[SecretText, AfterValidator(_http)]
    """Where to post; often a secret itself, so it is shown nowhere."""

    fields: dict[str, FieldText] = Field(default_factory=dict)
    """Keys of the JSON that is sent, with names, templates or expressions; by default topic, time and payload."""

    secret: SecretText | None = None
    """Signs each body: header `X-Signature-256: sha256=` and the HMAC of the body in hexadecimal."""

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
            "A chat room",
            "{url: 'https://chat.example.org/hook', secret: '${secret:room}',"
            " fields: {text: '{device} is {payload.state}'}}",
        ),
    )

    def start(self) -> None:
        self._encode = encoder("json")

    def sends(self, message: Message) -> Mapping[str, Any]:
        return {"body": self._encode(self._said(message))}

    async def open(self) -> None:
        config = self.config
        self._client = HttpClient(
            HttpSettings(config.timeout, Allowed(config.allow), max_answer_bytes=64 * 1024, redirects=0)
        )
        self._batch: Messages = ()
        self._sent = 0
        self._bad: dict[int, str] = {}

    async def close(self) -> None:
        await self._client.close()

    async def write(self, messages: Messages) -> None:
        if self._batch is not messages:
            self._batch, self._sent, self._bad = messages, 0, {}
        while self._sent < len(messages):
            # What was sent already is not sent again when a later one has to wait.
            await self._send(messages[self._sent])
            self._sent += 1
        bad, self._batch, self._bad = self._bad, (), {}
        if bad:
            raise Rejected(f"{len(bad)} messages were refused", bad)

    async def _send(self, message: Message) -> None:
        try:
            body = self._encode(self._said(message))
            answer = await self._client.request("POST", self.config.url.reveal(), body=body, headers=self._signed(body))
        except HttpAway as away:
            raise Unavailable(str(away), away.retry_after_s) from away
        except (HttpRefused, ValueError, TypeError) as fault:
            self._bad[self._sent] = str(fault)[:300].replace(self.config.url.reveal(), "***")
            return
        if answer.busy:
            raise Unavailable(answer.brief, answer.retry_after_s)
        if not answer.ok:
            self._bad[self._sent] = answer.brief

    def _said(self, message: Message) -> dict[str, object]:
        if self.config.fields:
            return {name: pick(message) for name, pick in self.config.fields.items()}
        return {"topic": message.topic, "time_ns": message.time_ns or message.arrived_ns, "payload": message.payload}

    def _signed(self, body: bytes) -> dict[str, str]:
        headers = {"Content-Type": "application/json"}
        if self.config.secret is not None:
            digest = hmac.new(self.config.secret.reveal().encode(), body, hashlib.sha256).hexdigest()
            headers["X-Signature-256"] = f"sha256={digest}"
        return headers
