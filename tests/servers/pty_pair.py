"""A serial cable without hardware: a pseudo terminal whose far end the test holds. Knows no frame format."""

import os
import select
import time
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest


class PtyPair:
    """`device` is what the code under test opens; the test writes and reads at the other end, and can pull the plug."""

    def __init__(self, folder: Path, name: str = "ttyUSB0") -> None:
        self._folder = folder
        self._ends: tuple[int, int] | None = None
        self.device = folder / name
        self.plug_in(name)

    def plug_in(self, name: str = "ttyUSB0") -> None:
        """The device appears, as a fresh terminal, under this name."""
        assert self._ends is None, "already plugged in"
        ours, theirs = os.openpty()
        tty.setraw(theirs)
        os.set_blocking(ours, False)
        self._ends = ours, theirs
        self.device = self._folder / name
        self.device.symlink_to(os.ttyname(theirs))

    def unplug(self) -> None:
        """The device is gone; whoever has it open sees a hang-up."""
        if self._ends:
            self.device.unlink()
            for end in self._ends:
                os.close(end)
            self._ends = None

    def write(self, data: bytes, timeout_s: float = 60) -> None:
        """Sends all bytes to the device; fails when nobody reads them in time (a terminal holds about 4 KiB)."""
        deadline = time.monotonic() + timeout_s
        while data:
            self._wait(select.POLLOUT, deadline, f"{len(data)} bytes were not read by the device's side")
            data = data[os.write(self._far_end, data) :]

    def read(self, count: int, timeout_s: float = 60) -> bytes:
        """Exactly so many bytes that the device's side wrote; fails when they do not come in time."""
        got, deadline = b"", time.monotonic() + timeout_s
        while len(got) < count:
            self._wait(select.POLLIN, deadline, f"only {got!r} of {count} bytes came")
            got += os.read(self._far_end, count - len(got))
        return got

    def read_some(self, timeout_s: float) -> bytes:
        """What the device's side wrote, as soon as there is something; empty when nothing came in time."""
        poll = select.poll()
        poll.register(self._far_end, select.POLLIN)
        return os.read(self._far_end, 4096) if poll.poll(timeout_s * 1000) else b""

    @property
    def _far_end(self) -> int:
        assert self._ends, "unplugged"
        return self._ends[0]

    def _wait(self, event: int, deadline: float, complaint: str) -> None:
        poll = select.poll()
        poll.register(self._far_end, event)
        assert poll.poll(max(0, (deadline - time.monotonic()) * 1000)), complaint


@pytest.fixture
def pty_pair(tmp_path: Path) -> Iterator[PtyPair]:
    """A plugged-in serial device, 8 bits raw, no echo."""
    pair = PtyPair(tmp_path)
    yield pair
    pair.unplug()
