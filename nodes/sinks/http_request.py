"""`http_request`: ask a web service, pass its answers on."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from flowengine import Config, Duration, Example, Message, Messages, Sink, Unavailable, connection
from flowengine.expression import TemplateText
from nodes.batches.outcomes import Outcomes
from nodes.clients.http.client import Answer, HttpAway, HttpRefused
from nodes.clients.http.urls import UrlText, joined
from nodes.codecs.payload import decoder, encoder
from nodes.connections.http import Http

Format = Literal["auto", "json", "msgpack", "cbor", "text", "bytes"]
_TYPES = {"json": "application/json", "msgpack": "application/msgpack", "cbor": "application/cbor"}
_BODILESS = frozenset(("GET", "HEAD", "DELETE"))


class HttpRequestConfig(Config):
    """Settings of `http_request`."""

    connection: str = connection("http")
    """The web service, with credentials and the private addresses that may be reached."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"] = "GET"
    """What is done."""

    url: UrlText
    """Path behind the connection's address (or a whole address if that has none); `{name}` is filled and escaped."""

    headers: dict[str, TemplateText] = Field(default_factory=dict)
    """More headers, filled from the message."""

    body: TemplateText | None = None
    """What is sent, filled from the message; by default the payload (POST, PUT, PATCH)."""

    format: Format = "json"
    """How the payload is written."""

    answer: Format | list[Format] = "auto"
    """How the answer is read, or several in the order they are tried."""

    answer_headers: list[Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$")]] = Field(default=[])
    """Headers of answers that travel in `meta.headers` (names in lower case), such as `Link` to the next page."""

    refused: Literal["reject", "output"] = "reject"
    """What becomes of answers that are errors (3xx, 4xx): rejected, or passed on with `meta.status`."""

    timeout: Duration | None = None
    """Longest wait for an answer; the connection's when left out."""

    parallel: Annotated[int, Field(ge=1, le=100)] = 1
    """Ask so many at once; answers keep their order."""


class HttpRequest(Sink):
    """Ask for each message. 5xx, 408, 425, 429 and silence are tried again, but nothing that was answered."""

    config: HttpRequestConfig
    outputs = ("out",)
    merge = 100
    examples = (
        Example("Weather for a site", "{connection: weather, url: 'forecast/{site}'}"),
        Example("Tell another system", "{connection: mes, method: POST, url: 'orders/{payload.order}/done'}"),
    )

    def start(self) -> None:
        self._encode = encoder(self.config.format)

    def sends(self, message: Message) -> Mapping[str, Any]:
        headers, body = self._written(message)
        return {"method": self.config.method, "url": self.config.url.fill(message), "headers": headers, "body": body}

    async def open(self) -> None:
        self._connection = self.context.connection(self.config.connection, Http)
        self._decode = decoder(self.config.answer, self._connection.config.max_bytes, count=self.context.count)
        self._outcomes = Outcomes("request was refused", "requests were refused")

    async def write(self, messages: Messages) -> list[Message]:
        left = self._outcomes.left(messages)
        for start in range(0, len(left), self.config.parallel):
            await self._ask_together(messages, left[start : start + self.config.parallel])
        return self._outcomes.result()

    async def _ask_together(self, messages: Messages, places: list[int]) -> None:
        found = await asyncio.gather(*(self._outcome(messages[place]) for place in places), return_exceptions=True)
        for place, outcome in zip(places, found, strict=True):
            if isinstance(outcome, Message):
                self._outcomes.took(place, outcome)
            elif isinstance(outcome, str):
                self._outcomes.refused(place, outcome)
        for outcome in found:
            if isinstance(outcome, BaseException):
                raise outcome

    async def _outcome(self, message: Message) -> Message | str:
        """The answer as a message, or why there will never be one. Raises Unavailable."""
        try:
            answer = await self._ask(message)
        except HttpAway as away:
            raise Unavailable(str(away), away.retry_after_s) from away
        except (HttpRefused, ValueError) as fault:
            return str(fault)[:300]
        if answer.busy:
            raise Unavailable(answer.brief, answer.retry_after_s)
        if not answer.ok and self.config.refused == "reject":
            return answer.brief
        try:
            payload = self._decode(answer.body) if answer.body else None
        except ValueError as fault:
            return f"answer cannot be read: {fault}"[:300]
        made = message.with_payload(payload).with_meta(status=answer.status)
        if not self.config.answer_headers:
            return made
        shown = {name.lower(): answer.headers[name] for name in self.config.answer_headers if name in answer.headers}
        return made.with_meta(headers=shown)

    def _written(self, message: Message) -> tuple[dict[str, str], bytes | None]:
        """Headers and body."""
        config = self.config
        headers = {name: text.fill(message) for name, text in config.headers.items()}
        body: bytes | None = None
        if config.body is not None:
            body = config.body.fill(message).encode()
        elif config.method not in _BODILESS:
            body = self._encode(message.payload)
            headers.setdefault("Content-Type", _TYPES.get(config.format, "application/octet-stream"))
        if config.method in ("POST", "PATCH") and message.id:
            # A retry after silence may come twice: who keeps the key can tell.
            headers.setdefault("Idempotency-Key", str(message.id))
        return headers, body

    async def _ask(self, message: Message) -> Answer:
        config = self.config
        headers, body = self._written(message)
        url = joined(self._connection.config.url, config.url.fill(message))
        return await self._connection.client.request(
            config.method, url, body=body, headers=headers, timeout_s=config.timeout
        )
