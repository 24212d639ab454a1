"""Simulated and foreign S7 controllers on loopback, for tests that steer their faults. Judges nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from random import Random

import pytest
from snap7.server import Server
from snap7.type import SrvArea

from nodes.simulator.faults import Fault, Switches
from nodes.simulator.ledger import Ledger
from nodes.simulator.s7_plc import SimulatedPlc
from tests.servers.ports import next_free_port


class S7Plant:
    """A controller with DB10 of 100 bytes; `writes` is what reached it: (DB, byte, bytes)."""

    def __init__(self, faults: Mapping[str, Fault] | None = None):
        begun_s = time.monotonic()
        now_s = lambda: time.monotonic() - begun_s  # noqa: E731
        self.port = next_free_port()
        self.plc = SimulatedPlc(Switches(faults or {}, Random(1)), Ledger(lambda line: None, now_s), now_s)
        self.writes: list[tuple[int, int, bytes]] = []
        self.plc.on_write = lambda db, byte, data: self.writes.append((db, byte, data))

    def start(self) -> None:
        """Listen; on the same port again after a stop."""
        self.plc.start_to("127.0.0.1", self.port)

    def stop(self) -> None:
        """As a controller without power."""
        self.plc.stop()


@pytest.fixture
def s7_plant() -> Iterator[S7Plant]:
    """A controller without faults."""
    plant = S7Plant()
    plant.start()
    yield plant
    plant.stop()


@pytest.fixture
def library_plc() -> Iterator[tuple[Server, bytearray, int]]:
    """The library's own server, nothing of ours in it: the server, the bytes of its DB3, its port."""
    server, block, port = Server(log=False), bytearray(40), next_free_port()
    server.register_area(SrvArea.DB, 3, block)
    server.start_to("127.0.0.1", port)
    yield server, block, port
    server.stop()
