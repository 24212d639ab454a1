"""The cookie that holds a session's secret. Knows no session."""

from __future__ import annotations

from aiohttp import web

COOKIE = "flowengine_session"


def set_cookie(response: web.Response, secret: str, secure: bool) -> None:
    """Set it, or take it away where `secret` is empty."""
    if secret:
        response.set_cookie(
            COOKIE, secret, httponly=True, samesite="Strict", secure=secure, path="/", max_age=7 * 86400
        )
    else:
        response.del_cookie(COOKIE, path="/", httponly=True, samesite="Strict", secure=secure)
