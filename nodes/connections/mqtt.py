"""`mqtt`: a flow's session at an MQTT broker."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import socket
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, Field, model_validator

from flowengine import Config, Connection, Duration, Example, SecretText
from flowengine.config import UrlText
from flowengine.diagnosis import Diagnosis
from nodes.clients.address_words import in_url
from nodes.clients.mqtt import Birth, Closed, MqttClient, MqttSettings, Tls, Will, client_ids
from nodes.clients.mqtt.filters import check_filter
from nodes.clients.mqtt.reasons import why_not
from nodes.clients.mqtt.settings import broker_url
from nodes.clients.voice import Voice


def _filter(text: str) -> str:
    check_filter(text)
    return text


Filter = Annotated[str, AfterValidator(_filter)]
Words = TypeVar("Words", Will, Birth)


class LastWords(Config):
    """A message for the broker to keep for the beginning or the end of this connection."""

    topic: str
    """Where it is published."""

    payload: str = ""
    """What it says, as text."""

    qos: Literal[0, 1, 2] = Will.qos
    """Quality of service."""

    retain: bool = Will.retain
    """Keep it at the broker for later subscribers."""

    def said_by(self, kind: type[Words]) -> Words:
        """As the client wants them."""
        return kind(self.topic, self.payload.encode(), self.qos, self.retain)


class EmbeddedUser(Config):
    """Somebody who may enter the embedded broker."""

    password: SecretText
    """Password; write `${secret:NAME}`."""

    publish: list[Filter] = Field(default=[])
    """Filters of the topics that he may publish to; none by default, `#` for all."""

    subscribe: list[Filter] = Field(default=[])
    """Filters of the topics that he may subscribe to; none by default, `#` for all."""


class MqttConfig(Config):
    """Settings of an `mqtt` connection."""

    also_called = in_url("mqtt://HOST:1883")

    url: Annotated[UrlText, AfterValidator(broker_url)] = "mqtt://127.0.0.1:1883"
    """Broker address: mqtt, mqtts, ws or wss, host and port."""

    username: str | None = None
    """User name at the broker."""

    password: SecretText | None = None
    """Password at the broker; write `${secret:NAME}`."""

    client_id: str = ""
    """Name of the session at the broker; by default one that stays the same for this machine and data folder.

    A session belongs to one flow: where several flows name the same id, the first gets it, the others `ID-FLOW`.
    """

    version: Literal[5, "5", "3.1.1"] = 5
    """Protocol version."""

    clean_start: bool = MqttSettings.clean_start
    """Forget the session of the last run, and with it messages that waited at the broker."""

    session_expiry: Duration = float(MqttSettings.session_expiry_s)
    """How long the broker keeps session and messages while this client is away."""

    keepalive: Duration = float(MqttSettings.keepalive_s)
    """Longest silence before the other side is taken for dead."""

    will: LastWords | None = None
    """Published by the broker when this client vanishes."""

    birth: LastWords | None = None
    """Published after every connect; retained, so that it replaces a retained will."""

    tls: Tls = Field(default_factory=Tls)
    """Certificates for mqtts and wss."""

    embedded: bool = False
    """Run a broker in this process, for machines without one; it listens at the host and port of `url`."""

    users: dict[str, EmbeddedUser] = Field(default={})
    """Others who may enter the embedded broker, by name, beside the `username` of this connection, who may do all."""

    @model_validator(mode="after")
    def _check(self) -> MqttConfig:
        if self.users and not (self.embedded and self.username and self.password):
            raise ValueError("users are those of an embedded broker with a username and a password of this connection")
        if self.username in self.users:
            raise ValueError(f"users: {self.username!r} is the user name of this connection")
        return self


class Mqtt(Connection):
    """One session at a broker, shared by every node of a flow that names it; other flows have their own."""

    config: MqttConfig
    one_a_flow = True
    examples = (
        Example("A broker with a password", "{url: 'mqtts://broker:8883', username: me, password: '${secret:mqtt}'}"),
        Example("A broker in this process", "{embedded: true, url: 'mqtt://127.0.0.1:1883'}"),
    )

    _broker: Any = None
    client: MqttClient
    _voice: Voice
    _former: Mqtt | None = None
    _heir: Mqtt | None = None

    @classmethod
    def trial_of(cls, config: Config) -> Config:
        """Another session: the broker would end the one that runs, and speak its last words."""
        own = {"client_id": f"flowengine-try-{secrets.token_hex(6)}", "clean_start": True, "session_expiry": 0.0}
        return config.model_copy(update={**own, "will": None, "birth": None})

    async def introduce(self) -> Mapping[str, str]:
        return {"server": f"MQTT {self.config.version}", "tls": self.client.tls or "none"}

    def succeed(self, former: Connection) -> None:
        if isinstance(former, Mqtt):
            self._former = former

    async def open(self) -> None:
        if self.config.embedded:
            await self._start_broker()
        settings = self._settings(await self._own_id())
        former = self._former
        if former is not None and former.client.settings.session == settings.session:
            # The same session with other settings: the client keeps what the flow still holds.
            self.client, self._voice, former._heir = former.client, former._voice, self
            self.client.change(settings)
            return
        self._former, self._voice = None, Voice(self.log, self.clock.now_s)
        self.client = MqttClient(
            settings,
            on_connect=self._on_connect,
            on_disconnect=self._on_disconnect,
            on_failure=self._on_disconnect,
            on_answer=self._on_answer,
        )
        self.client.siblings = self._siblings
        await self.client.start()

    def stop(self) -> None:
        self.client.stop()

    async def close(self) -> None:
        if self._heir is not None:
            self._heir._former = None
        elif self._former is not None:  # the deploy failed: what ran before goes on
            self._former._heir = None
            self.client.change(self._former._settings(self.client.settings.client_id))
        else:
            await self.client.close()
        if self._broker is not None:
            await self._broker.close()

    @property
    def up(self) -> bool:
        return self.client.connected and not self.client.fault

    @property
    def fault(self) -> str:
        return self.client.fault

    def diagnosis(self) -> Diagnosis:
        return self.client.diagnosis()

    @property
    def dead(self) -> bool:
        return self.client.dead

    @property
    def reconnects(self) -> int:
        return self.client.reconnects

    async def _start_broker(self) -> None:
        from nodes.servers.mqtt_broker import BrokerSettings, BrokerUser, SharedBroker

        settings = self._settings("")
        host, port = settings.address
        users = tuple(
            BrokerUser(
                name=name, password=user.password.reveal(),
                publish=tuple(user.publish), subscribe=tuple(user.subscribe),
            )
            for name, user in self.config.users.items()
        )  # fmt: skip
        wanted = BrokerSettings(
            host=host, port=port, username=settings.username, password=settings.password, users=users
        )
        running = (other._broker for other in self.others() if isinstance(other, Mqtt) and other._broker is not None)
        self._broker = next((each for each in running if each.settings == wanted), None) or SharedBroker(wanted)
        await self._broker.start()

    def _siblings(self) -> list[MqttClient]:
        """Clients of other flows at the same broker; before each flow had its own session, they shared one."""
        return [
            other.client
            for other in self.others()
            if isinstance(other, Mqtt) and other.client is not self.client and other.config.url == self.config.url
        ]

    async def _own_id(self) -> str:
        config, flow = self.config, self.flow
        if not flow and config.client_id:  # a trial: its name is of use only once
            return config.client_id
        if self.session_name is not None:  # whoever takes over finds what waits in it
            return self.session_name.of(config.client_id)
        wanted = config.client_id or self._lasting_id(self.name)
        instead = f"{config.client_id}-{flow}" if config.client_id else self._lasting_id(f"{flow}-{self.name}")
        host, port = self._settings("").address
        return await asyncio.to_thread(client_ids.claim, self.data_dir, f"{host}:{port}", wanted, flow, instead)

    def _settings(self, client_id: str) -> MqttSettings:
        config = self.config
        will, birth = config.will, config.birth
        return MqttSettings(
            url=config.url,
            username=config.username,
            password=config.password.reveal() if config.password is not None else None,
            client_id=client_id,
            version="3.1.1" if config.version == "3.1.1" else "5",
            clean_start=config.clean_start,
            session_expiry_s=int(config.session_expiry),
            keepalive_s=max(1, int(config.keepalive)),
            will=will.said_by(Will) if will else None,
            birth=birth.said_by(Birth) if birth else None,
            tls=config.tls,
        )

    def _lasting_id(self, name: str) -> str:
        """The same after a restart, another for another installation on the same machine."""
        place = hashlib.sha256(str(self.data_dir.absolute()).encode()).hexdigest()[:8]
        return f"flowengine-{socket.gethostname()[:16]}-{name}-{place}"

    def _on_connect(self, session_kept: bool) -> None:
        self._voice.there(f"connected, {'session kept' if session_kept else 'new session'}")

    def _on_answer(self) -> None:
        self._voice.there("the broker answers again")

    def _on_disconnect(self, reason: Exception) -> None:
        if isinstance(reason, Closed):  # an end of our own is no news
            return
        self._voice.away(why_not(reason, self.client.settings))
