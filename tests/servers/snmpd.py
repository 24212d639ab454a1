"""A real SNMP agent (net-snmp), for anyone on loopback, in versions 1, 2c and 3. Judges nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.ports import next_free_port
from tests.servers.process import ServerProcess, program, server_folder, serving

USER, AUTH_KEY, PRIVACY_KEY = "flow", "auth-of-flow", "privacy-of-flow"
OTHER_USERS = {("sha", "aes256"): ("SHA", "AES-256"), ("sha384", "aes192_cisco"): ("SHA-384", "AES-192-C"),
               ("md5", "des"): ("MD5", "DES")}  # fmt: skip
"""Users with other signatures and ciphers, called `SIGNATURE-CIPHER`: by our words, and by those of net-snmp."""

CONTACT = "Ada <ada@plant.example>"


class Snmpd(ServerProcess):
    """The agent: `public` reads, as does the user of version 3."""

    def __init__(self, folder: Path):
        port = next_free_port()
        others = "".join(
            f"createUser {name} {auth} {AUTH_KEY} {privacy} {PRIVACY_KEY}\nrouser {name} priv\n"
            for name, (auth, privacy) in zip(map("-".join, OTHER_USERS), OTHER_USERS.values(), strict=True)
        )
        (folder / "snmpd.conf").write_text(
            f"agentaddress udp:127.0.0.1:{port},tcp:127.0.0.1:{port}\nrocommunity public\nsysContact {CONTACT}\n"
            f"createUser {USER} SHA-256 {AUTH_KEY} AES {PRIVACY_KEY}\nrouser {USER} priv\n{others}"
        )
        kept = f"SNMP_PERSISTENT_DIR={folder}"
        command = ["env", kept, program("snmpd", "snmpd"), "-f", "-Lo", "-C", "-c", str(folder / "snmpd.conf")]
        super().__init__(command, folder, port)


@pytest.fixture(scope="session")
def snmpd() -> Iterator[Snmpd]:
    """The agent."""
    with server_folder("snmpd") as folder, serving(Snmpd(folder)) as server:
        yield server
