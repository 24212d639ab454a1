"""Addresses and certificates of plain sockets. Opens nothing."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Annotated

from pydantic import AfterValidator

from flowengine import Config, HostFile


def split_address(text: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT` or `[IPv6]:PORT`. Raises `ValueError`."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"{text!r} is no address; write HOST:PORT, as in 127.0.0.1:9000")
    return host.strip("[]"), int(port)


def _address(text: str) -> str:
    split_address(text)
    return text


Address = Annotated[str, AfterValidator(_address)]
"""`HOST:PORT`."""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach it. Names other than localhost count as others'."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def peer_text(peer: object) -> str:
    """The other side's address as text."""
    return f"{peer[0]}:{peer[1]}" if isinstance(peer, tuple) and len(peer) >= 2 else str(peer or "")


class Certificates(Config):
    """Files in PEM form."""

    cert: str | None = None
    """Certificate of this side; a listener needs one."""

    key: str | None = None
    """Private key of this side."""

    ca: str | None = None
    """Authority the other side's certificate must come from; a listener then asks for one."""

    def host_files(self) -> Sequence[HostFile]:
        """Each file that is named. It is read anew for each context: a renewed one is often a link that has moved."""
        return self.files_in("cert", "key", "ca")

    def context(self, server: bool) -> ssl.SSLContext:
        """The TLS settings. Blocking. Raises `OSError` for files that cannot be read or do not fit."""
        if server:
            made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=self.ca)
            made.verify_mode = ssl.CERT_REQUIRED if self.ca else ssl.CERT_NONE
        else:
            made = ssl.create_default_context(cafile=self.ca)
        made.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.cert:
            made.load_cert_chain(self.cert, self.key)
        return made
