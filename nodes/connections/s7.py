"""`s7`: a Siemens S7 controller that nodes share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from flowengine import Config, Connection, Duration, Example
from flowengine.diagnosis import Diagnosis
from nodes.clients.voice import Voice

if TYPE_CHECKING:
    from nodes.clients.s7.plc import Plc


class S7Config(Config):
    """Settings of an `s7` connection."""

    also_called = dict.fromkeys(("url", "address", "ip", "server"), "host")

    host: str = Field(min_length=1)
    """Address of the controller."""

    port: int = Field(default=102, ge=1, le=65_535)
    """Its port."""

    rack: int = Field(default=0, ge=0, le=7)
    """Its rack."""

    slot: int = Field(default=1, ge=0, le=31)
    """The slot of the CPU: 1 of an S7-1200 or S7-1500, 2 of an S7-300."""

    timeout: Duration = 2.0
    """How long the controller may take to answer."""


class S7(Connection):
    """One session with a controller, which allows few. An S7-1200 or S7-1500 must permit access with PUT/GET, and
    blocks that are read must not be optimised. Needs the extra `s7`."""

    config: S7Config
    examples = (
        Example("An S7-1500", "{host: 10.0.0.9}"),
        Example("An S7-300", "{host: 10.0.0.9, slot: 2, timeout: 4s}"),
    )

    async def open(self) -> None:
        from nodes.clients.s7.plc import Plc
        from nodes.clients.s7.session import Access, Session

        config = self.config
        access = Access(config.host, config.port, config.rack, config.slot, config.timeout)
        self.plc: Plc = Plc(Session(access, Voice(self.log, self.clock.now_s), self.clock), self.clock)
        self.plc.start()

    async def close(self) -> None:
        await self.plc.close()

    @property
    def up(self) -> bool:
        return self.plc.session.up

    @property
    def fault(self) -> str:
        return "" if self.up else f"not connected: {self.plc.session.reason}"

    @property
    def reconnects(self) -> int:
        return max(0, self.plc.session.opened - 1)

    @property
    def dead(self) -> bool:
        return self.plc.dead

    can_read_now = True

    def diagnosis(self) -> Diagnosis:
        return self.plc.diagnosis()

    def read_now(self, party: str) -> bool:
        return self.plc.read_now(party)
