"""Where and as whom to write to InfluxDB: what a flow says of the connection is what the client reads. No I/O."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, model_validator

from flowengine import Config, Duration, SecretText
from flowengine.config import UrlText
from nodes.clients.address_words import in_url
from nodes.clients.http.urls import web_address


class InfluxSettings(Config):
    """Settings of an `influxdb` connection."""

    also_called = in_url("http://HOST:8086")

    url: Annotated[UrlText, AfterValidator(web_address)] = "http://127.0.0.1:8086"
    """Address of the server, with its port."""

    version: Literal[1, 2, 3] = 2
    """Which API the server has. 3 is written through the API of 2."""

    org: str = ""
    """Organisation (version 2)."""

    bucket: str = ""
    """Bucket to write to (versions 2 and 3)."""

    database: str = ""
    """Database to write to (version 1), or `database/retention policy`."""

    token: SecretText | None = None
    """Token (versions 2 and 3); write `${secret:NAME}`."""

    username: str = ""
    """User name (version 1)."""

    password: SecretText | None = None
    """Password (version 1); write `${secret:NAME}`."""

    gzip: bool = True
    """Send bodies compressed."""

    timeout: Duration = 10.0
    """Longest wait for an answer."""

    @model_validator(mode="after")
    def _names_a_database(self) -> Self:
        if self.version != 2 and not (self.database or self.bucket):
            raise ValueError(f"version {self.version} needs the name of a database")
        return self
