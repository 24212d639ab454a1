"""Users and their sessions, in one file under the data folder. Blocking; checks no roles, knows no tokens."""

from __future__ import annotations

import logging
import re
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from flowengine.clock import Clock, SystemClock
from flowengine.store.database import Database, Row
from flowengine.store.marker import Marker
from flowengine.store.passwords import hash_password, is_password, new_token, token_hash

Role = Literal["viewer", "operator", "integrator", "admin"]
ROLES: tuple[Role, ...] = ("viewer", "operator", "integrator", "admin")
NAME = re.compile(r"[a-z0-9._@-]{1,64}")
log = logging.getLogger("flowengine.store")
FILE = "accounts.db"

BAD_NAME = "a name has 1 to 64 of the characters a-z 0-9 . _ @ -"
SESSION_NS = 7 * 86_400 * 10**9
IDLE_NS = 12 * 3_600 * 10**9
SEEN_EVERY_NS = 60 * 10**9
MOST_SESSIONS = 100
"""Of one user; the oldest go first."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS users (
  name TEXT PRIMARY KEY, hash TEXT NOT NULL, role TEXT NOT NULL, disabled INTEGER NOT NULL DEFAULT 0,
  created_ns INTEGER NOT NULL, login_ns INTEGER);
CREATE TABLE IF NOT EXISTS sessions (
  hash TEXT PRIMARY KEY, user TEXT NOT NULL, created_ns INTEGER NOT NULL, seen_ns INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS tokens (
  id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, hash TEXT NOT NULL UNIQUE, role TEXT NOT NULL,
  created_ns INTEGER NOT NULL, expires_ns INTEGER, used_ns INTEGER);
CREATE TABLE IF NOT EXISTS drafting (token TEXT PRIMARY KEY, user TEXT NOT NULL);
CREATE VIEW IF NOT EXISTS writers AS SELECT name FROM users WHERE NOT disabled AND role IN ('integrator', 'admin');
"""

_USER = "SELECT name, role, disabled, created_ns, login_ns FROM users"
_ANOTHER_ADMIN = "EXISTS (SELECT 1 FROM users WHERE role = 'admin' AND NOT disabled AND name <> ?)"


class Taken(ValueError):
    """The name belongs to another user or token."""


class LastAdmin(ValueError):
    """Without this user nobody could give rights any more."""


@dataclass(frozen=True, slots=True)
class User:
    """A person; times are UTC nanoseconds."""

    name: str
    role: Role
    disabled: bool
    created_ns: int
    login_ns: int | None


