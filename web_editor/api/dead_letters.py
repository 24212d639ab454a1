"""`dead-letters`: messages that nothing accepted: list, look into, give back to the node that rejected them, purge."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from typing import Annotated

import msgspec
from msgspec import Meta, structs

from flowengine.counts import count_of
from flowengine.flow.places import internal, public
from flowengine.message import Message
from flowengine.runtime.inject import Full
from flowengine.store.dead_letters import Letter
from web_editor.api.letters_elsewhere import Refused, give
from web_editor.monitor.dead_letters import AT_ONCE, DeadLetterBox
from web_editor.monitor.redrive import LetterKey
from web_editor.payloads import TapMessage, size_bytes, tap_message
from web_editor.problems import Fault
from web_editor.routing import Body, Call, Count, Query, Route, listed, offset

SETTLE_S = 1.0
"""How long an answer waits for redriven letters to be settled, so that most are gone from the next list."""

MOST_JOINED = 1000
"""Letters of each worker of a cluster that a list reaches; a search finds older ones."""

_OF_THIS = ("error",)
REDRIVEN = "redriven"
"""In a letter's meta: how often it was given back before."""


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
    origin: str = ""
    search: Annotated[str, Meta(max_length=500)] = ""


async def list_letters(call: Call) -> LetterList:
    """Dead letters, newest first."""
    query = call.query
    found = await asyncio.to_thread(call.services.dead_letters.find, query.flow, query.node, query.search, query.origin)
    page = listed(found, query)
    return LetterList([_row(*row) for row in page.items], page.next, len(found))


async def read(call: Call) -> WholeLetter:
    """A dead letter with its message."""
    found = await asyncio.to_thread(call.services.dead_letters.show, call.part("letter"))
    if found is None:
        raise Fault("not-found", "there is no such letter")
    flow, node, letter = found
    row = _row(flow, node, letter)
    fields = {name: getattr(row, name) for name in row.__struct_fields__}
    return WholeLetter(**fields, message=tap_message(letter.message, flow, row.from_, "error"))


async def redrive(call: Call) -> Count:
    """Give letters back to the nodes that rejected them; each is forgotten once it is settled there."""
    services = call.services
    count, refused = 0, ""
    for flow, node, letter in await asyncio.to_thread(_chosen, services.dead_letters, call.body):
        place = (flow, node, letter.id)
        settled = services.redriving.begin(place)
        if settled is None:
            continue
        try:
            await _give_back(call, place, letter, settled)
        except (Refused, Full) as fault:
            services.redriving.failed(place)
            refused = "its queue is full" if isinstance(fault, Full) else str(fault)
            continue
        count += 1
        if count % AT_ONCE == 0:
            await asyncio.sleep(0)
    if not count and refused:
        raise Fault("not-running", f"no letter could be given back: {refused}")
    await services.redriving.quiet(SETTLE_S)
    await services.record(call.user, "redrive letters", _subject(call.body), count_of(count, "letter"))
    return Count(count)


async def purge(call: Call) -> Count:
    """Forget letters."""
    box, body = call.services.dead_letters, call.body
    if body.ids is None and body.all:
        count = await asyncio.to_thread(box.purge, body.flow, body.node)
    else:
        found = await asyncio.to_thread(_chosen, box, body)
        count = await asyncio.to_thread(box.remove, [(flow, node, letter.id) for flow, node, letter in found])
    await call.services.record(call.user, "purge letters", _subject(body), count_of(count, "letter"))
    return Count(count)


def _chosen(box: DeadLetterBox, body: Letters) -> list[tuple[str, str, Letter]]:
    if body.ids is None and body.all:
        return box.find(body.flow, body.node, "")
    return [found for id in _ids(body) if (found := box.show(id))]


def _ids(body: Letters) -> list[str]:
    if body.ids is None or body.all:
        raise Fault("bad-request", "exactly one of `ids` and `all: true`", field="ids")
    return body.ids


async def _give_back(call: Call, place: LetterKey, letter: Letter, settled: Callable[[], None]) -> None:
    """Where its node runs now. Raises `Refused`, `Full`."""
    engine, flow, message = call.services.engine, place[0], letter.message
    kept = {key: value for key, value in message.meta.items() if key not in _OF_THIS}
    again = message.replace(meta={**kept, REDRIVEN: _redriven(message) + 1})
    try:
        unit = engine.cluster.unit_of(flow, letter.node) if engine.cluster is not None else flow
        if engine.cluster is None or unit in engine.here:
            engine.inject(unit, letter.node, again, ack=settled)
            return
    except KeyError as unknown:
        said = str(unknown.args[0]) if engine.cluster is not None else f"{flow}/{letter.node} does not run"
        raise Refused(said) from None
    await give(call, place, letter.died_ns, unit, letter.node, again, settled)


def _redriven(message: Message) -> int:
    count = message.meta.get(REDRIVEN)
    return count if type(count) is int and 0 < count < 1 << 31 else 0


def _row(flow: str, node: str, letter: Letter) -> DeadLetter:
    message: Message = letter.message
    return DeadLetter(
        id=_id(flow, node, letter),
        at_ms=letter.died_ns / 1e6,
        flow=flow,
        node=public(node),
        from_=public(letter.node),
        reason=letter.reason,
        attempts=1 + _redriven(message),
        topic=message.topic or None,
        size_bytes=size_bytes(message),
    )


def _id(flow: str, node: str, letter: Letter) -> str:
    return base64.urlsafe_b64encode(f"{flow}\0{node}\0{letter.id}\0{letter.died_ns}".encode()).rstrip(b"=").decode()


def _subject(body: Letters) -> str:
    return f"{body.flow or '*'}/{internal(body.node) or '*'}" if body.all else f"{len(body.ids or ())} chosen"


def _from_the_first(query: LetterQuery) -> LetterQuery:
    """Whatever page is asked for, it may lie anywhere among what each worker has."""
    start = offset(query.cursor)
    return structs.replace(query, cursor="", limit=min(MOST_JOINED, start + query.limit))


def _joined(query: LetterQuery, found: list[LetterList]) -> LetterList:
    """Letters of all workers, newest first."""
    rows = sorted((row for each in found for row in each.items), key=lambda row: -row.at_ms)
    page = listed(rows, query)
    return LetterList(page.items, page.next, sum(each.total for each in found))


def _summed(query: None, found: list[Count]) -> Count:
    return Count(sum(each.count for each in found))


ROUTES = [
    Route(
        "GET", "dead-letters", "operator", list_letters, LetterList, query=LetterQuery,
        joined=_joined, widened=_from_the_first,
    ),
    Route("GET", "dead-letters/{letter}", "operator", read, WholeLetter, owned=True),
    Route("POST", "dead-letters/redrive", "integrator", redrive, Count, Letters, joined=_summed),
    Route("POST", "dead-letters/purge", "integrator", purge, Count, Letters, joined=_summed),
]  # fmt: skip
