"""`s3`: a bucket of an object store that speaks S3."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field

from flowengine import Config, Duration, Example, SecretText
from flowengine.config import UrlText, revealed
from nodes.clients.address_words import in_url
from nodes.clients.probe import ProbedConnection

if TYPE_CHECKING:
    from nodes.clients.object_store import ObjectStore

_URL = re.compile(r"https?://[^\s/@]+/?")


def _url(text: str) -> str:
    if not _URL.fullmatch(text):
        raise ValueError(f"{text!r} is no address of an object store; write https://HOST or http://HOST:9000")
    return text.rstrip("/")


class S3Config(Config):
    """Settings of an `s3` connection."""

    also_called = in_url("https://HOST")

    url: Annotated[UrlText, AfterValidator(_url)]
    """Address of the store: `https://s3.eu-west-1.amazonaws.com`, `http://minio.lan:9000`."""

    bucket: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")
    """Bucket; it must be there."""

    region: str = "us-east-1"
    """Region of the bucket, where the store has such."""

    access_key: SecretText | None = None
    """Name of the account; write `${secret:NAME}`. Without one requests are not signed."""

    secret_key: SecretText | None = None
    """Its key; write `${secret:NAME}`."""

    timeout: Duration = 30.0
    """Longest wait for an object to be stored."""


class S3(ProbedConnection):
    """One bucket, shared by every node that names it. Needs the extra `s3`."""

    config: S3Config
    examples = (
        Example(
            "A MinIO in the plant",
            "{url: 'http://minio.lan:9000', bucket: measures, access_key: '${secret:s3_user}', "
            "secret_key: '${secret:s3_key}'}",
        ),
        Example(
            "Amazon",
            "{url: 'https://s3.eu-west-1.amazonaws.com', region: eu-west-1, bucket: my-plant, "
            "access_key: '${secret:s3_user}', secret_key: '${secret:s3_key}'}",
        ),
    )

    @classmethod
    def check(cls, config: Config) -> Sequence[tuple[str, str]]:
        assert isinstance(config, S3Config)
        if (config.access_key is None) == (config.secret_key is None):
            return ()
        return (("secret_key", "`access_key` and `secret_key` go together"),)

    async def open(self) -> None:
        from nodes.clients.object_store import ObjectStore

        config = self.config
        name, key = revealed(config.access_key), revealed(config.secret_key)
        keys = (name, key) if name and key else None
        self.client: ObjectStore = ObjectStore(config.url, config.bucket, config.region, keys, config.timeout)
        self.watch(self.client, self.client.ask)

    async def introduce(self) -> Mapping[str, str]:
        await self.client.introduce()
        return {"bucket": self.config.bucket}
