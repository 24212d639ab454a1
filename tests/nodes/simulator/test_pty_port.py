"""The pseudo terminal behaves as a USB serial port: opened, closed, pulled, stuck."""

import os
from pathlib import Path

import pytest

from nodes.simulator.pty_port import PtyPort


@pytest.fixture
def port(tmp_path: Path) -> PtyPort:
    return PtyPort(tmp_path / "ttyGW")


def open_host(port: PtyPort) -> int:
    return os.open(port.link, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)


def test_bytes_go_both_ways_unchanged(port: PtyPort) -> None:
    host = open_host(port)
    every_byte = bytes(range(256))
    assert port.write(every_byte) == 256
    assert os.read(host, 1000) == every_byte
    os.write(host, every_byte)
    assert port.read() == every_byte
    assert port.read() == b""


def test_it_knows_whether_a_host_has_it_open(port: PtyPort) -> None:
    assert not port.is_open
    host = open_host(port)
    assert port.is_open
    os.close(host)
    assert not port.is_open
    assert port.write(b"lost") == 0
    assert port.read() == b""


def test_unplugged_the_path_is_gone_and_the_host_notices(port: PtyPort) -> None:
    host = open_host(port)
    port.unplug()
    assert not os.path.lexists(port.link)
    try:
        assert os.read(host, 10) == b""
    except OSError:
        pass  # EIO: what Linux says of a terminal whose other end is gone
    port.plug_in()
    again = open_host(port)
    port.write(b"back")
    assert os.read(again, 10) == b"back"


def test_a_host_that_does_not_read_fills_it_without_blocking(port: PtyPort) -> None:
    open_host(port)
    written = 0
    while taken := port.write(b"x" * 64):
        written += taken
        assert written < 1_000_000
    assert written > 0


def test_a_file_in_its_place_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "ttyGW").write_text("mine")
    with pytest.raises(FileExistsError):
        PtyPort(tmp_path / "ttyGW")
    assert (tmp_path / "ttyGW").read_text() == "mine"
