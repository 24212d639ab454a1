"""`serial`: a serial port that several nodes share."""

from __future__ import annotations

from flowengine import Connection, Example
from flowengine.diagnosis import Diagnosis
from nodes.clients.serial.line import Port, SerialLine
from nodes.clients.serial.port import SerialPort
from nodes.clients.voice import Voice


class SerialConfig(SerialLine):
    """Settings of a `serial` connection."""

    port: Port
    """Path of the device, or `usb:VID:PID/SERIAL` (serial number optional), found under whatever name it has."""


class Serial(Connection):
    """One port for reading and writing; opened again when it was unplugged, under another name if need be."""

    config: SerialConfig
    examples = (
        Example("A gateway by its USB id", "{port: 'usb:0403:6015/A50285BI', baud: 921600}"),
        Example("A meter on RS-485", "{port: /dev/ttyS1, baud: 9600, parity: even}"),
    )

    async def open(self) -> None:
        self.port = SerialPort(self.config.port, self.config, Voice(self.log, self.clock.now_s), self.clock.time_ns)
        self.port.start()

    async def close(self) -> None:
        await self.port.close()

    @property
    def up(self) -> bool:
        return self.port.up

    def diagnosis(self) -> Diagnosis:
        return self.port.diagnosis()

    @property
    def reconnects(self) -> int:
        return max(0, self.port.opened - 1)

    @property
    def fault(self) -> str:
        return "" if self.up else f"not connected: {self.config.port} is {self.port.state}"
