"""A real SNMP agent (net-snmp), for anyone on loopback, in versions 1, 2c and 3. Judges nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.ports import next_free_port
from tests.servers.process import ServerProcess, program, server_folder, serving

USER, AUTH_KEY, PRIVACY_KEY = "flow", "auth-of-flow", "privacy-of-flow"
CONTACT = "Ada <ada@plant.example>"


class Snmpd(ServerProcess):
    """The agent: `public` reads, as does the user of version 3."""

    def __init__(self, folder: Path):
        port = next_free_port()
        (folder / "snmpd.conf").write_text(
            f"agentaddress udp:127.0.0.1:{port},tcp:127.0.0.1:{port}\nrocommunity public\nsysContact {CONTACT}\n"
            f"createUser {USER} SHA-256 {AUTH_KEY} AES {PRIVACY_KEY}\nrouser {USER} priv\n"
        )
        kept = f"SNMP_PERSISTENT_DIR={folder}"
        command = ["env", kept, program("snmpd", "snmpd"), "-f", "-Lo", "-C", "-c", str(folder / "snmpd.conf")]
        super().__init__(command, folder, port)


@pytest.fixture(scope="session")
def snmpd() -> Iterator[Snmpd]:
    """The agent."""
    with server_folder("snmpd") as folder, serving(Snmpd(folder)) as server:
        yield server
