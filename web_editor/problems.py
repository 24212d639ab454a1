"""What goes wrong with a request, as RFC 9457 problem documents. Decides nothing."""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web
from msgspec import UNSET, UnsetType

TYPES: dict[str, tuple[int, str]] = {
    "bad-request": (400, "The request is not as it must be."),
    "not-logged-in": (401, "Log in first."),
    "wrong-password": (401, "Name or password is wrong."),
    "setup-required": (403, "The first password has to be set first."),
    "forbidden": (403, "Your role does not allow this."),
    "csrf": (403, "The request does not come from this editor."),
    "not-found": (404, "There is no such thing."),
    "exists": (409, "The name is taken."),
    "not-running": (409, "The flow does not run."),
    "changed": (412, "It was changed by somebody else."),
    "too-large": (413, "The request is too large."),
    "refused": (422, "This cannot be done."),
    "flow-refused": (422, "The flow refused it."),
    "invalid-flow": (422, "The flow has errors."),
    "if-match-required": (428, "If-Match is missing."),
    "throttled": (429, "Too many requests."),
    "unavailable": (503, "The engine is starting or stopping."),
}


class Problem(msgspec.Struct, omit_defaults=True):
    """The document."""

    type: str
    title: str
    status: int
    detail: str | UnsetType = UNSET
    etag: str | UnsetType = UNSET
    author: str | UnsetType = UNSET
    diagnostics: list[Any] | UnsetType = UNSET
    field: str | UnsetType = UNSET
    retry_after_s: float | UnsetType = UNSET


class Fault(Exception):
    """Ends a request with a problem."""

    def __init__(self, name: str, detail: str = "", **more: Any):
        super().__init__(detail or name)
        status, title = TYPES[name]
        self.problem = Problem(f"urn:flowengine:{name}", title, status, detail or UNSET, **more)


def response(problem: Problem) -> web.Response:
    """The problem as an HTTP answer."""
    headers = {"Content-Type": "application/problem+json"}
    if isinstance(problem.retry_after_s, float | int):
        headers["Retry-After"] = str(max(1, round(problem.retry_after_s)))
    return web.Response(status=problem.status, body=msgspec.json.encode(problem), headers=headers)
