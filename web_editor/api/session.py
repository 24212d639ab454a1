"""`session`: logging in and out, the first password. Who may is decided in `auth.sessions`."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from flowengine import __version__
from flowengine.store.accounts import Role
from web_editor.auth.access import Caller
from web_editor.problems import Fault
from web_editor.routing import Body, Call, Name, Reply, Route

Password = Annotated[str, Meta(max_length=200)]


class SessionUser(msgspec.Struct):
    """Who is logged in."""

    name: str
    role: Role


class Session(msgspec.Struct):
    """What the editor asks first."""

    user: SessionUser | None
    setup_required: bool
    version: str
    stale_ui: bool


class LogIn(Body):
    """Name and password."""

    name: Annotated[str, Meta(max_length=64)]
    password: Password


class SetUp(Body):
    """The one-time token and the first admin."""

    token: Annotated[str, Meta(max_length=200)]
    name: Name
    password: Password


class NewPassword(Body):
    """The old one and the new one."""

    old: Password
    new: Password


async def read(call: Call) -> Session:
    """Who is logged in."""
    return await _session(call, call.caller)


async def log_in(call: Call) -> Reply:
    """Log in."""
    caller, secret = await call.services.sessions.log_in(call.request.remote, call.body.name, call.body.password)
    return Reply(await _session(call, caller), cookie=secret)


async def log_out(call: Call) -> Reply:
    """Log out."""
    await call.services.sessions.log_out(call.caller, call.request.remote)
    return Reply(status=204, cookie="")


async def set_up(call: Call) -> Reply:
    """Set the first password."""
    body = call.body
    caller, secret = await call.services.sessions.set_up(call.request.remote, body.token, body.name, body.password)
    await call.services.record(body.name, "set up", body.name)
    return Reply(await _session(call, caller), cookie=secret)


async def change_password(call: Call) -> Reply:
    """Change one's password."""
    caller, body = call.caller, call.body
    if caller is None or caller.kind != "session":
        raise Fault("forbidden", "a token has no password")
    secret = await call.services.sessions.change_password(call.request.remote, caller, body.old, body.new)
    await call.services.record(caller.name, "change password", caller.name)
    return Reply(status=204, cookie=secret)


async def _session(call: Call, caller: Caller | None) -> Session:
    user = SessionUser(caller.name, caller.role) if caller else None
    return Session(user, await call.services.sessions.nobody_yet(), __version__, call.editing.stale_ui)


ROUTES = [
    Route("GET", "session", "none", read, Session),
    Route("POST", "session", "none", log_in, Session, LogIn),
    Route("DELETE", "session", "any", log_out, status=204),
    Route("POST", "session/setup", "none", set_up, Session, SetUp),
    Route("PUT", "session/password", "any", change_password, body=NewPassword, status=204),
]
