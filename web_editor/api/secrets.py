"""`secrets`: what people hand to the engine here; written, never read back. Every change is audited."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from flowengine.engine import Engine
from flowengine.secrets import MOST_BYTES, Unreadable
from web_editor.problems import Fault
from web_editor.routing import Body, Call, Listed, Query, Reply, Route, listed

Source = Literal["kept", "given", "missing", "unreadable"]
_NAMED = re.compile(r"\$\{secret:([A-Za-z_][A-Za-z0-9_.-]*)\}")


class SecretRow(msgspec.Struct):
    """A secret without its value."""

    name: str
    source: Source
    sealed: bool
    by: str | None
    written_ms: float | None
    used_by: list[str]


class PutSecret(Body):
    """The value, this once."""

    value: Annotated[str, Meta(min_length=1, max_length=MOST_BYTES)]


async def list_secrets(call: Call) -> Listed:
    """Those that are kept and those that flows name."""
    return listed(await asyncio.to_thread(_rows, call), call.query)


async def put_secret(call: Call) -> SecretRow:
    """Keep a secret in place of the one before."""
    row = await asyncio.to_thread(_put, call, call.part("name"), call.body.value)
    await call.services.record(call.user, "set secret", row.name)
    return row


async def remove_secret(call: Call) -> Reply:
    """Forget a secret."""
    name = call.part("name")
    try:
        await asyncio.to_thread(call.services.engine.kept_secrets.remove, name)
    except (KeyError, Unreadable):
        raise Fault("not-found", "no such secret is kept here") from None
    call.editing.workspace.texts.forget()
    await call.services.record(call.user, "remove secret", name)
    return Reply(status=204)


def _put(call: Call, name: str, value: str) -> SecretRow:
    engine = call.services.engine
    before = _row(engine, name, [])
    if before.source == "given":
        raise Fault("exists", "the machine's owner gives this secret; it is changed there")
    try:
        engine.kept_secrets.put(name, value, call.user)
    except ValueError as fault:
        raise Fault("bad-request", str(fault), field="value" if "secret is" in str(fault) else "name") from None
    if engine.secrets.get(name) != value:
        engine.kept_secrets.remove(name)
        raise Fault("refused", "flows of this engine may not use a secret of that name (--allow-secrets)")
    call.editing.workspace.texts.forget()
    return _row(engine, name, _users(call).get(name, []))


def _rows(call: Call) -> list[SecretRow]:
    engine, users = call.services.engine, _users(call)
    return [_row(engine, name, users.get(name, [])) for name in sorted({*engine.kept_secrets.names(), *users})]


def _row(engine: Engine, name: str, used_by: list[str]) -> SecretRow:
    kept = None
    try:
        kept = engine.kept_secrets.about(name)
        value = engine.secrets.get(name)
        source: Source = "missing" if value is None else "given"
        if kept is not None and value == engine.kept_secrets.get(name):
            source = "kept"
    except (OSError, ValueError):
        source = "unreadable"
    if kept is None:
        return SecretRow(name, source, False, None, None, used_by)
    return SecretRow(name, source, bool(kept.sealed), kept.by, kept.at_ns / 1e6, used_by)


def _users(call: Call) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for id, flow in call.editing.workspace.sources.all().items():
        for name in dict.fromkeys(_NAMED.findall(flow.text)):
            found.setdefault(name, []).append(id)
    return found


ROUTES = [
    Route("GET", "secrets", "integrator", list_secrets, list[SecretRow], query=Query),
    Route("PUT", "secrets/{name}", "integrator", put_secret, SecretRow, PutSecret),
    Route("DELETE", "secrets/{name}", "integrator", remove_secret, status=204),
]
