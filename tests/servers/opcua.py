"""One OPC UA server for a whole run, in a thread of its own; stopped and started on its port. Judges nothing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from asyncua import Server, ua
from asyncua.common.callback import CallbackType
from asyncua.crypto.cert_gen import setup_self_signed_certificate
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.user_managers import UserManager
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.servers.ports import next_free_port

VALUES: dict[str, Any] = {
    "t": ua.Variant(21.5, ua.VariantType.Double),
    "n": ua.Variant(7, ua.VariantType.Int16),
    "on": ua.Variant(True, ua.VariantType.Boolean),
    "name": ua.Variant("press", ua.VariantType.String),
    "f": ua.Variant(0.1, ua.VariantType.Float),
    "list": ua.Variant([1.0, 2.0], ua.VariantType.Double),
}
MANY = 2000
POLICIES = [
    ua.SecurityPolicyType.NoSecurity,
    ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt,
    ua.SecurityPolicyType.Aes256Sha256RsaPss_Sign,
]


class _Users(UserManager):
    def get_user(self, iserver: Any, username: Any = None, password: Any = None, certificate: Any = None) -> Any:
        known = username is None or (username, password) == ("flow", "s3cret")
        return User(role=UserRole.User) if known else None


class OpcUaPlant:
    """The variables of `VALUES`, which clients may write, and `p0` and so on, with node ids `ns=2;s=NAME`."""

    def __init__(self, folder: Path, many: int = MANY):
        self._folder, self._many, self.port = folder, many, next_free_port()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="opcua server", daemon=True).start()
        self._variables: dict[str, Any] = {}
        self._running = False
        self.writes: list[tuple[str, Any]] = []
        """What clients wrote, in order: the node's name and the value."""

        self._do(self._make())

    @property
    def url(self) -> str:
        """For an `opcua` connection."""
        return f"opc.tcp://127.0.0.1:{self.port}/plant"

    def start(self) -> None:
        """Serve; with new sessions and subscriptions after a stop, as a machine does that was switched off."""
        if not self._running:
            self._running = True
            self._do(self._server.start())

    def stop(self) -> None:
        """Hang up."""
        if self._running:
            self._running = False
            self._do(self._server.stop())

    def put(self, name: str, value: ua.DataValue | ua.Variant) -> None:
        """Change a variable."""
        self._do(self._variables[name].write_value(value))

    async def put_each(self, values: Mapping[str, float]) -> None:
        """Change many at once, while the caller's loop goes on."""

        async def write() -> None:
            for name, value in values.items():
                await self._variables[name].write_value(value)

        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(write(), self._loop))

    def value(self, name: str) -> Any:
        """What it holds."""
        return self._do(self._variables[name].read_value())

    def reset(self) -> None:
        """As at the beginning."""
        self.start()
        self.writes.clear()
        for name, value in VALUES.items():
            self.put(name, value)

    def _written(self, event: Any, _: Any) -> None:
        if event.is_external:
            for write in event.request_params.NodesToWrite:
                self.writes.append((str(write.NodeId.Identifier), write.Value.Value.Value))

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(150)

    async def _make(self) -> None:
        server = self._server = Server(user_manager=_Users())
        await server.init()
        server.set_endpoint(self.url)
        await server.set_application_uri("urn:plant:server")
        cert, key = self._folder / "server.der", self._folder / "server.pem"
        usage = [ExtendedKeyUsageOID.SERVER_AUTH]
        await setup_self_signed_certificate(key, cert, "urn:plant:server", "localhost", usage, {})
        server.set_security_policy(POLICIES)
        await server.load_certificate(str(cert))
        await server.load_private_key(str(key))
        await server.register_namespace("urn:plant")
        server.subscribe_server_callback(CallbackType.PostWrite, self._written)
        for name, value in {**VALUES, **{f"p{n}": float(n) for n in range(self._many)}}.items():
            variable = await server.nodes.objects.add_variable(ua.NodeId(name, 2), name, value)
            if name in VALUES:  # for thousands it would take a second
                await variable.set_writable()
            self._variables[name] = variable


@pytest.fixture(scope="session")
def opcua_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpcUaPlant]:
    """The server: making one takes seconds of a processor."""
    plant = OpcUaPlant(tmp_path_factory.mktemp("opcua"))
    plant.start()
    yield plant
    plant.stop()


@pytest.fixture
def opcua_plant(opcua_server: OpcUaPlant) -> OpcUaPlant:
    """The server with its first values."""
    opcua_server.reset()
    return opcua_server
