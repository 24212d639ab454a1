"""`tcp_request`: ask a device over a shared TCP connection, one question at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from flowengine import Config, Duration, Example, Message, Messages, Sink, Unavailable
from flowengine.config import connection
from nodes.batches.outcomes import Outcomes
from nodes.clients.tcp.asking import NoAnswer, ask
from nodes.clients.tcp.line import LineAway, LineLost
from nodes.codecs.payload import encoder
from nodes.connections.tcp import Tcp
from nodes.framing.settings import FramingConfig


class TcpRequestConfig(FramingConfig):
    """Settings of `tcp_request`."""

    connection: str = connection("tcp")
    """The connection, which `tcp_in` and `tcp_out` can share."""

    send: Literal["auto", "json", "msgpack", "cbor", "text", "bytes"] = "auto"
    """How questions are written; `auto` leaves text and bytes as they are and writes the rest as JSON."""

    after: str = ""
    """Text after each question, such as a line end."""

    framing: Literal["cobs", "slip", "lines", "length", "fixed", "delimited", "none"] = "lines"
    """Where an answer ends; with `none` it is what comes at one time."""

    timeout: Duration = 2.0
    """How long an answer may take."""


class TcpRequest(Sink):
    """Send each message as a question; its answer leaves by `out` with the question's topic and meta.

    One question is under way at a time. A question without an answer goes to the error port and is not sent again: the
    connection is made anew, so that a late answer is never taken for that of the next question.
    """

    config: TcpRequestConfig
    outputs = ("out",)
    merge = 1
    examples = (
        Example("Ask a scale for the weight", '{connection: scale, send: text, after: "\\r", framing: delimited, '
                'end: "\\r", format: text}'),
        Example("Questions of a fixed size", "{connection: drive, framing: fixed, length: 8, timeout: 500ms}"),
    )  # fmt: skip

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, TcpRequestConfig)
        return config.framing_faults()

    def start(self) -> None:
        self._encode = encoder(self.config.send)

    def sends(self, message: Message) -> Mapping[str, Any]:
        return {"body": self._encode(message.payload) + self.config.after.encode()}

    async def open(self) -> None:
        self._port = self.context.connection(self.config.connection, Tcp).port
        self._outcomes = Outcomes("question has no answer", "questions have no answer")

    async def write(self, messages: Messages) -> list[Message]:
        for place in self._outcomes.left(messages):
            message = messages[place]
            try:
                self._outcomes.took(place, message.with_payload(await self._ask(message)))
            except (LineLost, NoAnswer) as fault:
                self._outcomes.refused(place, str(fault))
            except LineAway as away:
                raise Unavailable(str(away), retry_after_s=0.2) from away
            except ValueError as fault:
                self._outcomes.refused(place, f"answer cannot be read: {fault}")
        return self._outcomes.result()

    async def _ask(self, message: Message) -> Any:
        """The answer. Raises ValueError for one that cannot be read."""
        decoder = self.config.new_decoder(self.context.count)

        def cut(data: bytes) -> list[Any]:
            values, rejected = decoder.feed(data)
            if rejected:
                raise ValueError(rejected[0][0])
            return values

        return await ask(self._port, self.sends(message)["body"], cut, self.config.timeout)
