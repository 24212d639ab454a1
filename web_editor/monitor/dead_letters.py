"""Dead letters of all flows: found, shown and forgotten, in the files that their nodes keep. Knows no request."""

from __future__ import annotations

import asyncio
import base64
import binascii
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from flowengine.engine import Engine
from flowengine.flow.places import public
from flowengine.store import data_folder
from flowengine.store.dead_letters import DeadLetters, Letter
from web_editor.jsons import to_json

MOST_SEARCHED = 10_000


AT_ONCE = 1000


COUNT_S = 5.0


class DeadLetterBox:
    """The files of letters of one engine, opened while they are used. Blocking, one caller at a time."""

    def __init__(self, engine: Engine):
        self._engine = engine
        self._guard = threading.Lock()
        self.count = 0

    def find(self, flow: str, node: str, search: str, origin: str = "") -> list[tuple[str, str, Letter]]:
        """Letters with their flow and dead-letter node, newest first, at most 10,000.

        `origin` is the node that refused them, or the subflow that it is in.
        """
        text = search.casefold()
        with self._guard:
            found = [
                (place[0], place[1], letter)
                for place, store in self._stores(flow, node)
                for letter in _newest(store)
                if _is_from(letter, origin) and (not text or text in _searched(letter))
            ]
        return sorted(found, key=lambda row: -row[2].died_ns)[:MOST_SEARCHED]

    def show(self, id: str) -> tuple[str, str, Letter] | None:
        """One letter. Another worker of a cluster may have one of the same number, that died at another time."""
        place = _place_of(id)
        with self._guard:
            for (flow, node), store in self._stores(place[0], public(place[1])) if place else ():
                letter = store.show(place[2]) if place else None
                if place and letter is not None and letter.died_ns == place[3]:
                    return flow, node, letter
        return None

    def remove(self, places: Iterable[tuple[str, str, int]]) -> int:
        """Forget letters; how many there were."""
        wanted: dict[tuple[str, str], list[int]] = {}
        for flow, node, number in places:
            wanted.setdefault((flow, node), []).append(number)
        with self._guard:
            return sum(
                store.remove(wanted[place])
                for place in wanted
                for found, store in self._stores(place[0], public(place[1]))
                if found == place
            )

    def purge(self, flow: str, node: str) -> int:
        """Forget every letter; how many there were."""
        with self._guard:
            return sum(store.purge() for _, store in self._stores(flow, node))

    async def keep_count(self) -> None:
        """Count from time to time, until cancelled."""
        while True:
            self.count = await asyncio.to_thread(self._count)
            await asyncio.sleep(COUNT_S)

    def _count(self) -> int:
        with self._guard:
            return sum(store.count for _, store in self._stores("", ""))

    def _stores(self, flow: str, node: str) -> Iterator[tuple[tuple[str, str], DeadLetters]]:
        for file in data_folder.dead_letters(self._engine.settings.data_dir):
            place = _place(file)
            if (not flow or place[0] == flow) and (not node or public(place[1]) == node):
                try:
                    # Bounds are the node's business: this must never make anything go.
                    store = DeadLetters(file, max_bytes=1 << 60, keep_s=1e9)
                except (sqlite3.Error, OSError):
                    continue
                try:
                    yield place, store
                finally:
                    store.close()


def _is_from(letter: Letter, origin: str) -> bool:
    return not origin or f"{public(letter.node)}/".startswith(f"{origin}/")


def _searched(letter: Letter) -> str:
    return to_json([letter.node, letter.reason, letter.message.topic, letter.message.payload]).decode().casefold()


def _newest(store: DeadLetters) -> Iterator[Letter]:
    """The store lists from the oldest on; what is beyond the bound of a search is not seen."""
    after = 0
    for _ in range(0, MOST_SEARCHED, AT_ONCE):
        page = store.list(most=AT_ONCE, after=after)
        yield from page
        if len(page) < AT_ONCE:
            return
        after = page[-1].id


def _place(file: Path) -> tuple[str, str]:
    return file.parts[-3], file.parts[-2]


def _place_of(id: str) -> tuple[str, str, int, int] | None:
    try:
        flow, node, number, died_ns = base64.urlsafe_b64decode(id + "=" * (-len(id) % 4)).decode().split("\0")
        return flow, node, int(number), int(died_ns)
    except (binascii.Error, UnicodeError, ValueError):
        return None
