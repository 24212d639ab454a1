"""Which paths of the one HTTP server flows may serve, and with which headers. Serves nothing."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping

RESERVED = frozenset(
    (
        "", "healthz", "readyz", "metrics", "assets", "favicon.svg", "favicon.ico", "robots.txt", "index.html",
        "openapi.json", "setup", "login", "logout", "pages", "page", "flow", "flows", "alarms", "values", "messages",
        "problems", "log", "engine", "dead-letters", "trends", "access", "audit", ".well-known",
    )
)  # fmt: skip
"""First parts of the paths of health, metrics, the editor and its screens."""

HEADERS: Mapping[str, str] = {"Content-Security-Policy": "sandbox", "X-Content-Type-Options": "nosniff"}
"""Of what flows answer: a browser takes it for a page of nobody, which runs no script and has no cookies of ours."""

_OURS_ALONE = ("Clear-Site-Data", "Set-Cookie", "Service-Worker-Allowed", "Strict-Transport-Security")


def refusal(path: str) -> str:
    """Why a flow may not serve the path (`{name}` takes a part, `{name*}` the rest); empty when it may."""
    first, _, rest = path.lstrip("/").partition("/")
    if path.startswith("//") or first.lower() in RESERVED:
        return f"{path!r} belongs to the engine and its editor; begin with another word, such as /plant"
    if "{" in first:
        return f"{path!r} would also take paths of the editor; begin with a fixed word, such as /plant{path}"
    second = rest.partition("/")[0].lower()
    if first.lower() == "api" and ("{" in second or second == "v1"):
        return f"{path!r} would take paths of the API; write a fixed word other than v1 after /api"
    return ""


def isolate(headers: MutableMapping[str, str]) -> None:
    """Make an answer of a flow one that can do nothing in the name of whoever is logged in at this server."""
    for name in _OURS_ALONE:
        while name in headers:
            del headers[name]
    headers.update(HEADERS)
