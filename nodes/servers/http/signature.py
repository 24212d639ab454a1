"""Signatures of requests: a keyed hash of the body in a header, as services that call webhooks send it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from flowengine import Config, SecretText


class Signature(Config):
    """How requests are signed."""

    header: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$")]
    """Header that holds the signature, such as `X-Hub-Signature-256`."""

    secret: SecretText
    """The key that both sides know; write `${secret:NAME}`."""

    algorithm: Literal["sha256", "sha1", "sha512"] = "sha256"
    """Hash of the HMAC."""

    prefix: str = ""
    """What stands before the signature in the header, such as `sha256=`."""

    encoding: Literal["hex", "base64"] = "hex"
    """How the signature is written."""


def signed(rule: Signature, body: bytes) -> dict[str, str]:
    """The header that signs the body."""
    return {rule.header: rule.prefix + _written(rule, body)}


def _written(rule: Signature, body: bytes) -> str:
    digest = hmac.new(rule.secret.reveal().encode(), body, getattr(hashlib, rule.algorithm)).digest()
    return digest.hex() if rule.encoding == "hex" else base64.b64encode(digest).decode()


def is_signed(rule: Signature, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether the header holds the right signature of the body. Compares in constant time."""
    written = _written(rule, body)
    given = headers.get(rule.header, "")
    start, rest = given[: len(rule.prefix)], given[len(rule.prefix) :]
    same = hmac.compare_digest((rest.lower() if rule.encoding == "hex" else rest).encode(), written.encode())
    return same and start == rule.prefix
