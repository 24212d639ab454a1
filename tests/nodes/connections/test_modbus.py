"""The `modbus` connection: its addresses, its silence, and when it is up."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from pathlib import Path

import pytest
from pydantic import ValidationError

from flowengine.clock import SystemClock
from nodes.connections.modbus import Modbus, ModbusConfig
from tests.servers.modbus import ModbusPlant
from tests.waiting import until


@pytest.mark.parametrize("url", ["tcp://h", "tcp://10.0.0.7:502", "tcp://[::1]:502", "rtu+tcp://h:4001",
                                 "rtu:///dev/ttyUSB0", "rtu:/dev/ttyUSB0", "rtu:usb:0403:6001/A5",
                                 "ascii:///dev/ttyS0", "ascii+tcp://h:4001"])  # fmt: skip
def test_addresses_that_are_right(url: str) -> None:
    assert ModbusConfig(url=url).url == url


@pytest.mark.parametrize("url", ["10.0.0.7", "tcp://", "tcp://h:70000", "udp://h:502", "rtu:COM1", "tcp://h:502/x"])
def test_addresses_that_are_wrong_are_refused_with_the_right_ones(url: str) -> None:
    with pytest.raises(ValidationError, match="rtu\\+tcp://HOST:4001"):
        ModbusConfig(url=url)


@pytest.mark.parametrize(
    ("settings", "pause_s"), [({}, 0.0), ({"baud": 9600, "url": "rtu:/dev/x"}, 0.00401), ({"pause": "50ms"}, 0.05)]
)
def test_a_serial_line_is_silent_before_a_request(settings: dict[str, str], pause_s: float) -> None:
    assert ModbusConfig(**{"url": "tcp://h", **settings}).pause_s == pytest.approx(pause_s, abs=1e-5)  # type: ignore[arg-type]


async def test_it_is_up_while_somebody_answers(modbus_plant: ModbusPlant, tmp_path: Path) -> None:
    log = logging.LoggerAdapter(logging.getLogger("test"), {})
    connection = Modbus(ModbusConfig(url=modbus_plant.url), "bus", log, SystemClock(), tmp_path)
    await connection.open()
    await until(lambda: connection.up)
    await modbus_plant.stop()
    await until(lambda: not connection.up)
    await modbus_plant.start()
    await until(lambda: connection.up)
    assert connection.reconnects >= 1 and not connection.dead
    await connection.close()
    assert connection.dead


async def test_a_line_on_which_nobody_answers_says_so(tmp_path: Path) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.read()
        finally:  # cancelled too, where the test ends first: what nobody closed another test is blamed for
            writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    url = f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    log = logging.LoggerAdapter(logging.getLogger("test"), {})
    connection = Modbus(ModbusConfig(url=url, timeout=0.05), "bus", log, SystemClock(), tmp_path)
    await connection.open()
    await until(lambda: connection.bus.exchange.line.up)
    for _ in range(3):
        with contextlib.suppress(Exception):
            await connection.bus.ask(1, bytes.fromhex("0300000001"))
    await until(lambda: not connection.up)
    assert connection.fault.removeprefix("not connected: ")
    await connection.close()
    server.close()
