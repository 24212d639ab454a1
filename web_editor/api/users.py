"""`users` and `tokens`: who may come in, for admins. Every change is audited."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from flowengine.store import accounts, tokens
from flowengine.store.accounts import LastAdmin, Role, Taken
from web_editor.problems import Fault
from web_editor.routing import Body, Call, Listed, Name, Query, Reply, Route, listed

Password = Annotated[str, Meta(min_length=10, max_length=200)]


class User(msgspec.Struct):
    """A person."""

    name: str
    role: Role
    disabled: bool
    created_ms: float
    last_login_ms: float | None


class Token(msgspec.Struct):
    """A machine's access."""

    id: str
    name: str
    role: Role
    created_ms: float
    expires_ms: float | None
    last_used_ms: float | None


class NewToken(Token):
    """With its secret, this once."""

    token: str


class AddUser(Body):
    """A new person."""

    name: Name
    password: Password
    role: Role


class ChangeUser(Body):
    """What is to be different."""

    password: Password | UnsetType = UNSET
    role: Role | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET


class AddToken(Body):
    """A new machine."""

    name: Name
    role: Role
    expires_ms: float | None = None


async def list_users(call: Call) -> Listed:
    """Every user."""
    return listed([_user(each) for each in await asyncio.to_thread(call.services.access.accounts.users)], call.query)


async def add_user(call: Call) -> User:
    """Add a user."""
    body = call.body
    hashing = call.services.sessions.hashing
    added = await _done(hashing.run, call.services.access.accounts.add_user, body.name, body.password, body.role)
    await call.services.record(call.user, "add user", body.name, body.role)
    return _user(added)


async def change_user(call: Call) -> User:
    """Change a user and end his sessions."""
    name, body = call.part("name"), call.body
    changes = {key: None if value is UNSET else value for key, value in msgspec.structs.asdict(body).items()}
    hashing = call.services.sessions.hashing
    changed = await _done(hashing.run, call.services.access.accounts.change_user, name, **changes)
    said = [key if key == "password" else f"{key} {value}" for key, value in changes.items() if value is not None]
    await call.services.record(call.user, "change user", name, ", ".join(said))
    return _user(changed)


async def remove_user(call: Call) -> Reply:
    """Remove a user."""
    name = call.part("name")
    await _done(asyncio.to_thread, call.services.access.accounts.remove_user, name)
    await call.services.record(call.user, "remove user", name)
    return Reply(status=204)


async def list_tokens(call: Call) -> Listed:
    """Every token, without its secret."""
    return listed([_token(each) for each in await asyncio.to_thread(call.services.access.tokens.all)], call.query)


async def add_token(call: Call) -> NewToken:
    """Add a token; the answer is the only one that holds its secret."""
    body = call.body
    expires_ns = None if body.expires_ms is None else int(body.expires_ms * 1e6)
    if expires_ns is not None and not 0 < expires_ns < 1 << 62:
        raise Fault("bad-request", "expires_ms is a time in ms", field="expires_ms")
    added, secret = await _done(asyncio.to_thread, call.services.access.tokens.add, body.name, body.role, expires_ns)
    await call.services.record(call.user, "add token", body.name, body.role)
    return NewToken(**msgspec.structs.asdict(_token(added)), token=secret)


async def remove_token(call: Call) -> Reply:
    """Revoke a token."""
    await _done(asyncio.to_thread, call.services.access.tokens.remove, call.part("token"))
    await call.services.record(call.user, "remove token", call.part("token"))
    return Reply(status=204)


async def _done(run: Callable[..., Awaitable[Any]], work: Any, *arguments: Any, **named: Any) -> Any:
    """What the store answers in a thread, its refusals as problems."""
    try:
        return await run(work, *arguments, **named)
    except (Taken, LastAdmin) as refused:
        raise Fault("exists", str(refused)) from None
    except KeyError:
        raise Fault("not-found", "there is no such user or token") from None
    except ValueError as fault:
        raise Fault("bad-request", str(fault)) from None


def _user(user: accounts.User) -> User:
    return User(user.name, user.role, user.disabled, user.created_ns / 1e6, _ms(user.login_ns))


def _token(token: tokens.Token) -> Token:
    created_ms = token.created_ns / 1e6
    return Token(token.id, token.name, token.role, created_ms, _ms(token.expires_ns), _ms(token.used_ns))


def _ms(at_ns: int | None) -> float | None:
    return None if at_ns is None else at_ns / 1e6


ROUTES = [
    Route("GET", "users", "admin", list_users, list[User], query=Query),
    Route("POST", "users", "admin", add_user, User, AddUser, status=201),
    Route("PATCH", "users/{name}", "admin", change_user, User, ChangeUser),
    Route("DELETE", "users/{name}", "admin", remove_user, status=204),
    Route("GET", "tokens", "admin", list_tokens, list[Token], query=Query),
    Route("POST", "tokens", "admin", add_token, NewToken, AddToken, status=201),
    Route("DELETE", "tokens/{token}", "admin", remove_token, status=204),
]
