"""A door for traps and informs of SNMP devices, versions 1, 2c and 3. Never here: messages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from pysnmp.carrier.asyncio.dgram import udp, udp6
from pysnmp.entity import config, engine
from pysnmp.entity.rfc3413 import ntfrcv
from pysnmp.error import PySnmpError

from nodes.clients.snmp.agent import User, credentials
from nodes.clients.snmp.guarded import guard_transport
from nodes.clients.snmp.values import plain

_UPTIME, _TRAP = "1.3.6.1.2.1.1.3.0", "1.3.6.1.6.3.1.1.4.1.0"
"""`sysUpTime.0` and `snmpTrapOID.0`, which every notification begins with (RFC 3416, 4.2.6)."""


class Trap(NamedTuple):
    """One notification: its OID, the other objects by OID, who sent it and how long that had been up."""

    oid: str
    values: dict[str, Any]
    peer: str
    uptime_s: float


class TrapDoor:
    """Open from the making on; `rubbish` hears of datagrams that are none. Raises OSError where there is no address."""

    def __init__(
        self, address: tuple[str, int], communities: Sequence[str], user: User | None, engine_id: bytes,
        take: Callable[[Trap], None], rubbish: Callable[[], None],
    ):  # fmt: skip
        self._take = take
        self._engine = engine.SnmpEngine()
        v6 = ":" in address[0]
        transport = guard_transport((udp6.Udp6AsyncioTransport if v6 else udp.UdpAsyncioTransport)(), rubbish)
        try:
            config.add_transport(
                self._engine, udp6.DOMAIN_NAME if v6 else udp.DOMAIN_NAME, transport.open_server_mode(address)
            )
        except PySnmpError as fault:
            raise OSError(str(fault)) from fault
        for place, community in enumerate(communities):
            config.add_v1_system(self._engine, f"community-{place}", community)
        if user is not None:
            made = credentials("3", "", user)
            config.add_v3_user(
                self._engine, user.name, made.authentication_protocol, made.authentication_key,
                made.privacy_protocol, made.privacy_key,
                securityEngineId=_octets(engine_id) if engine_id else None,
            )  # fmt: skip
        ntfrcv.NotificationReceiver(self._engine, self._heard)

    def close(self) -> None:
        """Shut it."""
        self._engine.close_dispatcher()

    def _heard(self, snmp: Any, state: Any, _engine: Any, _name: Any, found: Any, _ctx: Any) -> None:
        _, address = snmp.message_dispatcher.get_transport_info(state)
        oid, uptime_s, values = "", 0.0, dict[str, Any]()
        for name, value in found:
            try:
                read = plain(value)
            except ValueError:
                read = None
            if str(name) == _TRAP:
                oid = str(read)
            elif str(name) == _UPTIME:
                uptime_s = read / 100 if isinstance(read, int) else 0.0
            else:
                values[str(name)] = read
        self._take(Trap(oid, values, f"{address[0]}:{address[1]}", uptime_s))


def _octets(data: bytes) -> Any:
    from pysnmp.proto.api import v2c

    return v2c.OctetString(data)
