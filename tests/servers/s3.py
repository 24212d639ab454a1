"""A real object store as a process: moto's server, which keeps objects in RAM. No client lives here."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen
from xml.etree import ElementTree

import pytest

from tests.servers.ports import next_free_port
from tests.servers.process import ServerProcess, lent, server_folder, serving

BUCKET = "measures"
_SCOPE = "Credential=me/20260101/us-east-1/s3/aws4_request"
_SOMEBODY = {"Authorization": f"AWS4-HMAC-SHA256 {_SCOPE}, SignedHeaders=host, Signature=x"}


class S3Server(ServerProcess):
    """The server; it has one bucket, and takes whoever comes."""

    def __init__(self, folder: Path) -> None:
        port = next_free_port()
        command = [sys.executable, "-c", "from moto.server import main; main()", "-H", "127.0.0.1", "-p", str(port)]
        super().__init__(command, folder, port)

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"http://{self.host}:{self.port}"

    def make_bucket(self) -> None:
        """The bucket, empty."""
        self._ask("PUT", BUCKET)

    def objects(self) -> dict[str, bytes]:
        """All objects by name."""
        listed = ElementTree.fromstring(self._ask("GET", f"{BUCKET}?list-type=2"))
        names = [each.text or "" for each in listed.iter() if each.tag.endswith("}Key")]
        return {name: self._ask("GET", f"{BUCKET}/{name}") for name in names}

    def _ask(self, method: str, path: str) -> bytes:
        with urlopen(Request(f"{self.url}/{path}", method=method, headers=_SOMEBODY), timeout=60) as answer:
            return bytes(answer.read())


@pytest.fixture(scope="session")
def s3_session() -> Iterator[S3Server]:
    """The server that all tests of one worker share."""
    with server_folder("s3") as folder, serving(S3Server(folder)) as server:
        yield server


@pytest.fixture
def s3_server(s3_session: S3Server) -> Iterator[S3Server]:
    """A running store with an empty bucket; break it as you like: the next test finds it running."""
    for server in lent(s3_session):
        urlopen(Request(f"{server.url}/moto-api/reset", method="POST"), timeout=60).close()
        server.make_bucket()
        yield server
