"""`session`: logging in and out, the first password. Attempts are throttled by address and by name."""

from __future__ import annotations

import asyncio
import hmac
import time
from collections import OrderedDict
from typing import Annotated

import msgspec
from msgspec import Meta

from flowengine import __version__
from flowengine.store.accounts import Role
from web_editor.auth.access import Caller
from web_editor.problems import Fault
from web_editor.routing import Body, Call, Name, Reply, Route

Password = Annotated[str, Meta(max_length=200)]
BURST = 8
PER_S = 1 / 10
MOST_KEYS = 10_000
HASHING = 2
"""Hashes at a time: each takes 64 MiB."""


class UserShape(msgspec.Struct):
    """Who is logged in."""

    name: str
    role: Role


class Session(msgspec.Struct):
    """What the editor asks first."""

    user: UserShape | None
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


class Throttle:
    """Lets a few attempts of each key through at once, then one every ten seconds."""

    def __init__(self, burst: float = BURST, per_s: float = PER_S):
        self._burst, self._per_s = burst, per_s
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, keys: list[str], now_s: float) -> None:
        """Count an attempt. Raises `Fault` when one of the keys has none left."""
        for key in keys:
            left, at_s = self._left.pop(key, (self._burst, now_s))
            left = min(self._burst, left + (now_s - at_s) * self._per_s)
            self._left[key] = (max(0.0, left - 1), now_s)
            if left < 1:
                raise Fault("throttled", "too many attempts", retry_after_s=(1 - left) / self._per_s)
        while len(self._left) > MOST_KEYS:
            self._left.popitem(last=False)

    def forgive(self, keys: list[str]) -> None:
        """The attempt was right."""
        for key in keys:
            self._left.pop(key, None)


async def read(call: Call) -> Session:
    """Who is logged in."""
    return await _session(call, call.caller)


async def log_in(call: Call) -> Reply:
    """Log in."""
    editor, body = call.editor, call.body
    keys = _keys(call, body.name)
    editor.throttle.take(keys, time.monotonic())
    if await asyncio.to_thread(lambda: editor.access.accounts.empty):
        raise Fault("setup-required")
    return await _enter(call, body.name, body.password, keys)


async def log_out(call: Call) -> Reply:
    """Log out."""
    caller = call.caller
    if caller is not None and caller.kind == "session":
        await asyncio.to_thread(call.editor.access.accounts.end_session, caller.key)
    return Reply(status=204, cookie="")


async def set_up(call: Call) -> Reply:
    """Set the first password."""
    editor, body = call.editor, call.body
    keys = _keys(call, body.name)
    editor.throttle.take(keys, time.monotonic())
    async with editor.setting_up:
        wanted = editor.setup_token
        if wanted is None or not await asyncio.to_thread(lambda: editor.access.accounts.empty):
            raise Fault("forbidden", "the first user is there already; log in")
        if not hmac.compare_digest(wanted.encode(), body.token.encode("utf-8", "replace")):
            raise Fault("forbidden", "the link is not the one that was printed when the engine started")
        try:
            await asyncio.to_thread(editor.access.accounts.add_user, body.name, body.password, "admin")
        except ValueError as fault:
            raise Fault("bad-request", str(fault), field="password") from None
        editor.setup_token = None
    await editor.note(body.name, "set up", body.name)
    return await _enter(call, body.name, body.password, keys)


async def change_password(call: Call) -> Reply:
    """Change one's password."""
    editor, caller, body = call.editor, call.caller, call.body
    if caller is None or caller.kind != "session":
        raise Fault("forbidden", "a token has no password")
    keys = _keys(call, caller.name)
    editor.throttle.take(keys, time.monotonic())
    async with editor.hashing:
        secret = await asyncio.to_thread(editor.access.accounts.log_in, caller.name, body.old)
        if secret is None:
            raise Fault("wrong-password")
        try:
            await asyncio.to_thread(editor.access.accounts.change_user, caller.name, body.new)
        except ValueError as fault:
            raise Fault("bad-request", str(fault), field="new") from None
    editor.throttle.forgive(keys)
    await editor.note(caller.name, "change password", caller.name)
    async with editor.hashing:
        secret = await asyncio.to_thread(editor.access.accounts.log_in, caller.name, body.new)
    return Reply(status=204, cookie=secret)


async def _enter(call: Call, name: str, password: str, keys: list[str]) -> Reply:
    editor = call.editor
    async with editor.hashing:
        secret = await asyncio.to_thread(editor.access.accounts.log_in, name, password)
    if secret is None:
        raise Fault("wrong-password")
    editor.throttle.forgive(keys)
    user = await editor.access.of_session(secret)
    return Reply(await _session(call, user), cookie=secret)


async def _session(call: Call, caller: Caller | None) -> Session:
    empty = await asyncio.to_thread(lambda: call.editor.access.accounts.empty)
    user = UserShape(caller.name, caller.role) if caller else None
    return Session(user, empty, __version__, call.editor.stale_ui)


def _keys(call: Call, name: str) -> list[str]:
    return [f"address {call.request.remote}", f"name {name}"]


ROUTES = [
    Route("GET", "session", "none", read, Session),
    Route("POST", "session", "none", log_in, Session, LogIn),
    Route("DELETE", "session", "any", log_out, status=204),
    Route("POST", "session/setup", "none", set_up, Session, SetUp),
    Route("PUT", "session/password", "any", change_password, body=NewPassword, status=204),
]
