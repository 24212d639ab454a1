"""Which units a worker cannot run, and why: others take them, and it tries again after a while or a deploy."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from typing import NamedTuple

from flowengine.clock import Clock
from flowengine.store.jetstream.units import Newer

log = logging.getLogger("flowengine.cluster")
AGAIN_S = 30.0


class Refused(NamedTuple):
    """Why, of which revision of its flow, and until when."""

    reason: str
    revision: int
    until_s: float


class Refusals:
    """Of one worker, by the unit's name."""

    def __init__(self, clock: Clock):
        self._clock = clock
        self._refused: dict[str, Refused] = {}

    def add(self, name: str, revision: int, fault: Exception) -> None:
        """It cannot run here. What a newer engine wrote stays so; of all else the log says where it failed."""
        lasting = isinstance(fault, Newer)
        until_s = float("inf") if lasting else self._clock.now_s() + AGAIN_S
        self._refused[name] = Refused(str(fault), revision, until_s)
        log.error("%s is left to others: %s", name, fault, exc_info=None if lasting else fault)

    def forget(self, revisions: Mapping[str, int]) -> None:
        """What is of another revision than now, or has waited long enough, may be tried again."""
        now_s = self._clock.now_s()
        self._refused = {
            name: each
            for name, each in self._refused.items()
            if revisions.get(name) == each.revision and now_s <= each.until_s
        }

    def names(self) -> Collection[str]:
        """Those that others must run."""
        return self._refused.keys()

    def lines(self) -> list[str]:
        """For people."""
        return [f"{name}: {each.reason}" for name, each in self._refused.items()]
