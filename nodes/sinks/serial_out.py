"""`serial_out`: write to a serial port."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from flowengine import Config, Duration, Example, Message, Messages, Rejected, Sink, Unavailable
from flowengine.counts import count_of
from nodes.batches.sorting import made_of
from nodes.clients.serial.line import Port, SerialLine, one_of
from nodes.clients.serial.port import PortAway, SerialPort
from nodes.clients.voice import Voice
from nodes.codecs.payload import encoder
from nodes.connections.serial import Serial


class SerialOutConfig(SerialLine):
    """Settings of `serial_out`."""

    port: Port | None = None
    """Path of the device, or `usb:VID:PID/SERIAL`; or name a `connection`, which `serial_in` can share."""

    connection: str = Field("", json_schema_extra={"format": "connection", "connection": "serial"})
    """The shared port, instead of `port` and its settings."""

    format: Literal["auto", "json", "msgpack", "cbor", "text", "bytes"] = "auto"
    """How payloads are written; `auto` leaves text and bytes as they are and writes the rest as JSON."""

    end: str = ""
    """Text after each message, such as a line end."""

    when_away: Literal["wait", "reject"] = "wait"
    """While the port is away: keep messages and try again, or reject them (a late command may be worse than none)."""

    timeout: Duration = 5.0
    """Longest time until the device took a batch."""


class SerialOut(Sink):
    """Write each message as it is; where frames begin and end is for `frame_encode`."""

    config: SerialOutConfig
    merge = 100
    examples = (
        Example("Commands as lines", '{connection: gateway, format: json, end: "\\n"}'),
        Example("A display", "{port: /dev/ttyUSB0, baud: 9600, format: text, when_away: reject}"),
    )

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, SerialOutConfig)
        return one_of(config.port, config.connection)

    def start(self) -> None:
        self._encode, self._end = encoder(self.config.format), self.config.end.encode()

    def sends(self, message: Message) -> Mapping[str, Any]:
        return {"body": self._piece(message)}

    def _piece(self, message: Message) -> bytes:
        return self._encode(message.payload) + self._end

    async def open(self) -> None:
        config = self.config
        self._own: SerialPort | None = None
        if config.port is None:
            self._port = self.context.connection(config.connection, Serial).port
        else:
            voice = Voice(self.context.log, self.context.clock.now_s)
            self._port = self._own = SerialPort(config.port, config, voice)
            self._own.start()

    async def close(self) -> None:
        if self._own is not None:
            await self._own.close()

    async def write(self, messages: Messages) -> None:
        pieces, bad = made_of(messages, self._piece)
        try:
            await self._port.write(b"".join(pieces.values()), self.config.timeout)
        except PortAway as away:
            if self.config.when_away == "reject":
                raise Rejected(str(away), {index: str(away) for index in range(len(messages))}) from away
            raise Unavailable(str(away), retry_after_s=0.2) from away
        if bad:
            raise Rejected(f"{count_of(len(bad), 'message')} cannot be written", bad)
