"""`snmp`: an SNMP agent that nodes share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from flowengine import Config, Connection, Duration, Example, SecretText
from flowengine.config import revealed
from flowengine.diagnosis import Diagnosis

if TYPE_CHECKING:
    from nodes.clients.snmp.agent import User
    from nodes.clients.snmp.poller import Poller

SHORTEST_KEY = 8
"""Letters that a key of version 3 has at least (RFC 3414, 11.2)."""


class SnmpUser(Config):
    """A user of version 3."""

    user: str = ""
    """With version 3: name of the user."""

    auth: Literal["none", "md5", "sha", "sha224", "sha256", "sha384", "sha512"] = "none"
    """With version 3: how messages are signed."""

    auth_key: SecretText | None = None
    """Its key, 8 letters at least; write `${secret:NAME}`."""

    privacy: Literal["none", "des", "aes", "aes192", "aes192_cisco", "aes256", "aes256_cisco"] = "none"
    """With version 3: how messages are encrypted; needs `auth` too. Cisco and others
    make the longer keys in a way of their own."""

    privacy_key: SecretText | None = None
    """Its key, 8 letters at least; write `${secret:NAME}`."""

    @model_validator(mode="after")
    def _whole(self) -> SnmpUser:
        if self.privacy != "none" and self.auth == "none":
            raise ValueError("privacy needs auth too")
        for how, key, name in ((self.auth, self.auth_key, "auth"), (self.privacy, self.privacy_key, "privacy")):
            if how != "none" and (key is None or len(key.reveal()) < SHORTEST_KEY):
                raise ValueError(f"{name} needs {name}_key, {SHORTEST_KEY} letters at least")
        return self


def user_of(config: SnmpUser) -> User | None:
    """The user that these settings name, if they do."""
    from nodes.clients.snmp.agent import User

    if not config.user:
        return None
    keys = [revealed(key) for key in (config.auth_key, config.privacy_key)]
    return User(config.user, config.auth, keys[0], config.privacy, keys[1])


class SnmpConfig(SnmpUser):
    """Settings of an `snmp` connection."""

    host: str = Field(min_length=1)
    """Address of the device."""

    port: int = Field(default=161, ge=1, le=65_535)
    """Its port."""

    version: Literal["1", "2c", "3"] = "2c"
    """Version of the protocol; only 3 keeps anything secret."""

    community: SecretText | None = None
    """With version 1 and 2c: the community, `public` where none is written; write `${secret:NAME}`."""

    timeout: Duration = 1.0
    """How long the device may take to answer."""

    retries: int = Field(default=1, ge=0, le=10)
    """How often a question is asked again: datagrams get lost."""

    @model_validator(mode="after")
    def _has_user(self) -> SnmpConfig:
        if (self.version == "3") != bool(self.user):
            raise ValueError("version 3 has a user, versions 1 and 2c have a community")
        return self


class Snmp(Connection):
    """One device; a request at a time, and after a time-out it is left alone for a while. Needs the extra `snmp`."""

    config: SnmpConfig
    examples = (
        Example("A switch", "{host: 10.0.0.3, community: '${secret:community}'}"),
        Example("Version 3, signed and encrypted", "{host: 10.0.0.3, version: '3', user: flow, auth: sha256, "
                "auth_key: '${secret:auth}', privacy: aes, privacy_key: '${secret:privacy}'}"),
    )  # fmt: skip

    async def open(self) -> None:
        from nodes.clients.snmp.agent import Access, Agent
        from nodes.clients.snmp.poller import Poller

        config = self.config
        community = config.community.reveal() if config.community is not None else "public"
        access = Access(
            config.host, config.port, config.version, community, user_of(config), config.timeout, config.retries
        )
        self.poller: Poller = Poller(Agent(access, self.clock), self.clock)
        self.poller.start()

    async def close(self) -> None:
        await self.poller.close()

    @property
    def up(self) -> bool:
        return not self.poller.agent.reason

    @property
    def fault(self) -> str:
        return self.poller.agent.reason

    @property
    def dead(self) -> bool:
        return self.poller.dead

    can_read_now = True

    def diagnosis(self) -> Diagnosis:
        return self.poller.diagnosis()

    def read_now(self, party: str) -> bool:
        return self.poller.read_now(party)
