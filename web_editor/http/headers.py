"""Security headers of every answer of the editor. Says nothing about caching of single answers."""

from __future__ import annotations

import re
from collections.abc import Iterable

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
_ORIGIN = re.compile(r"(https?://[A-Za-z0-9.:\[\]_-]+)/?")
SECURITY = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
TLS = {"Strict-Transport-Security": "max-age=31536000"}


def policy(addresses: Iterable[str]) -> str:
    """The policy of the editor's pages in a cluster, which ask whether other workers live."""
    found = [match[1] for address in addresses if (match := _ORIGIN.fullmatch(address))]
    return CONTENT_SECURITY_POLICY.replace("connect-src 'self'", " ".join(["connect-src 'self'", *found]))
