"""The spool against a list: appends, reads, answers, restarts, kills and power cuts in any order."""

import asyncio
import errno
import random
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from flowengine.store.spool import SegmentSpool, SpoolOptions, open_spool
from tests.flowengine.store.spool.simulated_disk import SimulatedDisk

FOLDER = Path("/spool")
OPTIONS = SpoolOptions(
    max_bytes=10_000_000,
    segment_bytes=700,
    linger_s=0.0005,
    commit_records=5,
    ahead_bytes=600,
    ballast_bytes=100,
    retry_least_s=0.001,
    retry_most_s=0.002,
)
Span = st.tuples(st.floats(0, 1), st.floats(0, 1))


class AgainstAList(RuleBasedStateMachine):
    """`waiting` holds what was confirmed and not answered; `gone` what was, it may come back after a crash."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.disk = SimulatedDisk()
        self.waiting: dict[int, bytes] = {}
        self.gone: dict[int, bytes] = {}
        self.unconfirmed: dict[int, bytes] = {}
        self.flights: list[int] = []
        self.highest = 0
        self.made = 0
        self.spool = self.run(self.opened())

    def run(self, coroutine):
        return self.runner.run(asyncio.wait_for(coroutine, 60))

    async def opened(self) -> SegmentSpool:
        return await open_spool(FOLDER, OPTIONS, disk=self.disk)

    def records(self, sizes: list[int]) -> list[bytes]:
        self.made += 1
        return [b"%d.%d " % (self.made, n) + bytes(size) for n, size in enumerate(sizes)]

    def confirm(self, first: int, records: list[bytes]) -> None:
        for position, record in enumerate(records, first):
            self.unconfirmed.pop(position, None)
            self.waiting[position] = record
        self.highest = max(self.highest, first + len(records) - 1)

    async def append_with_room(self, records: list[bytes]) -> int:
        while (first := await self.spool.append(records, 1)) is None:
            await self.spool.room()
        return first

    @rule(sizes=st.lists(st.integers(0, 300), min_size=1, max_size=12))
    def append(self, sizes: list[int]) -> None:
        records = self.records(sizes)
        first = self.run(self.append_with_room(records))
        assert first > self.highest
        self.confirm(first, records)

    @rule(sizes=st.lists(st.integers(0, 300), min_size=1, max_size=12))
    def append_without_waiting(self, sizes: list[int]) -> None:
        records = self.records(sizes)

        async def put() -> None:
            first = self.spool.append_nowait(records, 1, lambda: self.confirm(first, records))
            if first is not None:  # the writer may be between two tries
                assert first > self.highest
                self.unconfirmed |= dict(enumerate(records, first))

        self.run(put())

    @rule(max_records=st.integers(1, 20), max_bytes=st.integers(1, 2000))
    def read(self, max_records: int, max_bytes: int) -> None:
        if len(self.waiting) == len(self.flights):
            return  # not a precondition: what is confirmed by now depends on the writer thread

        async def next_batch():
            await self.spool.available()
            return self.spool.read(max_records, max_bytes)

        batch = self.run(next_batch())
        expected = [position for position in sorted(self.waiting) if position not in self.flights]
        assert batch is not None and 1 <= len(batch) <= max_records
        assert [*batch.positions] == expected[: len(batch)], "the oldest not yet delivered come first"
        assert list(batch.records) == [self.waiting[position] for position in batch.positions]
        assert len(batch) == 1 or sum(map(len, batch.records)) <= max_bytes
        self.flights += batch.positions

    @rule(where=Span, back=st.booleans())
    def answer(self, where: tuple[float, float], back: bool) -> None:
        if not self.flights:
            return
        flights = sorted(self.flights)
        low = flights[int(where[0] * (len(flights) - 1))]
        positions = range(low, low + 1 + int(where[1] * 10))
        positions = range(low, min(positions.stop, flights[-1] + 1))

        async def tell() -> None:
            (self.spool.nack if back else self.spool.ack)(positions)

        self.run(tell())
        self.flights = [position for position in self.flights if position not in positions]
        if not back:
            self.let_go(position for position in [*self.waiting] if position in positions)

    def let_go(self, positions) -> None:
        for position in [*positions]:
            self.gone[position] = self.waiting.pop(position)

    @rule(size_bytes=st.integers(1, 3000))
    def drop_oldest(self, size_bytes: int) -> None:
        async def drop() -> None:
            dropped = self.spool.drop_oldest(size_bytes)
            self.let_go([p for p in sorted(self.waiting) if p not in self.flights][:dropped])

        self.run(drop())

    @rule()
    def purge(self) -> None:
        async def drop() -> None:
            droppable = [p for p in self.waiting if p not in self.flights]
            assert self.spool.purge() == len(droppable)
            self.let_go(droppable)

        self.run(drop())

    @rule(operation=st.sampled_from(["sync", "write", "create", "sync_folder", "remove"]))
    def let_the_disk_fail_once(self, operation: str) -> None:
        def fault(called: str, name: str) -> OSError | None:
            if called != operation or name == "lock":
                return None
            self.disk.fault = lambda _called, _name: None
            return OSError(errno.EIO, "simulated")

        self.disk.fault = fault

    @rule()
    def restart(self) -> None:
        self.disk.fault = lambda _called, _name: None
        assert self.run(self.spool.close()) == 0
        assert not self.unconfirmed
        self.disk = self.disk.kill()
        self.begin_again(exactly=True)

    @rule(seed=st.none() | st.integers(0, 1 << 32))
    def crash(self, seed: int | None) -> None:
        """Killed, or without power (then unsynced writes are kept, lost or torn as the seed says)."""
        old = self.spool
        self.disk = self.disk.kill() if seed is None else self.disk.power_cut(random.Random(seed))
        self.run(old.close())
        self.begin_again(exactly=False)

    def begin_again(self, exactly: bool) -> None:
        self.flights.clear()
        self.spool = self.run(self.opened())
        found = {
            position: record
            for batch in self.run(self.spool.peek(1 << 20))
            for position, record in zip(batch.positions, batch.records, strict=True)
        }
        missing = self.waiting.keys() - found.keys()
        assert not missing, f"confirmed and lost: {missing}"
        assert found.items() <= (self.waiting | self.gone | self.unconfirmed).items()
        assert not exactly or found == self.waiting
        for position in found:
            self.gone.pop(position, None)
        self.waiting = found
        self.unconfirmed.clear()

    @invariant()
    def books_are_right(self) -> None:
        stats = self.spool.stats()
        assert stats.records == len(self.waiting)
        assert stats.in_flight == len(self.flights)
        assert stats.gaps == stats.lost == 0

    def teardown(self) -> None:
        self.disk.fault = lambda _called, _name: None
        self.run(self.spool.close())
        self.runner.close()


TestAgainstAList = AgainstAList.TestCase
TestAgainstAList.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
