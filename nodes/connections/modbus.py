"""`modbus`: a Modbus bus that nodes poll and write in turn."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from flowengine import Config, Connection, Duration, Example
from flowengine.diagnosis import Diagnosis
from nodes.clients.address_words import in_url
from nodes.clients.modbus.bus import Bus
from nodes.clients.modbus.exchange import Exchange
from nodes.clients.modbus.line import Line, SerialLineOfBus, TcpLine
from nodes.clients.serial.line import SerialLine
from nodes.clients.voice import Voice
from nodes.codecs.modbus.ascii_frames import AsciiFraming
from nodes.codecs.modbus.frames import Framing, MbapFraming, RtuFraming

TCP_PORT = 502
_FRAMINGS: dict[str, type[Framing]] = {"tcp": MbapFraming, "rtu": RtuFraming, "ascii": AsciiFraming}
_NETWORK = re.compile(r"(tcp|rtu\+tcp|ascii\+tcp)://(\[[0-9a-fA-F:.]+\]|[^\s:/\[\]]+)(?::(\d{1,5}))?/?")
_SERIAL = re.compile(r"(rtu|ascii):(?://)?(/\S+|usb:\S+)")


def _url(text: str) -> str:
    network = _NETWORK.fullmatch(text)
    if _SERIAL.fullmatch(text) or (network and int(network[3] or TCP_PORT) <= 65_535):
        return text
    raise ValueError(
        f"{text!r} is no Modbus address; write tcp://HOST:502, rtu+tcp://HOST:4001 (a converter that passes on RTU), "
        "rtu:///dev/ttyUSB0 or rtu:usb:VID:PID/SERIAL; ascii in place of rtu for devices that speak Modbus ASCII"
    )


class ModbusConfig(Config):
    """Settings of a `modbus` connection."""

    also_called = in_url("tcp://HOST:502")

    url: Annotated[str, AfterValidator(_url)]
    """`tcp://host:502`, `rtu:///dev/ttyUSB0`, `rtu:usb:0403:6001`, or `rtu+tcp://host:4001` for a converter;
    `ascii` in place of `rtu` for Modbus ASCII."""

    baud: int = Field(default=19_200, ge=50, le=4_000_000, json_schema_extra={"x-unit": "bit/s"})
    """Bits per second of a serial line."""

    parity: Literal["none", "even", "odd"] = "even"
    """Check bit of a serial line; the standard asks for `even`, many meters come with `none`."""

    data_bits: Literal[7, 8] | None = None
    """Bits of a byte on a serial line; by default 8, and 7 with Modbus ASCII, as the standard has it."""

    stop_bits: Literal[1, 2] = 1
    """Stop bits of a serial line."""

    timeout: Duration = 1.0
    """How long a unit may take to answer."""

    pause: Duration | None = None
    """Silence before each request; by default what a serial line needs (3.5 characters), and none on TCP."""

    @property
    def pause_s(self) -> float:
        """Seconds of silence before a request: 3.5 characters, 1.75 ms above 19,200 Bd (Serial Line V1.02, 2.5.1.1)."""
        if self.pause is not None:
            return self.pause
        if not self.url.startswith("rtu:"):
            return 0.0
        return 0.00175 if self.baud > 19_200 else 3.5 * 11 / self.baud


class Modbus(Connection):
    """One bus: requests never overlap, writes go before polls, a silent unit delays nobody longer than `timeout`."""

    config: ModbusConfig
    examples = (
        Example("A gateway", "{url: 'tcp://10.0.0.7:502'}"),
        Example("Meters on RS-485", "{url: 'rtu:///dev/ttyUSB0', baud: 9600, parity: none}"),
        Example("A scale that speaks Modbus ASCII", "{url: 'ascii:///dev/ttyUSB1', baud: 9600}"),
        Example("A converter that passes on RTU", "{url: 'rtu+tcp://10.0.0.8:4001', timeout: 2s}"),
    )

    async def open(self) -> None:
        line, framing = self._line_and_framing()
        exchange = Exchange(line, framing, self.clock, self.config.timeout, self.config.pause_s)
        self.bus = Bus(exchange, self.clock)
        self.bus.start()

    async def close(self) -> None:
        await self.bus.close()

    @property
    def up(self) -> bool:
        return self.bus.exchange.up

    @property
    def fault(self) -> str:
        if self.up:
            return ""
        line = self.bus.exchange.line
        return "no unit answers" if line.up else f"not connected: {line.reason}"

    @property
    def reconnects(self) -> int:
        return max(0, self.bus.exchange.line.opened - 1)

    @property
    def dead(self) -> bool:
        return self.bus.dead

    can_read_now = True

    def diagnosis(self) -> Diagnosis:
        return self.bus.diagnosis()

    def read_now(self, party: str) -> bool:
        return party.isdigit() and self.bus.read_now(int(party))

    def _line_and_framing(self) -> tuple[Line, Framing]:
        config, voice = self.config, Voice(self.log, self.clock.now_s)
        network = _NETWORK.fullmatch(config.url)
        if network is not None:
            line = TcpLine(network[2].strip("[]"), int(network[3] or TCP_PORT), voice)
            return line, _FRAMINGS[network[1].removesuffix("+tcp")]()
        port = _SERIAL.fullmatch(config.url)
        assert port is not None
        data_bits = config.data_bits or (7 if port[1] == "ascii" else 8)
        settings = SerialLine(
            baud=config.baud, data_bits=data_bits, parity=config.parity, stop_bits=config.stop_bits
        )  # fmt: skip
        return SerialLineOfBus(port[2], settings, voice), _FRAMINGS[port[1]]()