class Accounts:
    """Who may come in. Every change is on disk when a method returns."""

    def __init__(self, data_dir: Path, clock: Clock | None = None, mends: bool = False):
        """A damaged file is set aside and begun anew where this one `mends`: the engine's, and nobody else's."""
        self.file = Database(data_dir / FILE, SCHEMA, mends)
        self.data_dir = data_dir
        self._marker = Marker(data_dir / FILE)
        """Accounts that are lost later never let a stranger set the first password."""

        self._clock = clock or SystemClock()

    @property
    def empty(self) -> bool:
        """Whether no user exists yet."""
        return self.file.row("SELECT 1 FROM users") is None

    @property
    def first_start(self) -> bool:
        """Whether no user ever existed, so that the first password may be set by whoever saw the engine start."""
        if self.empty:
            return not self._marker
        self._marker.make()
        return False

    def users(self) -> list[User]:
        """All, by name."""
        return [_user(row) for row in self.file.rows(f"{_USER} ORDER BY name")]

    def add_user(self, name: str, password: str, role: Role) -> User:
        """The new user. Raises `Taken`, or ValueError for a bad name or password."""
        if not NAME.fullmatch(name):
            raise ValueError(BAD_NAME)
        try:
            self.file.write(
                "INSERT INTO users (name, hash, role, created_ns) VALUES (?, ?, ?, ?)",
                name, hash_password(password), role, self._clock.time_ns(),
            )  # fmt: skip
        except sqlite3.IntegrityError:
            raise Taken(f"there is a user {name!r} already") from None
        self._marker.make()
        return self._known(name)

    def reset(self) -> None:
        """Forget every user, session and token; the next start asks for the first password again."""
        self.file.write_all([(f"DELETE FROM {table}", ()) for table in ("sessions", "drafting", "tokens", "users")])  # noqa: S608
        self._marker.remove()

    def change_user(
        self, name: str, password: str | None = None, role: Role | None = None, disabled: bool | None = None
    ) -> User:
        """The changed user, whose sessions have ended. Raises KeyError, `LastAdmin`, ValueError for a bad password."""
        user = self._known(name)
        keeps = (role or user.role) == "admin" and not (user.disabled if disabled is None else disabled)
        changes = {"role": role, "disabled": disabled, "hash": password and hash_password(password)}
        wanted = {column: value for column, value in changes.items() if value is not None}
        if wanted:
            settings = ", ".join(f"{column} = ?" for column in wanted)
            self._unless_last(user, keeps, f"UPDATE users SET {settings} WHERE name = ?", *wanted.values(), name)  # noqa: S608 - fixed names
        self.end_sessions(name)
        return self._known(name)

    def remove_user(self, name: str) -> None:
        """Remove the user and every session. Raises KeyError, `LastAdmin`."""
        self._unless_last(self._known(name), False, "DELETE FROM users WHERE name = ?", name)
        self.end_sessions(name)

    def log_in(self, name: str, password: str) -> str | None:
        """The secret of a new session; None for a wrong name or password, which are not told apart."""
        row = self.file.row("SELECT hash, disabled FROM users WHERE name = ?", name)
        stored = row[0] if row is not None and not row[1] else None
        if not is_password(stored, password):
            return None
        now_ns, secret = self._clock.time_ns(), new_token()
        self.file.write_all([
            ("INSERT INTO sessions VALUES (?, ?, ?, ?)", (token_hash(secret), name, now_ns, now_ns)),
            ("UPDATE users SET login_ns = ? WHERE name = ?", (now_ns, name)),
            ("DELETE FROM sessions WHERE created_ns < ? OR seen_ns < ?", (now_ns - SESSION_NS, now_ns - IDLE_NS)),
            ("DELETE FROM sessions WHERE user = ? AND hash NOT IN (SELECT hash FROM sessions WHERE user = ? "
             "ORDER BY created_ns DESC LIMIT ?)", (name, name, MOST_SESSIONS)),
        ])  # fmt: skip
        return secret

    def session(self, hashed: str) -> User | None:
        """The user of a session that still holds; `hashed` is `token_hash` of its secret."""
        row = self.file.row("SELECT user, created_ns, seen_ns FROM sessions WHERE hash = ?", hashed)
        now_ns = self._clock.time_ns()
        if row is None or now_ns - row[1] > SESSION_NS or now_ns - row[2] > IDLE_NS:
            return None
        if now_ns - row[2] > SEEN_EVERY_NS:
            self.file.write("UPDATE sessions SET seen_ns = ? WHERE hash = ?", now_ns, hashed)
        found = self.file.row(f"{_USER} WHERE name = ? AND NOT disabled", row[0])
        return _user(found) if found else None

    def end_session(self, hashed: str) -> None:
        """Log out."""
        self.file.write("DELETE FROM sessions WHERE hash = ?", hashed)

    def end_sessions(self, user: str, but: str = "") -> None:
        """Log a user out everywhere, except from the session of this hash."""
        self.file.write("DELETE FROM sessions WHERE user = ? AND hash <> ?", user, but)

    def close(self) -> None:
        """Let the file go."""
        self.file.close()

    def _known(self, name: str) -> User:
        row = self.file.row(f"{_USER} WHERE name = ?", name)
        if row is None:
            raise KeyError(name)
        return _user(row)

    def _unless_last(self, user: User, keeps: bool, sql: str, *values: object) -> None:
        """Change a user in one statement that does nothing where the last admin would go."""
        if user.role != "admin" or user.disabled or keeps:
            self.file.write(sql, *values)
        elif not self.file.write(f"{sql} AND {_ANOTHER_ADMIN}", *values, user.name):
            raise LastAdmin(f"{user.name!r} is the last admin")


def _user(row: Row) -> User:
    return User(row[0], row[1], bool(row[2]), row[3], row[4])


def tell_nobody_left(accounts: Accounts) -> None:
    """Say in the log that there were users and are none, so that nobody can log in, and what lets somebody in."""
    if accounts.empty and not accounts.first_start:
        log.error(
            "the users of %s are gone (it was deleted, emptied or damaged), and nobody can log in: "
            "`flowengine user add NAME --role admin --data %s` makes one, `flowengine user reset --data %s` lets "
            "the next start print the link for the first password", accounts.data_dir / FILE, *[accounts.data_dir] * 2,
        )  # fmt: skip
