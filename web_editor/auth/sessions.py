"""Logging in, setting the first password, changing one's own: throttled, few hashes at a time. Knows no request."""

from __future__ import annotations

import asyncio
import hmac
import secrets
import time
from collections.abc import Callable

from flowengine.store.accounts import tell_nobody_left
from web_editor.auth.access import Access, Caller
from web_editor.auth.attempts import Attempts
from web_editor.auth.entries import Entries
from web_editor.auth.hashing import Hashing
from web_editor.problems import Fault


class Sessions:
    """Everything that takes a password. `setup_token` is None once somebody has set the first one."""

    def __init__(self, access: Access, entries: Entries):
        self._access, self._entries = access, entries
        self._attempts = Attempts()
        self._setting_up = asyncio.Lock()
        self.hashing = Hashing()
        self.setup_token: str | None = None
        self.told: Callable[[str], None] = lambda hashed: None
        """Told the hash of each session that begins or ends."""

    async def start(self) -> None:
        """Look whether there is anybody yet. Raises `sqlite3.Error`, `OSError`."""
        first = await asyncio.to_thread(lambda: self._access.accounts.first_start)
        await asyncio.to_thread(tell_nobody_left, self._access.accounts)
        self.setup_token = secrets.token_urlsafe(24) if first else None

    def somebody_is_there(self) -> None:
        """Users came from another worker: the first password is set."""
        self.setup_token = None

    def close(self) -> None:
        """Hash no more."""
        self.hashing.close()

    async def nobody_yet(self) -> bool:
        """Whether the first password has to be set still."""
        return await asyncio.to_thread(lambda: self._access.accounts.first_start)

    async def log_in(self, address: str | None, name: str, password: str) -> tuple[Caller, str]:
        """Who is in now, and the secret of the session. Raises `Fault`."""
        await self._attempt(address, name)
        if await self.nobody_yet():
            raise Fault("setup-required")
        return await self._enter(name, password, address)

    async def log_out(self, caller: Caller | None, address: str | None) -> None:
        """End the session; a token has none."""
        if caller is not None and caller.kind == "session":
            await asyncio.to_thread(self._access.accounts.end_session, caller.key)
            self.told(caller.key)
            await self._entries.went(caller.name, address)

    async def set_up(self, address: str | None, token: str, name: str, password: str) -> tuple[Caller, str]:
        """Make the first admin, who has the link that was printed, and let him in. Raises `Fault`."""
        await self._attempt(address, name)
        async with self._setting_up:
            if self.setup_token is None or not await self.nobody_yet():
                raise Fault("forbidden", "the first user is there already; log in")
            if not hmac.compare_digest(self.setup_token.encode(), token.encode("utf-8", "replace")):
                await self._entries.failed("set up refused", name, address)
                raise Fault("forbidden", "the link is not the one that was printed when the engine started")
            try:
                await self.hashing.run(self._access.accounts.add_user, name, password, "admin")
            except ValueError as fault:
                raise Fault("bad-request", str(fault), field="password") from None
            self.setup_token = None
        return await self._enter(name, password, address)

    async def change_password(self, address: str | None, caller: Caller, old: str, new: str) -> str:
        """The secret of a new session; every other one has ended. Raises `Fault`."""
        await self._attempt(address, caller.name)
        accounts = self._access.accounts
        if await self.hashing.run(accounts.log_in, caller.name, old) is None:
            await self._entries.failed("change password refused", caller.name, address)
            raise Fault("wrong-password")
        try:
            await self.hashing.run(accounts.change_user, caller.name, new)
        except ValueError as fault:
            raise Fault("bad-request", str(fault), field="new") from None
        _, secret = await self._enter(caller.name, new, address)
        return secret

    async def _enter(self, name: str, password: str, address: str | None) -> tuple[Caller, str]:
        secret = await self.hashing.run(self._access.accounts.log_in, name, password)
        caller = await self._access.of_session(secret) if secret is not None else None
        if secret is None or caller is None:
            await self._entries.failed("log in refused", name, address)
            raise Fault("wrong-password")
        self.told(caller.key)
        self._attempts.right(address, name)
        await self._entries.came_in(name, address)
        return caller, secret

    async def _attempt(self, address: str | None, name: str) -> None:
        try:
            self._attempts.take(address, name, time.monotonic())
        except Fault:
            await self._entries.failed("log in throttled", name, address)
            raise
