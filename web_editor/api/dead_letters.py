"""`dead-letters`: messages that nothing accepted: list, look into, give back to the node that rejected them, purge."""

from __future__ import annotations

import asyncio
import base64
import binascii
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from flowengine.engine import Engine
from flowengine.message import Message, pack
from flowengine.runtime.inject import Full, inject
from flowengine.runtime.live import internal, public
from flowengine.store.dead_letters import DeadLetters, Letter, stores
from web_editor.jsons import to_json
from web_editor.payloads import TapMessage, shown
from web_editor.problems import Fault
from web_editor.routing import Body, Call, Query, Route, listed

MOST_SEARCHED = 10_000
AT_ONCE = 1000
COUNT_S = 5.0
SETTLE_S = 1.0
"""How long an answer waits for redriven letters to be settled, so that most are gone from the next list."""

_OF_THIS = ("error",)


class DeadLetter(msgspec.Struct):
    """One message that nothing accepted."""

    id: str
    at_ms: float
    flow: str
    node: str
    from_: str = msgspec.field(name="from")
    reason: str
    attempts: int
    topic: str | None
    size_bytes: int


class WholeLetter(DeadLetter):
    """With the message."""

    message: TapMessage


class LetterList(msgspec.Struct):
    """A page of letters, and how many there are in all."""

    items: list[DeadLetter]
    next: str | None
    total: int


class Count(msgspec.Struct):
    """How many."""

    count: int


class Letters(Body):
    """Which letters: by their ids, or all of a flow or node."""

    ids: Annotated[list[Annotated[str, Meta(max_length=300)]], Meta(max_length=1000)] | None = None
    all: bool = False
    flow: str = ""
    node: str = ""


class LetterQuery(Query):
    """Which letters."""

    flow: str = ""
    node: str = ""
    search: Annotated[str, Meta(max_length=500)] = ""


class LetterBox:
    """The files of letters of one engine, opened while they are used. Blocking, one caller at a time."""

    def __init__(self, engine: Engine):
        self._engine = engine
        self._guard = threading.Lock()
        self.count = 0

    def find(self, flow: str, node: str, search: str) -> list[tuple[str, str, Letter]]:
        """Letters with their flow and dead-letter node, newest first, at most 10,000."""
        text = search.casefold()
        with self._guard:
            found = [
                (place[0], place[1], letter)
                for place, store in self._stores(flow, node)
                for letter in _newest(store)
                if not text or text in _searched(letter)
            ]
        return sorted(found, key=lambda row: -row[2].died_ns)[:MOST_SEARCHED]

    def show(self, id: str) -> tuple[str, str, Letter] | None:
        """One letter."""
        place = _place_of(id)
        with self._guard:
            for (flow, node), store in self._stores(place[0], public(place[1])) if place else ():
                letter = store.show(place[2]) if place else None
                if letter is not None:
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
        for file in stores(self._engine.settings.data_dir):
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


async def list_letters(call: Call) -> LetterList:
    """Dead letters, newest first."""
    query = call.query
    found = await asyncio.to_thread(call.editor.letters.find, query.flow, query.node, query.search)
    page = listed(found, query)
    return LetterList([_told(*row) for row in page.items], page.next, len(found))


async def read(call: Call) -> WholeLetter:
    """A dead letter with its message."""
    found = await asyncio.to_thread(call.editor.letters.show, call.part("letter"))
    if found is None:
        raise Fault("not-found", "there is no such letter")
    flow, node, letter = found
    told = _told(flow, node, letter)
    fields = {name: getattr(told, name) for name in told.__struct_fields__}
    return WholeLetter(**fields, message=shown(letter.message, flow, told.from_, "error"))


async def redrive(call: Call) -> Count:
    """Give letters back to the nodes that rejected them; each is forgotten once it is settled there."""
    editor = call.editor
    count, refused = 0, ""
    for flow, node, letter in await asyncio.to_thread(_chosen, editor.letters, call.body):
        place = (flow, node, letter.id)
        settled = editor.redriving.begin(place)
        if settled is None:
            continue
        try:
            _give_back(editor.engine, flow, letter, settled)
        except (KeyError, Full) as fault:
            editor.redriving.failed(place)
            refused = "its queue is full" if isinstance(fault, Full) else f"{flow}/{letter.node} does not run"
            continue
        count += 1
        if count % AT_ONCE == 0:
            await asyncio.sleep(0)
    if not count and refused:
        raise Fault("not-running", f"no letter could be given back: {refused}")
    await editor.redriving.quiet(SETTLE_S)
    await editor.note(call.user, "redrive letters", _subject(call.body), f"{count} letters")
    return Count(count)


async def purge(call: Call) -> Count:
    """Forget letters."""
    box, body = call.editor.letters, call.body
    if body.ids is None and body.all:
        count = await asyncio.to_thread(box.purge, body.flow, body.node)
    else:
        places = [place for id in _ids(body) if (place := _place_of(id))]
        count = await asyncio.to_thread(box.remove, places)
    await call.editor.note(call.user, "purge letters", _subject(body), f"{count} letters")
    return Count(count)


def _chosen(box: LetterBox, body: Letters) -> list[tuple[str, str, Letter]]:
    if body.ids is None and body.all:
        return box.find(body.flow, body.node, "")
    return [found for id in _ids(body) if (found := box.show(id))]


def _ids(body: Letters) -> list[str]:
    if body.ids is None or body.all:
        raise Fault("bad-request", "exactly one of `ids` and `all: true`", field="ids")
    return body.ids


def _give_back(engine: Engine, flow: str, letter: Letter, settled: Callable[[], None]) -> None:
    message = letter.message
    meta = {key: value for key, value in message.meta.items() if key not in _OF_THIS}
    inject(engine.flows[flow], engine.services, letter.node, message.replace(meta=meta), ack=settled)


def _told(flow: str, node: str, letter: Letter) -> DeadLetter:
    message: Message = letter.message
    return DeadLetter(
        id=_id(flow, node, letter.id),
        at_ms=letter.died_ns / 1e6,
        flow=flow,
        node=public(node),
        from_=public(letter.node),
        reason=letter.reason,
        attempts=1,
        topic=message.topic or None,
        size_bytes=len(pack(message)),
    )


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


def _id(flow: str, node: str, number: int) -> str:
    return base64.urlsafe_b64encode(f"{flow}\0{node}\0{number}".encode()).rstrip(b"=").decode()


def _place_of(id: str) -> tuple[str, str, int] | None:
    try:
        flow, node, number = base64.urlsafe_b64decode(id + "=" * (-len(id) % 4)).decode().split("\0")
        return flow, node, int(number)
    except (binascii.Error, UnicodeError, ValueError):
        return None


def _subject(body: Letters) -> str:
    return f"{body.flow or '*'}/{internal(body.node) or '*'}" if body.all else f"{len(body.ids or ())} chosen"


ROUTES = [
    Route("GET", "dead-letters", "operator", list_letters, LetterList, query=LetterQuery),
    Route("GET", "dead-letters/{letter}", "operator", read, WholeLetter),
    Route("POST", "dead-letters/redrive", "integrator", redrive, Count, Letters),
    Route("POST", "dead-letters/purge", "integrator", purge, Count, Letters),
]
