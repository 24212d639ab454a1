"""A long backlog: flat memory while it grows and drains, a restart that acknowledges at once, the disk given back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from bench import machine
from bench.adapters.flowengine import Engine
from bench.ledger import Ledger
from bench.rig import Rig, wait_for
from bench.scenarios import start_engine
from tests.faults.amounts import amount

RECORDS = amount("BACKLOG_RECORDS", 200_000, 10_000_000)
FEED_PER_S = 60_000
SLOWEST_PER_S = 4000
RESTART_S = 2.0
MOST_MIB = 120.0
LEFT_MIB = 40.0
PARAMS = {"qos": 1, "spool": True}
REFUSING, TAKING = 1, 0


class Backlog:
    """The flow F1 of bench/ with its spool, a sink that refuses or takes, and a generator that sees each PUBACK."""

    def __init__(self) -> None:
        self.rig = Rig()
        self.stored = self._ledger("sink")
        self.sent = self._ledger("first")
        self.most_mib = 0.0
        self.rig.tool("sink", "-S", self.stored.path, "-p", self.rig.sink_port)

    def _ledger(self, name: str) -> Ledger:
        path = self.rig.ledger.path
        return Ledger(path.with_name(f"{path.name}.{name}"))

    def feed(self, count: int) -> None:
        """Send so many once the engine subscribes, into a new ledger."""
        self.sent.remove()
        self.sent = self._ledger(f"feed{count}")
        self.rig.tool("feed", "-S", self.sent.path, "-p", self.rig.mqtt_port, "-c", count, "-r", FEED_PER_S, "-q", 1)

    def start(self) -> float:
        """Start the engine; seconds until its first acknowledgement."""
        began_ns = start_engine(self.rig, Engine(), "f1", PARAMS)
        assert wait_for(lambda: self.sent["acked"] > 0, 60, 0.001), self.rig.log("engine")
        return (time.monotonic_ns() - began_ns) / 1e9

    def until(self, condition: Callable[[], bool], records: int) -> float:
        """Seconds until it is true; notes the most memory meanwhile."""
        began_s = time.monotonic()
        assert wait_for(lambda: self._note() or condition(), 30 + records / SLOWEST_PER_S, 0.05), self.rig.log("engine")
        return time.monotonic() - began_s

    def _note(self) -> bool:
        self.most_mib = max(self.most_mib, machine.memory_mb(self.rig.processes["engine"].pid))
        return False

    @property
    def disk_mib(self) -> float:
        """What the engine's data folder occupies."""
        return sum(path.stat().st_blocks * 512 for path in (self.rig.dir / "data").rglob("*") if path.is_file()) / 2**20

    def close(self) -> None:
        """End everything."""
        self.sent["stop"] = self.stored["stop"] = 1
        self.rig.close()
        self.sent.remove()
        self.stored.remove()


@pytest.fixture
def backlog() -> Iterator[Backlog]:
    """Ended after the test."""
    made = Backlog()
    yield made
    made.close()


@pytest.mark.faults
@pytest.mark.timeout(240 + 2 * RECORDS // SLOWEST_PER_S)
def test_a_long_backlog_is_held_in_flat_memory_and_acknowledged_at_once_after_a_kill(backlog: Backlog) -> None:
    backlog.stored["mode"] = REFUSING
    backlog.feed(RECORDS)
    empty_s = backlog.start()
    filled_s = backlog.until(lambda: backlog.sent["acked"] >= RECORDS, RECORDS)
    most_disk_mib = backlog.disk_mib
    backlog.rig.stop("engine", 9)
    backlog.rig.stop("feed")
    backlog.feed(1000)
    full_s = backlog.start()
    backlog.stored["mode"] = TAKING
    drained_s = backlog.until(lambda: backlog.stored["uniq"] >= RECORDS, RECORDS)
    backlog.until(lambda: backlog.disk_mib < LEFT_MIB, RECORDS)
    print(
        f"{RECORDS} records held at {RECORDS / filled_s:.0f}/s and drained at {RECORDS / drained_s:.0f}/s, "
        f"at most {backlog.most_mib:.0f} MiB of RAM; first acknowledgement {full_s:.2f} s after the start "
        f"({empty_s:.2f} s with an empty spool); disk {most_disk_mib:.0f} -> {backlog.disk_mib:.0f} MiB; 0 missing"
    )
    assert backlog.stored.delivered(0, RECORDS) == RECORDS
    assert full_s < max(RESTART_S, 2 * empty_s), "a loaded machine starts slowly with an empty spool, too"
    assert backlog.most_mib < MOST_MIB
