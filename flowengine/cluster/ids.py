"""Message ids that no other worker gives: each takes a stretch of its own when it starts."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from flowengine.store.jetstream.keys import StreamKeys
from flowengine.store.port import Conflict

KEY, OF_A_WORKER = "ids", 2**40


async def claimed(keys: StreamKeys, time_ns: int) -> Iterator[int]:
    """Ids from the time on, or after what others have taken. Raises `OSError`."""
    while True:
        found = await keys.aget(KEY)
        first = max(time_ns, int(found.value) if found is not None else 0)
        try:
            await keys.aput(KEY, str(first + OF_A_WORKER).encode(), 0 if found is None else found.revision)
        except Conflict:
            continue
        return itertools.count(first)
