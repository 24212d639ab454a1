"""Which workers of a cluster live: one is taken for gone when its beat has been the same for a while.

By the observer's own clock; no two clocks are compared.
"""

from __future__ import annotations

import uuid

from flowengine.clock import Clock
from flowengine.store.jetstream.keys import StreamKeys

BEAT = "beat"
SILENCE_S = 5.0
"""After so long without a beat others take over; half of it without an answer, and a worker lets go by itself."""


class Beats:
    """Which workers live, by what is seen of their beats; and one's own."""

    def __init__(self, keys: StreamKeys, owner: str, clock: Clock, silence_s: float = SILENCE_S):
        self.owner, self.instance = owner, uuid.uuid4().hex[:12]
        self.silence_s = silence_s
        self._keys, self._clock = keys, clock
        self._seen: dict[str, tuple[int, float]] = {}
        self.told: dict[str, bytes] = {}
        """What each worker that lives says of itself, by instance."""
        self.answered_s = clock.now_s()
        self.evicted: set[str] = set()
        """Those that operators have declared gone."""

    async def beat(self, news: bytes) -> None:
        """Say that one lives. Raises `Away`."""
        await self._keys.aput(f"{BEAT}.{self.instance}", news)
        self.answered_s = self._clock.now_s()

    async def look(self) -> None:
        """See who has beaten since the last look. Raises `Away`."""
        now_s, found = self._clock.now_s(), await self._keys.aentries(BEAT)
        for key, entry in found.items():
            instance = key.rpartition(".")[2]
            if self._seen.get(instance, (0, 0.0))[0] < entry.revision:
                self._seen[instance] = (entry.revision, now_s)
        self.told = {
            instance: entry.value
            for key, entry in found.items()
            if entry.value and self.alive(instance := key.rpartition(".")[2])
        }

    def alive(self, instance: str) -> bool:
        """Whether it has beaten lately; one of which nothing is known yet is given its time too."""
        now_s = self._clock.now_s()
        seen_s = self._seen.setdefault(instance, (0, now_s))[1]
        return instance not in self.evicted and now_s - seen_s < self.silence_s

    @property
    def revisions(self) -> dict[str, int]:
        """Of the last beat of each worker that was seen."""
        return {instance: revision for instance, (revision, _) in self._seen.items()}

    @property
    def cut_off(self) -> bool:
        """Whether the servers have been silent for so long that others will soon take over."""
        return self._clock.now_s() - self.answered_s > self.silence_s / 2

    async def leave(self) -> None:
        """Nobody need wait for the silence of a worker that says good-bye. Raises `Away`."""
        await self._keys.aput(f"{BEAT}.{self.instance}", b"")
