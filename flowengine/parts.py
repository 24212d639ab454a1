"""Messages that are made of one: their ids and times follow from the parent's and their ordinal.

So a message that comes again (a retry, the replay of a spool) has the same parts again, and an upsert stays harmless.
No clock, no state.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from flowengine.message import Message

STEP_NS = 1_000
"""From one arrival or part to the next: what PostgreSQL and MariaDB tell apart."""

MADE_IDS = 1 << 62
"""Made ids lie from here to 2**63, where a signed column still holds them; those that are counted lie below."""


_INDIVISIBLE = frozenset((float, int, bool, type(None)))
_SEPARATORS = ",;\t\n"
_divides = re.compile(f"[{_SEPARATORS}]").search


@lru_cache(4096)
def made_id(*origin: int | str) -> int:
    """An id that follows from where something comes from: the same parts of an origin give the same id."""
    digest = blake2b(repr(origin).encode(), digest_size=8).digest()
    return MADE_IDS | (int.from_bytes(digest, "big") >> 2)


def room_us(payload: Any) -> int:
    """How many microseconds the parts of a payload can take, parts of parts included.

    Exact for lists and maps; of text and bytes, which something may yet decode, as many as they can hold.
    """
    kind = type(payload)
    if kind is dict or kind is list or kind is tuple:
        room = len(payload)
        for value in payload.values() if kind is dict else payload:
            kind = type(value)
            # most text has none of these, and is not worth a call
            if kind not in _INDIVISIBLE and (kind is not str or _divides(value)):
                room += room_us(value)
        return room
    if kind is str:
        return sum(map(payload.count, _SEPARATORS))
    return len(payload) if kind is bytes else 0


def parts_of(
    parent: Message,
    node: str,
    payloads: Iterable[Any],
    metas: Iterable[Mapping[str, Any]] | None = None,
    at_once: bool = False,
) -> Iterator[Message]:
    """The messages that `node` makes of one, in order: each has its own id, and a time at least a microsecond later.

    Their times are the parent's plus the room of the parts before, so that parts of parts are apart too. Parts with
    names of their own that were measured `at_once` keep the parent's time where a device gave it.
    """
    step_ns = 0 if at_once and parent.has_own_time else STEP_NS
    meta, topic, id, after_ns = parent.meta, parent.topic, made_id(parent.id, node), 0
    given = iter(metas) if metas is not None else None
    for payload in payloads:
        about = next(given) if given is not None else meta
        yield Message(payload, topic, parent.time_ns + after_ns, about, parent.arrived_ns + after_ns, id)
        after_ns += step_ns * (1 + room_us(payload))
        id = id + 1 if id < 2 * MADE_IDS - 1 else MADE_IDS
