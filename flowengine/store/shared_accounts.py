"""Users and tokens as facts that the accounts of several engines agree on. Blocking; sessions stay where they began.

A fact holds the hash of a password or of a token's secret, never one of these.
"""

from __future__ import annotations

from typing import Any

import msgspec

from flowengine.store.accounts import Accounts

USER, TOKEN = "user", "token"
GONE = b""
_USERS = "SELECT name, hash, role, disabled, created_ns FROM users"
_TOKENS = (
    "SELECT id, name, hash, role, created_ns, expires_ns, drafting.user FROM tokens "
    "LEFT JOIN drafting ON drafting.token = id"
)


def facts(accounts: Accounts) -> dict[tuple[str, str], bytes]:
    """All there is, by kind and name."""
    found = {(USER, row[0]): msgspec.msgpack.encode(row) for row in accounts.file.rows(_USERS)}
    return found | {(TOKEN, row[0]): msgspec.msgpack.encode(row) for row in accounts.file.rows(_TOKENS)}


def take(accounts: Accounts, kind: str, name: str, fact: bytes) -> None:
    """Have one user or token be as the fact says. Sessions of a user who changed end."""
    todo: list[tuple[str, tuple[Any, ...]]] = []
    if kind == USER:
        todo.append(("DELETE FROM sessions WHERE user = ?", (name,)))
        if fact == GONE:
            todo.append(("DELETE FROM users WHERE name = ?", (name,)))
        else:
            todo.append((
                "INSERT INTO users (name, hash, role, disabled, created_ns) VALUES (?, ?, ?, ?, ?) ON CONFLICT (name) "
                "DO UPDATE SET hash = excluded.hash, role = excluded.role, disabled = excluded.disabled, "
                "created_ns = excluded.created_ns",
                tuple(msgspec.msgpack.decode(fact)),
            ))  # fmt: skip
    else:
        todo.append(("DELETE FROM tokens WHERE id = ?", (name,)))
        todo.append(("DELETE FROM drafting WHERE token = ?", (name,)))
        if fact != GONE:
            *row, drafts_for = msgspec.msgpack.decode(fact)
            todo.append(("DELETE FROM tokens WHERE name = ?", (row[1],)))
            todo.append(("INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, NULL)", tuple(row)))
            if drafts_for is not None:
                todo.append(("INSERT INTO drafting VALUES (?, ?)", (name, drafts_for)))
    accounts.file.write_all(todo)
    accounts.first_start  # noqa: B018 - marks that there have been users


def session_fact(accounts: Accounts, hashed: str) -> bytes:
    """The session of this hash, or that it has ended."""
    row = accounts.file.row("SELECT user, created_ns FROM sessions WHERE hash = ?", hashed)
    return msgspec.msgpack.encode((hashed, *(row or ("", 0))))


def take_session(accounts: Accounts, fact: bytes) -> None:
    """A session that began at another worker holds here too; one that ended there has ended."""
    hashed, user, created_ns = msgspec.msgpack.decode(fact)
    if not user:
        accounts.end_session(hashed)
    else:
        accounts.file.write("INSERT OR IGNORE INTO sessions VALUES (?, ?, ?, ?)", hashed, user, created_ns, created_ns)
