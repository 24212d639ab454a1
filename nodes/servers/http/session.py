"""Sessions: who asks, by a JSON Web Token that a log-in has signed (RFC 7519, HS256 of RFC 7518). Issues none."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

import msgspec
from aiohttp import web
from pydantic import Field

from flowengine import Config, SecretText

LEAST_KEY_BYTES = 32
"""RFC 7518, 3.2: the key is at least as long as the hash."""
MOST_TOKEN_BYTES = 4096


class SessionRule(Config):
    """Which sessions may ask."""

    secret: SecretText
    """The key that the log-in signs tokens with (HS256), at least 32 bytes; write `${secret:NAME}`."""

    roles: list[str] = Field(default=[])
    """Roles (claim `role`) that may ask; any by default."""


def session_fault(rule: SessionRule | None) -> str:
    """What is wrong with the rule; empty for nothing."""
    short = (
        rule is not None and 0 < len(rule.secret.reveal().encode()) < LEAST_KEY_BYTES
    )  # none at all is told by others
    return f"the secret has less than {LEAST_KEY_BYTES} bytes (RFC 7518)" if short else ""


def session_of(rule: SessionRule, request: web.Request, now_s: float) -> Mapping[str, Any]:
    """The claims of who asks (`sub`, `role` …). Raises 401 or 403 as an aiohttp response."""
    given = request.headers.get("Authorization", "")
    token = given[7:] if given[:7].lower() == "bearer " else request.query.get("token", "")
    found = claims(rule.secret.reveal(), token, now_s)
    if found is None:
        raise web.HTTPUnauthorized(headers={"WWW-Authenticate": 'Bearer realm="flow"'}, text="log in\n")
    if rule.roles and found.get("role") not in rule.roles:
        raise web.HTTPForbidden(text=f"only for {', '.join(rule.roles)}\n")
    return found


def claims(secret: str, token: str, now_s: float) -> Mapping[str, Any] | None:
    """What the token says; None when it is none, is not ours, not yet valid, or over. `now_s`: Unix time."""
    if len(token) > MOST_TOKEN_BYTES or token.count(".") != 2:
        return None
    signed, _, signature = token.rpartition(".")
    try:
        right = hmac.compare_digest(_digest(secret, signed), _bytes(signature))
        header, found = (msgspec.json.decode(_bytes(part)) for part in signed.split("."))
    except (ValueError, binascii.Error, msgspec.DecodeError):
        return None
    if not right or not isinstance(header, dict) or header.get("alg") != "HS256" or "crit" in header:
        return None
    if not isinstance(found, dict) or not isinstance(found.get("sub"), str):
        return None
    until_s, from_s = found.get("exp", now_s + 1), found.get("nbf", now_s)
    return found if _is_number(until_s) and _is_number(from_s) and from_s <= now_s < until_s else None


def token_for(secret: str, **found: Any) -> str:
    """A token that says so, as a log-in makes it; for simulators and tests."""
    parts = (msgspec.json.encode(each) for each in ({"alg": "HS256", "typ": "JWT"}, found))
    signed = ".".join(_text(part) for part in parts)
    return f"{signed}.{_text(_digest(secret, signed))}"


def _digest(secret: str, signed: str) -> bytes:
    return hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
