"""The serial client over pseudo terminals: raw bytes, unplugging, a full device, USB ids."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import serial
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

from nodes.clients.serial.line import SerialLine, find
from nodes.clients.serial.port import PortAway, SerialPort
from nodes.clients.voice import Voice
from tests.servers.pty_pair import PtyPair
from tests.waiting import lasts, quiet_for, until

EVERY_BYTE = bytes(range(256))
LOG = logging.LoggerAdapter(logging.getLogger("test"), {})


@pytest.fixture
async def new_port() -> AsyncIterator[Any]:
    """Opens ports that are closed after the test."""
    ports: list[SerialPort] = []

    def start(name: str, **line: Any) -> SerialPort:
        ports.append(SerialPort(name, SerialLine(**line), Voice(LOG, lambda: 0.0)))
        ports[-1].start()
        return ports[-1]

    yield start
    for port in ports:
        await port.close()


async def test_every_byte_passes_both_ways(pty_pair: PtyPair, new_port: Any) -> None:
    port, got = new_port(str(pty_pair.device)), bytearray()
    port.add_reader(got.extend)
    await until(lambda: port.up)
    await asyncio.to_thread(pty_pair.write, EVERY_BYTE * 100)
    await until(lambda: len(got) == 25_600)
    assert bytes(got) == EVERY_BYTE * 100
    await port.write(EVERY_BYTE, 5)
    assert pty_pair.read(256) == EVERY_BYTE


async def test_what_comes_while_the_port_is_set_up_is_kept(
    pty_pair: PtyPair, new_port: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A board greets as soon as somebody opens its port."""
    monkeypatch.setattr(serial.Serial, "_update_dtr_state", lambda _: pty_pair.write(b"ready"))
    port, got = new_port(str(pty_pair.device)), bytearray()
    port.add_reader(got.extend)
    await until(lambda: bytes(got) == b"ready")


async def test_a_write_waits_for_a_slow_device_and_gives_up_in_time(pty_pair: PtyPair, new_port: Any) -> None:
    port = new_port(str(pty_pair.device))
    await until(lambda: port.up)
    writing = asyncio.create_task(port.write(b"x" * 50_000, 5))
    assert await asyncio.to_thread(pty_pair.read, 50_000) == b"x" * 50_000
    await writing
    with pytest.raises(PortAway, match="of 50000 bytes"):
        await port.write(b"y" * 50_000, 0.1)


async def test_unplugged_it_fails_fast_and_is_found_again(pty_pair: PtyPair, new_port: Any) -> None:
    port, got = new_port(str(pty_pair.device)), bytearray()
    port.add_reader(got.extend)
    await until(lambda: port.up)
    pty_pair.unplug()
    await until(lambda: not port.up)
    started = asyncio.get_running_loop().time()
    with pytest.raises(PortAway):
        await port.write(b"x", 5)
    assert asyncio.get_running_loop().time() - started < 0.1
    pty_pair.plug_in("ttyUSB0")
    await until(lambda: port.up)
    await asyncio.to_thread(pty_pair.write, b"back")
    await until(lambda: bytes(got) == b"back")
    assert port.opened == 2


async def test_unplugged_in_mid_write_it_fails_at_once(pty_pair: PtyPair, new_port: Any) -> None:
    port = new_port(str(pty_pair.device))
    port.add_reader(lambda data: None)
    await until(lambda: port.up)
    writing = asyncio.create_task(port.write(b"x" * 100_000, 600))
    await lasts(0.05, "a write that has begun")
    pty_pair.unplug()
    with pytest.raises(PortAway):
        async with asyncio.timeout(60):
            await writing


async def test_by_usb_id_it_is_found_under_another_name(
    pty_pair: PtyPair, new_port: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def present() -> list[ListPortInfo]:
        if not pty_pair.device.exists():
            return []
        info = ListPortInfo(str(pty_pair.device), skip_link_detection=True)
        info.vid, info.pid, info.serial_number = 0x0403, 0x6015, "A50285BI"
        return [info]

    monkeypatch.setattr(list_ports, "comports", present)
    port, got = new_port("usb:0403:6015/A50285BI"), bytearray()
    port.add_reader(got.extend)
    await until(lambda: port.up)
    pty_pair.unplug()
    await until(lambda: not port.up)
    pty_pair.plug_in("ttyUSB7")
    await until(lambda: port.up)
    await asyncio.to_thread(pty_pair.write, b"here")
    await until(lambda: bytes(got) == b"here")
    assert find("usb:0403:6015") == str(pty_pair.device)
    assert find("usb:0403:6015/OTHER") is None
    assert find("usb:ffff:6015") is None


async def test_a_paused_reader_stops_reading_and_loses_nothing(pty_pair: PtyPair, new_port: Any) -> None:
    port, got = new_port(str(pty_pair.device)), bytearray()
    take = got.extend
    port.add_reader(take)
    await until(lambda: port.up)
    port.pause(take, True)
    writing = asyncio.create_task(asyncio.to_thread(pty_pair.write, EVERY_BYTE * 200))
    await quiet_for(0.2, "a port that is paused is not read")
    assert not got and not writing.done()  # the terminal is full: the device waits
    port.pause(take, False)
    await writing
    await until(lambda: len(got) == 51_200)
    assert bytes(got) == EVERY_BYTE * 200


async def test_a_port_is_not_shared_with_another_program(pty_pair: PtyPair, new_port: Any) -> None:
    first, second = new_port(str(pty_pair.device)), None
    await until(lambda: first.up)
    second = new_port(str(pty_pair.device))
    await until(lambda: "cannot be opened" in second.state)
    assert not second.up


async def test_a_port_that_is_no_terminal_is_reported(tmp_path: Path, new_port: Any) -> None:
    (tmp_path / "file").write_text("x")
    port = new_port(str(tmp_path / "file"))
    await until(lambda: "cannot be opened" in port.state)
