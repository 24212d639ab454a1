"""One SNMP agent that is asked: objects by their OIDs, or all below one. Never here: turns, points."""

from __future__ import annotations

import logging
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pysnmp.error import PySnmpError
from pysnmp.hlapi.v3arch import asyncio as snmp
from pysnmp.proto import errind, rfc1905

from flowengine.clock import Clock
from flowengine.diagnosis import Tape
from nodes.clients.snmp.guarded import guard_transport
from nodes.clients.snmp.taped import tape_transport
from nodes.clients.snmp.values import plain
from nodes.polling.schedule import NO_ANSWER

MOST_ROWS = 10_000
"""Objects that are walked over below one OID."""

ROWS_AT_ONCE = 25
_AUTH = {
    "none": snmp.USM_AUTH_NONE, "md5": snmp.USM_AUTH_HMAC96_MD5, "sha": snmp.USM_AUTH_HMAC96_SHA,
    "sha224": snmp.USM_AUTH_HMAC128_SHA224, "sha256": snmp.USM_AUTH_HMAC192_SHA256,
    "sha384": snmp.USM_AUTH_HMAC256_SHA384, "sha512": snmp.USM_AUTH_HMAC384_SHA512,
}  # fmt: skip
_PRIVACY = {
    "none": snmp.USM_PRIV_NONE, "des": snmp.USM_PRIV_CBC56_DES, "aes": snmp.USM_PRIV_CFB128_AES,
    "aes192": snmp.USM_PRIV_CFB192_AES_BLUMENTHAL, "aes192_cisco": snmp.USM_PRIV_CFB192_AES,
    "aes256": snmp.USM_PRIV_CFB256_AES_BLUMENTHAL, "aes256_cisco": snmp.USM_PRIV_CFB256_AES,
}  # fmt: skip
logging.getLogger("pysnmp").setLevel(logging.CRITICAL)


class AgentSilent(Exception):
    """No answer in time; the reason in words."""


class AgentRefusal(Exception):
    """The agent says no."""


@dataclass(frozen=True)
class User:
    """A user of version 3."""

    name: str
    auth: str
    auth_key: str = field(repr=False)
    privacy: str
    privacy_key: str = field(repr=False)


@dataclass(frozen=True)
class Access:
    """Where an agent is reached and how; `user` only with version 3."""

    host: str
    port: int
    version: str
    community: str = field(repr=False)
    user: User | None
    timeout_s: float
    retries: int


def credentials(version: str, community: str, user: User | None) -> Any:
    """What pysnmp wants of them."""
    if user is None:
        return snmp.CommunityData(community, mpModel=0 if version == "1" else 1)
    return snmp.UsmUserData(
        user.name, user.auth_key or None, user.privacy_key or None,
        authProtocol=_AUTH[user.auth], privProtocol=_PRIVACY[user.privacy],
    )  # fmt: skip


class Agent:
    """`reason` says why it does not answer; empty while it does."""

    def __init__(self, access: Access, clock: Clock):
        self._access, self._clock = access, clock
        self.reason = "not asked yet"
        self.requests = self.timeouts = self.rubbish = 0
        self.round_trip_s = 0.0
        self.tape = Tape(clock.time_ns)
        self._engine: Any = None
        self._target: Any = None

    def close(self) -> None:
        """Let the socket go."""
        if self._engine is not None:
            self._engine.close_dispatcher()
            self._engine = None

    async def get(self, oids: Sequence[str]) -> list[Any]:
        """The values, in order; a ValueError in its place for an object that is not there.

        Raises `AgentSilent`, `AgentRefusal`.
        """
        asked = [snmp.ObjectType(snmp.ObjectIdentity(oid)) for oid in oids]
        found = await self._ask(snmp.get_cmd, *asked)
        if [str(name) for name, _ in found] != [oid.lstrip(".") for oid in oids]:
            raise AgentRefusal("bad answer: it is about other objects")
        return [_plain(value) for _, value in found]

    async def walk(self, oid: str) -> dict[str, Any]:
        """Everything below `oid`, by the rest of its OID. Raises as `get`, and when there is no end to it."""
        base = oid.strip(".") + "."
        last, found = oid.strip("."), dict[str, Any]()
        while True:
            for name, value in await self._after(last):
                if not name.startswith(base) or value is None:
                    return found
                if _numbers(name) <= _numbers(last):
                    raise AgentRefusal(f"it goes in circles at {name}")
                last = name
                if not isinstance(value, ValueError):
                    found[name[len(base) :]] = value
                if len(found) >= MOST_ROWS:
                    raise AgentRefusal(f"more than {MOST_ROWS} objects below {oid}")

    async def _after(self, oid: str) -> list[tuple[str, Any]]:
        """What follows, some of it; None for a value at the end of everything."""
        asked = snmp.ObjectType(snmp.ObjectIdentity(oid))
        try:
            if self._access.version == "1":
                found = await self._ask(snmp.next_cmd, asked)
            else:
                found = await self._ask(snmp.bulk_cmd, 0, ROWS_AT_ONCE, asked)
        except AgentRefusal as refusal:
            if self._access.version == "1" and "noSuchName" in str(refusal):  # how version 1 says that nothing follows
                return [("", None)]
            raise
        ended = rfc1905.EndOfMibView
        return [(str(name), None if isinstance(value, ended) else _plain(value)) for name, value in found] or [
            ("", None)
        ]

    async def _ask(self, command: Any, *arguments: Any) -> list[tuple[Any, Any]]:
        access, begun_s = self._access, self._clock.now_s()
        self.requests += 1
        try:
            engine, target = await self._reached()
            told = await command(
                engine, credentials(access.version, access.community, access.user), target, snmp.ContextData(),
                *arguments, lookupMib=False,
            )  # fmt: skip
        except (PySnmpError, OSError) as fault:
            self.reason = _words(fault, access.host)
            raise AgentSilent(self.reason) from fault
        indication, status, index, found = told
        if indication:
            self._failed(indication)
        self.reason, self.round_trip_s = "", self._clock.now_s() - begun_s
        if status:
            raise AgentRefusal(f"{status.prettyPrint()} at object {int(index)}")
        return list(found)

    def _failed(self, indication: Any) -> None:
        if isinstance(indication, errind.RequestTimedOut):
            self.timeouts += 1
            self.reason = NO_ANSWER
            raise AgentSilent(self.reason)
        self.reason = str(indication)
        raise AgentRefusal(self.reason)

    def _heard_rubbish(self) -> None:
        self.rubbish += 1

    async def _reached(self) -> tuple[Any, Any]:
        access = self._access
        if self._engine is None:
            self._engine = snmp.SnmpEngine()
        if self._target is None:  # the name is looked up once it can be
            transport = snmp.Udp6TransportTarget if ":" in access.host else snmp.UdpTransportTarget
            target = await transport.create((access.host, access.port), access.timeout_s, access.retries)
            opened = target.open_client_mode
            target.open_client_mode = lambda: guard_transport(tape_transport(opened(), self.tape), self._heard_rubbish)
            self._target = target
        return self._engine, self._target


def _plain(value: Any) -> Any:
    try:
        return plain(value)
    except ValueError as fault:
        return fault


def _numbers(oid: str) -> list[int]:
    return [int(part) for part in oid.split(".")]


def _words(fault: BaseException, host: str) -> str:
    if isinstance(fault, socket.gaierror) or "Bad IPv" in str(fault):
        return f"no address is known for {host}"
    return str(fault) or type(fault).__name__
