"""`snmp_trap_in`: receive traps and informs of SNMP devices."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, Field, PositiveInt

from flowengine import Config, Example, Message, Outlet, SecretText, Source, Unavailable
from nodes.clients import extras
from nodes.clients.sockets import Address, split_address
from nodes.connections.snmp import SnmpUser, user_of
from nodes.queues.source_queue import SourceQueue

if TYPE_CHECKING:
    from nodes.clients.snmp.traps import Trap

_ENGINE_ID = re.compile(r"(0x)?((?:[0-9a-fA-F]{2}){5,32})?")


def _engine_id(text: str) -> str:
    if not _ENGINE_ID.fullmatch(text):
        raise ValueError(f"{text!r} is no engine id; write 5 to 32 bytes in hex, such as 80001f8880e9630000d61ff449")
    return text.removeprefix("0x")


class SnmpTrapInConfig(SnmpUser):
    """Settings of `snmp_trap_in`."""

    listen: Address
    """Address to listen on, such as `0.0.0.0:162`; ports below 1024 need the right to take them."""

    communities: list[SecretText] = Field(default=[])
    """Communities of versions 1 and 2c that are heard; write `${secret:NAME}`. What comes with another is dropped."""

    engine_id: Annotated[str, AfterValidator(_engine_id)] = ""
    """With version 3 and traps: the engine id of the device that sends them, in hex; informs need none."""

    waiting: PositiveInt = 10_000
    """Most notifications that may wait for the flow; more are dropped and counted."""

    topic: str = ""
    """Topic of the messages; the notification's OID by default."""


class SnmpTrapIn(Source):
    """Each notification is a message: a map of its objects by OID; in meta `trap` (its OID), `peer` and `uptime_s`.

    An inform is confirmed when it was received, not when the flow has it. Needs the extra `snmp`.
    """

    config: SnmpTrapInConfig
    examples = (
        Example("Traps of all devices that know the community", "{listen: '127.0.0.1:1162', communities: [public]}"),
    )

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, SnmpTrapInConfig)
        faults = []
        if not config.communities and not config.user:
            faults.append(("communities", "neither these nor `user`: nobody is heard"))
        return faults

    @classmethod
    def lacks(cls) -> Sequence[tuple[str, str]]:
        return extras.SNMP.lacks("listen")

    async def run(self, emit: Outlet) -> None:
        from nodes.clients.snmp.traps import TrapDoor

        config = self.config
        arrivals: SourceQueue[tuple[int, Trap]] = SourceQueue(config.waiting)
        communities = [community.reveal() for community in config.communities]
        try:
            door = TrapDoor(
                split_address(config.listen), communities, user_of(config), bytes.fromhex(config.engine_id),
                lambda trap: self._take(trap, arrivals), lambda: self.context.count("datagrams that are none"),
            )  # fmt: skip
        except OSError as fault:
            raise Unavailable(f"{config.listen}: {fault.strerror or fault}") from fault
        try:
            while True:
                await emit([self._message(time_ns, trap) for time_ns, trap in await arrivals.take(1000)])
        finally:
            door.close()

    def received(self, message: Message) -> Message:
        if not isinstance(message.payload, dict):
            raise ValueError("payload is no map of objects by OID")
        return message.replace(topic=message.topic or self.config.topic)

    def _take(self, trap: Trap, arrivals: SourceQueue[tuple[int, Trap]]) -> None:
        if not arrivals.offer((self.context.clock.time_ns(), trap)):
            self.context.drop("flow is full")

    def _message(self, time_ns: int, trap: Trap) -> Message:
        meta: dict[str, Any] = {"trap": trap.oid, "peer": trap.peer, "uptime_s": trap.uptime_s}
        return Message(trap.values, self.config.topic or trap.oid, time_ns, meta)
