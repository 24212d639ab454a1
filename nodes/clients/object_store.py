"""A bucket of an S3 object store, by obstore. What its errors mean is settled here; never here: what objects hold."""

from __future__ import annotations

import re
from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urlsplit

from obstore import put_async, sign_async
from obstore.exceptions import BaseError, InvalidPathError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from nodes.clients.brokers import BrokerAway, BrokerRefused
from nodes.clients.http.client import HttpAway, HttpClient, HttpRefused, HttpSettings
from nodes.clients.probe import knock

KEY_BYTES = 1024
"""The longest name of an object (Amazon S3, User Guide: "Object key naming guidelines")."""

ASKED = "flowengine-asks"
"""The name of an object that need not be there."""

_STATUS = re.compile(r"status code: (\d{3}[A-Za-z ]*)")


class ObjectStore:
    """One bucket. `up` is what came of its last use."""

    def __init__(self, url: str, bucket: str, region: str, keys: tuple[str, str] | None, timeout_s: float):
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        self._url, self._bucket, self._is_signed, self._timeout_s = url.rstrip("/"), bucket, keys is not None, timeout_s
        self.up: bool | None = None
        timeout = timedelta(seconds=timeout_s)
        signed = {"access_key_id": keys[0], "secret_access_key": keys[1]} if keys else {"skip_signature": True}
        # Without retries of its own: the flow waits and tries again, and says so.
        self._store = S3Store(
            bucket,
            endpoint=url,
            region=region,
            virtual_hosted_style_request=False,
            client_options={"timeout": timeout, "connect_timeout": timeout, "allow_http": parts.scheme == "http"},
            retry_config={"max_retries": 0, "retry_timeout": timeout},
            **signed,
        )

    async def put(self, name: str, data: bytes) -> None:
        """Return once the object is stored. Raises BrokerRefused for a name that none can have, else BrokerAway."""
        if not name or len(name.encode()) > KEY_BYTES:
            raise BrokerRefused(f"the name of an object has 1 to {KEY_BYTES} bytes, not {len(name.encode())}")
        try:
            await put_async(self._store, name, data)
        except InvalidPathError:
            raise BrokerRefused(f"{name[:100]!r} can be the name of no object") from None
        except (BaseError, FileNotFoundError) as fault:
            self.up = False
            raise BrokerAway(await self._why(fault)) from None
        self.up = True

    async def ask(self) -> None:
        """Return once something listens there. Raises OSError in words."""
        await knock(self._host, self._port)

    async def introduce(self) -> None:
        """Return once the store has answered with this account. Raises BrokerAway."""
        url = f"{self._url}/{self._bucket}/{ASKED}"
        if self._is_signed:
            url = await sign_async(self._store, "HEAD", ASKED, timedelta(minutes=1))
        http = HttpClient(HttpSettings(self._timeout_s, redirects=0))  # obstore follows a redirect of what it asks
        try:
            answer = await http.request("HEAD", url)
        except (HttpAway, HttpRefused) as fault:
            raise BrokerAway(str(fault)) from None
        finally:
            await http.close()
        if not answer.ok and answer.status != HTTPStatus.NOT_FOUND:
            raise BrokerAway(self._said(answer.status))

    async def close(self) -> None:
        """Nothing is kept open beyond a request."""

    async def _why(self, fault: Exception) -> str:
        if isinstance(fault, FileNotFoundError):
            return f"there is no bucket {self._bucket!r}"
        if isinstance(fault, PermissionDeniedError):
            return self._said(HTTPStatus.FORBIDDEN)
        if isinstance(fault, UnauthenticatedError):
            return self._said(HTTPStatus.UNAUTHORIZED)
        status = _STATUS.search(str(fault))
        if status:
            return f"the store answered {status[1].strip()}"
        try:
            await self.ask()
        except OSError as words:
            return str(words)
        return f"{self._host}:{self._port} did not answer as an object store does"

    def _said(self, status: int) -> str:
        if status == HTTPStatus.FORBIDDEN:
            return f"this account may not write to bucket {self._bucket!r}, or its secret key is wrong"
        if status == HTTPStatus.UNAUTHORIZED:
            return "the store does not know this account"
        return f"the store answered {status}"
