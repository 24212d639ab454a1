"""`tcp`: a TCP connection that several nodes share."""

from __future__ import annotations

from flowengine import Config, Connection, Example
from flowengine.diagnosis import Diagnosis
from nodes.clients.sockets import Address, Certificates, split_address
from nodes.clients.tcp.line import TcpLine
from nodes.clients.tcp.port import TcpPort
from nodes.clients.voice import Voice


class TcpConfig(Config):
    """Settings of a `tcp` connection."""

    also_called = dict.fromkeys(("url", "host", "address", "ip", "port"), "connect: HOST:4001")

    connect: Address
    """Address to connect to, such as `10.0.0.7:4001`; connected again when the connection is lost."""

    tls: Certificates | None = None
    """Certificates for TLS; `{}` trusts the system's authorities."""


class Tcp(Connection):
    """One connection for reading, writing and asking, for devices and converters that take only one."""

    config: TcpConfig
    examples = (
        Example("A converter on a serial line", "{connect: '10.0.0.7:4001'}"),
        Example("Encrypted", "{connect: 'scale.example.com:4001', tls: {ca: ca.pem}}"),
    )

    async def open(self) -> None:
        host, port = split_address(self.config.connect)
        line = TcpLine(host, port, Voice(self.log, self.clock.now_s), self.config.tls)
        self.port = TcpPort(line, self.clock.time_ns)
        self.port.start()

    async def close(self) -> None:
        await self.port.close()

    @property
    def up(self) -> bool:
        return self.port.line.up

    @property
    def fault(self) -> str:
        return "" if self.up else f"not connected: {self.port.line.reason}"

    def diagnosis(self) -> Diagnosis:
        return self.port.diagnosis()

    @property
    def reconnects(self) -> int:
        return max(0, self.port.line.opened - 1)

    @property
    def dead(self) -> bool:
        return self.port.line.dead
