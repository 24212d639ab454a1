"""Tokens for machines, beside the users. Blocking; a token's secret is told once and kept as a hash only."""

from __future__ import annotations

import secrets
import sqlite3
from dataclasses import dataclass

from flowengine.clock import Clock, SystemClock
from flowengine.store.accounts import BAD_NAME, NAME, SEEN_EVERY_NS, Role, Taken
from flowengine.store.database import Database
from flowengine.store.passwords import new_token, token_hash

_FOUND = (
    "SELECT id, tokens.name, tokens.role, tokens.created_ns, expires_ns, used_ns, writers.name FROM tokens "
    "LEFT JOIN drafting ON drafting.token = id LEFT JOIN writers ON writers.name = drafting.user"
)


@dataclass(frozen=True, slots=True)
class Token:
    """A machine's access; times are UTC nanoseconds."""

    id: str
    name: str
    role: Role
    created_ns: int
    expires_ns: int | None
    used_ns: int | None
    drafts_for: str | None = None
    """For which person it may write drafts of flows, whatever its role; None once that one may not write any."""


class Tokens:
    """Which machines may come in. Every change is on disk when a method returns."""

    def __init__(self, file: Database, clock: Clock | None = None):
        """They stand in the `file` of the accounts, which closes it."""
        self._data = file
        self._clock = clock or SystemClock()

    def all(self) -> list[Token]:
        """By name."""
        return [Token(*row) for row in self._data.rows(f"{_FOUND} ORDER BY tokens.name")]

    def add(
        self, name: str, role: Role, expires_ns: int | None = None, drafts_for: str | None = None
    ) -> tuple[Token, str]:
        """The new token and its secret. Raises `Taken`, ValueError for a bad name or one who writes no flows."""
        if not NAME.fullmatch(name):
            raise ValueError(BAD_NAME)
        if drafts_for is not None and self._data.row("SELECT 1 FROM writers WHERE name = ?", drafts_for) is None:
            raise ValueError(f"{drafts_for!r} is no user with the role integrator or admin")
        id, secret = secrets.token_hex(8), f"fe_{new_token()}"
        token = Token(id, name, role, self._clock.time_ns(), expires_ns, None, drafts_for)
        try:
            self._data.write(
                "INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, NULL)",
                id, name, token_hash(secret), role, token.created_ns, expires_ns,
            )  # fmt: skip
            if drafts_for is not None:
                self._data.write("INSERT INTO drafting VALUES (?, ?)", id, drafts_for)
        except sqlite3.IntegrityError:
            raise Taken(f"there is a token {name!r} already") from None
        return token, secret

    def remove(self, id_or_name: str) -> None:
        """Raises KeyError for an unknown one."""
        if not self._data.write("DELETE FROM tokens WHERE id = ? OR name = ?", id_or_name, id_or_name):
            raise KeyError(id_or_name)
        self._data.write("DELETE FROM drafting WHERE token NOT IN (SELECT id FROM tokens)")

    def find(self, hashed: str) -> Token | None:
        """The token that still holds; `hashed` is `token_hash` of its secret."""
        row = self._data.row(f"{_FOUND} WHERE tokens.hash = ?", hashed)
        token, now_ns = Token(*row) if row else None, self._clock.time_ns()
        if token is None or (token.expires_ns is not None and now_ns >= token.expires_ns):
            return None
        if now_ns - (token.used_ns or 0) > SEEN_EVERY_NS:
            self._data.write("UPDATE tokens SET used_ns = ? WHERE id = ?", now_ns, token.id)
        return token
