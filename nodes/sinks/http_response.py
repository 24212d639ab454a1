"""`http_response`: answer the request that a message came by."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from flowengine import Config, Example, Message, Messages, Rejected, Sink
from flowengine.counts import count_of
from flowengine.expression import TemplateError, TemplateText
from nodes.codecs.payload import BadPayload, encoder
from nodes.servers.http.exchange import EXCHANGES, META, Reply

TYPES = {"json": "application/json", "text": "text/plain; charset=utf-8", "bytes": "application/octet-stream"}


def _headers(headers: dict[str, str]) -> dict[str, str]:
    if any(set("\r\n\0") & set(name + value) or not name for name, value in headers.items()):
        raise ValueError("a header is one line and has a name")
    return headers


class HttpResponseConfig(Config):
    """Settings of `http_response`."""

    status: int | TemplateText = Field(200, union_mode="left_to_right")
    """Status code; a template such as `{status}` takes it from the message."""

    body: TemplateText | None = None
    """Text of the answer; by default the payload, text and bytes as they are and everything else as JSON."""

    content_type: str = ""
    """Type of the body; by default what the payload is."""

    empty: int | None = Field(None, ge=200, le=599)
    """Status when there is nothing to answer with: no rows, an empty list or map, null; such as 404."""

    headers: Annotated[dict[str, str], AfterValidator(_headers)] = Field(default_factory=dict)
    """More headers."""


class HttpResponse(Sink):
    """Answer the request that a message came by; who waits no longer is counted."""

    config: HttpResponseConfig
    examples = (
        Example("The payload as JSON", "{}"),
        Example("A text", "{status: 404, body: 'no {device}', content_type: text/plain}"),
    )

    async def write(self, messages: Messages) -> None:
        bad: dict[int, str] = {}
        for index, message in enumerate(messages):
            token = message.meta.get(META)
            if not isinstance(token, str):
                bad[index] = "this message came by no request that a flow answers"
                continue
            try:
                reply = self._reply(message)
            except (BadPayload, TemplateError, ValueError) as fault:
                bad[index] = str(fault)
                reply = Reply(500, b"the flow made no valid answer\n")
            # After a time-out, a restart or a first answer nobody waits any more.
            if not EXCHANGES.answer(token, reply):
                self.context.count("answers that nobody waited for")
        if bad:
            raise Rejected(f"{count_of(len(bad), 'message')} could not be answered", bad)

    def _reply(self, message: Message) -> Reply:
        config = self.config
        status = config.status if isinstance(config.status, int) else int(config.status.fill(message))
        if config.empty is not None and message.payload in (None, [], {}, "", b""):
            return Reply(config.empty, b"there is nothing of that name\n")
        if not 200 <= status <= 599:
            raise ValueError(f"{status} is no status of an answer")
        kind, body = _encoded(message.payload) if config.body is None else ("text", config.body.fill(message).encode())
        headers = {"Content-Type": config.content_type or TYPES[kind], **config.headers}
        return Reply(status, b"" if status in (204, 304) else body, headers)


def _encoded(payload: object) -> tuple[Literal["json", "text", "bytes"], bytes]:
    if isinstance(payload, bytes):
        return "bytes", payload
    if isinstance(payload, str):
        return "text", payload.encode()
    return "json", encoder("json")(payload)
