"""One OPC UA session that stays: made again after a loss, with all that was attached. Never here: values."""

from __future__ import annotations

import asyncio
import logging
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from asyncua import ua
from asyncua.client.client import Client
from asyncua.crypto import security_policies
from asyncua.observer import Observer
from asyncua.ua.uaerrors import UaError, UaStatusCodeError

from flowengine.ending import end
from nodes.clients.voice import Voice

FIRST_WAIT_S, LONGEST_WAIT_S = 0.2, 2.0
"""The pause before the next try; what was away is read again within 5 s of its return, a slow handshake included."""
WATCH_S = 1.0
"""How often the server is asked whether it is there, while nothing else is heard."""

CLOSE_S = 3.0
_POLICIES: dict[str, type[Any]] = {
    "Basic256Sha256": security_policies.SecurityPolicyBasic256Sha256,
    "Aes256_Sha256_RsaPss": security_policies.SecurityPolicyAes256Sha256RsaPss,
}
logging.getLogger("asyncua").setLevel(logging.CRITICAL)  # what it says of a loss is said by us, once

FAULTS = (OSError, TimeoutError, UaError, ValueError)
"""What asyncua raises when a server is away, refuses or answers nonsense."""


@dataclass(frozen=True)
class Access:
    """How a server is reached: its address, policy and mode, the user, and where this client's certificate lies."""

    url: str
    policy: str
    sign_only: bool
    username: str
    password: str = field(repr=False)
    cert: Path
    key: Path
    own: bool
    """Whether certificate and key are made here when they are missing."""

    timeout_s: float


class Attached(Protocol):
    """What lives on a session: begun anew with each one."""

    async def begin(self, client: Client) -> None:
        """A session is there. Raises what asyncua raises; the session is then made anew."""

    def lost(self, reason: str) -> None:
        """It is gone, or could not be made."""


class Session:
    """Keeps a session open."""

    def __init__(self, access: Access, voice: Voice, observer: Observer):
        self._access, self._voice, self._observer = access, voice, observer
        self.opened = 0
        self.reason = ""
        self._attached: list[Attached] = []
        self._client: Client | None = None
        self._again = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def client(self) -> Client | None:
        """The session at this moment; None while there is none."""
        return self._client

    @property
    def dead(self) -> bool:
        """Whether its task has ended though nobody closed it."""
        return self._task is not None and self._task.done()

    def start(self) -> None:
        """Begin; does not wait for the server."""
        self._task = asyncio.create_task(self._stay(), name=f"opcua {self._access.url}")

    async def close(self) -> None:
        """For good."""
        if self._task is not None:
            await end(self._task)

    async def attach(self, each: Attached) -> None:
        """Begin it with the session of this moment, and with each later one."""
        self._attached.append(each)
        if self._client is None:
            if self.reason:  # else the first try is under way, and tells how it ended
                each.lost(self.reason)
            return
        try:
            await each.begin(self._client)
        except FAULTS as fault:
            each.lost(words(fault))
            self._again.set()

    @property
    def attached(self) -> list[Attached]:
        """What lives on it."""
        return list(self._attached)

    def detach(self, each: Attached) -> None:
        """No more."""
        self._attached.remove(each)

    async def _stay(self) -> None:
        wait_s = FIRST_WAIT_S
        while True:
            client = self._new_client()
            self._again.clear()
            try:
                await self._open(client)
                wait_s = FIRST_WAIT_S
                await self._again.wait()
                self._lost("the server closed the session or does not answer")
            except FAULTS as fault:
                self._lost(words(fault))
            finally:
                self._client = None
                await _close(client)
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)

    def _new_client(self) -> Client:
        access = self._access
        client = Client(access.url, timeout=access.timeout_s, watchdog_intervall=WATCH_S)
        client.application_uri = "urn:flowengine:client"
        client.name = client.description = "flowengine"
        if access.username:
            client.set_user(access.username)
            client.set_password(access.password)

        async def gone(_: Exception) -> None:
            self._again.set()

        client.connection_lost_callback = gone
        client.uaclient.observer = self._observer
        return client

    async def _open(self, client: Client) -> None:
        access = self._access
        if access.policy != "none":
            if access.own:
                await asyncio.to_thread(_certify, client, access)
            mode = ua.MessageSecurityMode.Sign if access.sign_only else ua.MessageSecurityMode.SignAndEncrypt
            await client.set_security(_POLICIES[access.policy], access.cert, access.key, mode=mode)
        await client.connect()
        for each in self._attached:
            await each.begin(client)
        self._client, self.reason = client, ""
        self.opened += 1
        self._voice.there(f"connected to {access.url}")

    def _lost(self, reason: str) -> None:
        self._client = None
        self.reason = reason
        self._voice.away(reason)
        for each in self._attached:
            each.lost(reason)


def _certify(client: Client, access: Access) -> None:
    """Make key and certificate where there are none; takes a processor for long, so in a thread of its own."""
    asyncio.run(client.setup_self_signed_certificate(access.key, access.cert))
    os.chmod(access.key, 0o600)


def words(fault: BaseException) -> str:
    """A fault in words a person can use."""
    if isinstance(fault, UaStatusCodeError):
        return ua.StatusCode(fault.code).name
    if isinstance(fault, TimeoutError):
        return "no answer in time"
    if isinstance(fault, ConnectionRefusedError):
        return "nothing listens there"
    return str(fault) or type(fault).__name__


async def _close(client: Any) -> None:
    """Give the session back where the server is there to take it; never wait for one that is not."""
    try:
        async with asyncio.timeout(CLOSE_S):
            await client.disconnect()
    except FAULTS:
        client.disconnect_socket()
