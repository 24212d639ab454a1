"""`opcua`: a session at an OPC UA server that nodes share."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator

from flowengine import Config, Connection, Duration, Example, HostFile, SecretText, Unavailable
from flowengine.browsing import Found
from flowengine.config import revealed
from flowengine.diagnosis import Diagnosis, Party
from nodes.clients.address_words import in_url
from nodes.clients.voice import Voice

if TYPE_CHECKING:
    from nodes.clients.opcua.noting import Noting
    from nodes.clients.opcua.session import Session

_URL = re.compile(r"opc\.tcp://[^\s/]+(/\S*)?")


def _url(text: str) -> str:
    if not _URL.fullmatch(text):
        raise ValueError(f"{text!r} is no address of a server; write opc.tcp://HOST:4840 and its path")
    return text


class OpcUaConfig(Config):
    """Settings of an `opcua` connection."""

    also_called = in_url("opc.tcp://HOST:4840")

    url: Annotated[str, AfterValidator(_url)]
    """Address of the server, such as `opc.tcp://10.0.0.5:4840`."""

    security: Literal["none", "Basic256Sha256", "Aes256_Sha256_RsaPss"] = "none"
    """Security policy. With one, this client shows a certificate, which the server's owner has to trust."""

    sign_only: bool = False
    """Sign messages and leave them readable, instead of encrypting them too."""

    cert: str | None = None
    """This client's certificate (DER or PEM); by default one is made and kept in the data folder."""

    key: str | None = None
    """Its private key (PEM)."""

    username: str = ""
    """User name at the server; anonymous without one."""

    password: SecretText | None = None
    """Its password; write `${secret:NAME}`. Without a security policy it travels in clear."""

    timeout: Duration = 4.0
    """How long the server may take to answer."""

    def host_files(self) -> Sequence[HostFile]:
        """The certificate and its key."""
        return self.files_in("cert", "key")


class OpcUa(Connection):
    """One session, made again after a loss with everything that was subscribed. Needs the extra `opcua`."""

    config: OpcUaConfig
    examples = (
        Example("A machine", "{url: 'opc.tcp://10.0.0.5:4840'}"),
        Example("Encrypted, with a user", "{url: 'opc.tcp://10.0.0.5:4840', security: Basic256Sha256, "
                "username: flow, password: '${secret:opcua}'}"),
    )  # fmt: skip

    async def open(self) -> None:
        from nodes.clients.opcua.noting import Noting
        from nodes.clients.opcua.session import Access, Session

        config, folder = self.config, self.data_dir / "opcua"
        own = config.cert is None
        access = Access(
            config.url, config.security, config.sign_only, config.username,
            revealed(config.password),
            Path(config.cert) if config.cert else folder / "client.der", Path(config.key or folder / "client.pem"),
            own, config.timeout,
        )  # fmt: skip
        self.noting: Noting = Noting(self.clock.time_ns)
        self.session: Session = Session(access, Voice(self.log, self.clock.now_s), self.noting)
        self.session.start()

    async def close(self) -> None:
        await self.session.close()

    @property
    def up(self) -> bool:
        return self.session.client is not None

    def diagnosis(self) -> Diagnosis:
        from nodes.clients.opcua.watch import Watch

        watches = [each for each in self.session.attached if isinstance(each, Watch)]
        bad = {each.place(name): reason for each in watches for name, reason in each.bad.items()}
        counts: dict[str, float] = {
            "points": sum(each.points for each in watches), "readings": sum(each.readings for each in watches),
            "bad_points": len(bad),
        }  # fmt: skip
        noting = self.noting
        figures: dict[str, float] = {
            "polls": noting.requests, "timeouts": noting.timeouts, "exceptions": noting.refusals,
            "notifications": noting.notifications,
        }  # fmt: skip
        if noting.round_trip_s is not None:
            figures["round_trip_ms"] = round(noting.round_trip_s * 1000, 1)
        return Diagnosis(
            figures,
            [Party(self.config.url, self.session.reason, counts, {} if self.session.reason else bad)],
            noting.tape.frames,
        )

    can_browse = True

    async def browse(self, place: str, start: int) -> Sequence[Found]:
        from nodes.clients.opcua.browsing import below

        if self.session.client is None:
            raise Unavailable(self.fault)
        return await below(self.session.client, place, start)

    @property
    def fault(self) -> str:
        return "" if self.up else f"not connected: {self.session.reason or 'not connected yet'}"

    @property
    def reconnects(self) -> int:
        return max(0, self.session.opened - 1)

    @property
    def dead(self) -> bool:
        return self.session.dead
