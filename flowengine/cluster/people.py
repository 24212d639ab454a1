"""Users and tokens, the same at every worker: each one a key of the bucket, compared once a second with the file.

Whoever changed it last, has it; a file that is empty changes nobody's, so that a lost one is filled again.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable

from flowengine.store.accounts import Accounts
from flowengine.store.jetstream.keys import StreamKeys
from flowengine.store.jetstream.units import token
from flowengine.store.port import Conflict, Entry
from flowengine.store.shared_accounts import GONE, facts, take

log = logging.getLogger("flowengine.cluster")
PEOPLE = "people"
SYNC_S = 1.0
Key = tuple[str, str]


class SharedPeople:
    """Of one worker; `accounts` are those that agree with the others', once there are some."""

    def __init__(self, keys: StreamKeys):
        self._keys = keys
        self.accounts: Accounts | None = None
        self.taken: Callable[[], None] = lambda: None
        self._agreed: dict[Key, bytes] = {}

    async def keep(self) -> None:
        """Agree with the others, until cancelled."""
        while True:
            try:
                await self.sync()
            except (OSError, sqlite3.Error) as fault:
                log.warning("users cannot be compared with other workers': %s", fault)
            await asyncio.sleep(SYNC_S)

    async def sync(self) -> None:
        """Take in what changed elsewhere, and tell what changed here. Raises `Away`, `sqlite3.Error`."""
        if self.accounts is None:
            return
        there = await self._there()
        here = await asyncio.to_thread(facts, self.accounts)
        for key in here.keys() | there.keys() | self._agreed.keys():
            await self._agree(key, here.get(key, GONE), there.get(key), bool(here))

    async def _agree(self, key: Key, here: bytes, there: Entry | None, any_here: bool) -> None:
        said = there.value.partition(b"\0")[2] if there is not None else GONE
        if here == said:
            self._agreed[key] = here
            return
        is_new = there is None and key not in self._agreed
        is_ours = key in self._agreed and here != self._agreed[key]
        if (is_new or is_ours) and any_here:
            try:
                value = f"{key[0]}:{key[1]}".encode() + b"\0" + here
                name = f"{PEOPLE}.{key[0]}.{token(key[1])}"
                await self._keys.aput(name, value, there.revision if there is not None else 0)
            except Conflict:
                return  # somebody else changed it at the same time: the next comparison takes that
            self._agreed[key] = here
        elif self.accounts is not None:
            await asyncio.to_thread(take, self.accounts, *key, said)
            self._agreed[key] = said
            self.taken()

    async def _there(self) -> dict[Key, Entry]:
        found: dict[Key, Entry] = {}
        for entry in (await self._keys.aentries(PEOPLE)).values():
            kind, _, name = entry.value.partition(b"\0")[0].decode().partition(":")
            found[kind, name] = entry
        return found
