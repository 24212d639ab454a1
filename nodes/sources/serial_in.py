"""`serial_in`: receive from a serial port."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from flowengine import Config, Example, Message, Outlet, Source
from nodes.clients.serial.line import Port, SerialLine, one_of
from nodes.clients.serial.port import SerialPort
from nodes.clients.voice import Voice
from nodes.codecs.payload import decoder
from nodes.connections.serial import Serial
from nodes.framing.undecoded import decoded, emit_decoded
from nodes.queues.listener import listening

Format = Literal["auto", "json", "msgpack", "cbor", "text", "bytes"]


class SerialInConfig(SerialLine):
    """Settings of `serial_in`."""

    port: Port | None = None
    """Path of the device, or `usb:VID:PID/SERIAL`; or name a `connection`, which `serial_out` can share."""

    connection: str = Field("", json_schema_extra={"format": "connection", "connection": "serial"})
    """The shared port, instead of `port` and its settings."""

    format: Format | list[Format] = "bytes"
    """How a piece is read. Where frames begin and end is for `frame_decode`, which wants bytes."""

    topic: str = ""
    """Topic of the messages."""


class SerialIn(Source):
    """Each message is what was read at one time: a piece of the stream, cut anywhere. `meta.reopened` is on the first
    one after the port was lost, so that `frame_decode` joins no halves of two frames. Port `opened` tells each opening
    of the port: its name, and the how many-th it is."""

    config: SerialInConfig
    outputs = ("out", "opened")
    examples = (
        Example("A gateway by its USB id", "{port: 'usb:0403:6015/A50285BI', baud: 921600}"),
        Example("A shared port", "{connection: gateway}"),
    )

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, SerialInConfig)
        return one_of(config.port, config.connection)

    def start(self) -> None:
        self._decode = decoder(self.config.format, count=self.context.count)
        self._own: SerialPort | None = None

    async def run(self, emit: Outlet) -> None:
        config = self.config
        if config.port is None:
            await self._read(self.context.connection(config.connection, Serial).port, emit)
            return
        voice = Voice(self.context.log, self.context.clock.now_s)
        port = self._own = SerialPort(config.port, config, voice)
        port.start()
        try:
            await self._read(port, emit)
        finally:
            self._own = None
            await port.close()

    @property
    def fault(self) -> str:
        port = self._own
        return "" if port is None or port.up else f"not connected: {port.name} is {port.state}"

    def received(self, message: Message) -> Message:
        return decoded(message, self._decode, self.config.topic)

    async def _read(self, port: SerialPort, emit: Outlet) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._openings(port, emit))
            with listening(port, lambda: port.opened) as more:
                while True:
                    for data, again in await more():
                        await emit_decoded(
                            data, self._decode, self.config.topic, {"reopened": True} if again else {}, emit
                        )

    async def _openings(self, port: SerialPort, emit: Outlet) -> None:
        opened = 0
        while True:
            opened = await port.opened_after(opened)
            await emit(Message({"port": port.name, "opened": opened}, self.config.topic), port="opened")
