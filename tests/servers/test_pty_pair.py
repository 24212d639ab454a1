"""The serial cable fixture carries bytes unchanged and can be pulled."""

import os
from pathlib import Path

import pytest
import serial

from tests.servers.pty_pair import PtyPair

EVERY_BYTE = bytes(range(256))


def test_pty_pair_carries_every_byte_both_ways(pty_pair: PtyPair) -> None:
    with serial.Serial(str(pty_pair.device), 115_200, timeout=60) as port:
        pty_pair.write(EVERY_BYTE)
        assert port.read(256) == EVERY_BYTE
        port.write(EVERY_BYTE)
        assert pty_pair.read(256) == EVERY_BYTE


def test_pty_pair_hangs_up_when_unplugged_and_comes_back_under_another_name(pty_pair: PtyPair) -> None:
    first = pty_pair.device
    with serial.Serial(str(first), timeout=60) as port:
        pty_pair.unplug()
        with pytest.raises(serial.SerialException):
            port.read(1)
    assert not os.path.lexists(first)
    pty_pair.plug_in("ttyUSB1")
    assert pty_pair.device != first
    with serial.Serial(str(pty_pair.device), timeout=60) as port:
        pty_pair.write(b"back")
        assert port.read(4) == b"back"


def test_pty_pair_fails_when_nobody_reads(pty_pair: PtyPair, tmp_path: Path) -> None:
    assert pty_pair.device.parent == tmp_path
    with pytest.raises(AssertionError, match="not read"):
        pty_pair.write(b"x" * 100_000, timeout_s=0.2)
