"""What else of a cluster there is beside this process, as the engine's own parts and screens see it. Knows no network.

`Engine.cluster` is None on one machine. What stands behind it lives in `flowengine.cluster`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

import msgspec

from flowengine.runtime.view import FlowView
from flowengine.store.accounts import Accounts


class WorkerRow(msgspec.Struct):
    """One worker that lives."""

    name: str
    host: str
    pid: int
    url: str
    version: str
    places: list[str]
    leaving: bool
    here: bool
    """Whether it is the one that tells this."""

    stages: int
    faults: list[str]


class StageRow(msgspec.Struct):
    """One partition of a stage, and who has it; nobody when `owner` is empty."""

    flow: str
    stage: str
    partition: int
    owner: str
    epoch: int
    position: int
    lag: int


class ClusterNow(msgspec.Struct):
    """Who runs what."""

    workers: list[WorkerRow]
    stages: list[StageRow]


class MoveRow(msgspec.Struct):
    """Where a partition of a stage would go; to nobody, where no other worker may run it."""

    flow: str
    stage: str
    partition: int
    to: str


class Elsewhere(Protocol):
    """The cluster that this process is a worker of."""

    watched: Callable[[], bool]
    """Whether somebody looks at counters now; asked twice a second."""

    answer: Callable[[bytes], Awaitable[bytes]]
    """Answers what another worker asks for one of its people."""

    unit_of: Callable[[str, str], str]
    """The unit that has a node now, of those of a unit as it once was. Raises `KeyError` with what is in the way."""

    takes: dict[str, Callable[[bytes], Awaitable[None]]]
    """By kind: takes in what another worker shared."""

    def flows(self) -> Mapping[str, FlowView]:
        """Every flow that runs, whole, wherever its stages are."""

    def addresses(self) -> list[str]:
        """Where the other workers' editors are."""

    async def look(self) -> None:
        """Return once counters of all workers are new, or after a second."""

    def now(self) -> ClusterNow:
        """Workers and stages."""

    def plan_drain(self, worker: str) -> list[MoveRow]:
        """Where its stages would go. Raises `KeyError` for no such worker."""

    async def drain(self, worker: str) -> None:
        """It gives everything back, and takes nothing until it is started again. Raises `KeyError`, `OSError`."""

    async def ask_others(self, question: bytes) -> list[bytes | None]:
        """What each of the other workers answers; None of one that does not in time."""

    def share(self, kind: str, what: bytes) -> None:
        """Have every other worker take this in, now or when it is back."""

    def share_people(self, accounts: Accounts, taken: Callable[[], None]) -> None:
        """The users and tokens in this file are those of the whole cluster from now on; `taken` is told changes."""

    async def catch_up(self) -> None:
        """Take in what others shared so far. Raises `OSError`."""

    async def keep(self) -> None:
        """Share and take in, until cancelled."""
