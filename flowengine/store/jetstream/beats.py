"""Which workers of a cluster live: one is taken for gone when its beat has been the same for a while.

By the observer's own clock; no two clocks are compared. Time counts only while the servers take the observer's own
beats: where they elect a leader just now, nobody's silence means anything. One whose process ended is known sooner: the
servers then say that nobody listens under its name.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from typing import NamedTuple

from flowengine.clock import Clock
from flowengine.store.jetstream.keys import StreamKeys

log = logging.getLogger("flowengine.store")
BEAT = "beat"
BEAT_S = 1.0
SILENCE_S = 5.0
"""After so long without a beat others take over; half of it without an answer, and a worker lets go by itself."""

LATE_S, ABSENT_S = 1.25 * BEAT_S, 1.0
"""One whose beat is late is asked for; the servers say for so long that nobody listens, and others take over."""

PARTED_S = 0.75 * ABSENT_S
"""So long without a connection, and a worker lets go by itself."""


class Seen(NamedTuple):
    """The last beat of a worker, and when it was seen by `Beats.heard_s`."""

    revision: int
    at_s: float


class Beats:
    """Which workers live, by what is seen of their beats; and one's own."""

    def __init__(self, keys: StreamKeys, owner: str, clock: Clock, silence_s: float = SILENCE_S):
        self.owner, self.instance = owner, uuid.uuid4().hex[:12]
        self.silence_s = silence_s
        self._keys, self._clock = keys, clock
        self._seen: dict[str, Seen] = {}
        self._absent_s: dict[str, float] = {}
        self.told: dict[str, bytes] = {}
        """What each worker that lives says of itself, by instance."""
        self._heard_s = 0.0
        self._answered_s = self._connected_s = clock.now_s()
        self._left = set[str]()
        self.evicted: set[str] = set()
        """Those that operators have declared gone."""

    async def open(self) -> None:
        """Others find us as long as this process is connected. Raises `Away`."""
        await self._keys.jetstream.listen(self._name(self.instance))

    async def beat(self, news: bytes) -> None:
        """Say that one lives. Raises `Away`."""
        await self._keys.aput(f"{BEAT}.{self.instance}", news)
        self._heard_s, self._answered_s = self.heard_s, self._clock.now_s()

    async def look(self) -> None:
        """See who has beaten since the last look. Raises `Away`."""
        heard_s, found = self.heard_s, await self._keys.aentries(BEAT)
        before = set(self.told)
        values = {key.rpartition(".")[2]: entry for key, entry in found.items()}
        for instance, entry in values.items():
            if instance not in self._seen or self._seen[instance].revision < entry.revision:
                self._seen[instance] = Seen(entry.revision, heard_s)
                self._absent_s.pop(instance, None)
        self._left = {instance for instance, entry in values.items() if not entry.value}
        living = {instance: entry.value for instance, entry in values.items() if self.alive(instance)}
        await asyncio.gather(*(self._ask_for(instance) for instance in living))
        self.told = {instance: value for instance, value in living.items() if self.alive(instance)}
        for instance in before & values.keys() - self.told.keys():
            log.warning("the worker that beats as %s %s", instance, self._end_of(instance))

    async def _ask_for(self, instance: str) -> None:
        """Whether somebody listens under the name of one whose beat is late."""
        if instance == self.instance or self.heard_s - self._seen[instance].at_s < LATE_S:
            return
        is_there = await self._keys.jetstream.is_listened_to(self._name(instance))
        if is_there:
            self._absent_s.pop(instance, None)
        elif is_there is False:
            self._absent_s.setdefault(instance, self.heard_s)

    def _end_of(self, instance: str) -> str:
        if instance in self._left:
            return "has left"
        return "has ended" if instance in self._absent_s else "is taken for gone"

    def alive(self, instance: str) -> bool:
        """Whether it has beaten lately; one of which nothing is known yet is given its time too."""
        heard_s = self.heard_s
        seen = self._seen.setdefault(instance, Seen(0, heard_s))
        is_absent = heard_s - self._absent_s.get(instance, heard_s) >= ABSENT_S
        is_known_gone = instance in self.evicted or instance in self._left or is_absent
        return not is_known_gone and heard_s - seen.at_s < self.silence_s

    @property
    def heard_s(self) -> float:
        """For how long the servers have taken our beats, so far; the time in which silence counts."""
        return self._heard_s + min(self._clock.now_s() - self._answered_s, 2 * BEAT_S)

    @property
    def revisions(self) -> dict[str, int]:
        """Of the last beat of each worker that was seen."""
        return {instance: seen.revision for instance, seen in self._seen.items()}

    def is_cut_off(self) -> bool:
        """Whether the servers have been silent, or gone, for so long that others will soon take over; ask often."""
        now_s = self._clock.now_s()
        if self._keys.jetstream.connected:
            self._connected_s = now_s
        return now_s - self._answered_s > self.silence_s / 2 or now_s - self._connected_s > PARTED_S

    async def leave(self, instance: str) -> None:
        """Nobody need wait for the silence of one that says good-bye, or is known to have ended. Raises `Away`."""
        await self._keys.aput(f"{BEAT}.{instance}", b"")

    def _name(self, instance: str) -> str:
        return f"{self._keys.bucket}.here.{instance}"
