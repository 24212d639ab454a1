"""The `s7` connection: its settings, and when it is up."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from flowengine.clock import SystemClock
from nodes.connections.s7 import S7, S7Config
from tests.servers.s7 import S7Plant
from tests.waiting import until


@pytest.mark.parametrize("settings", [{}, {"host": ""}, {"host": "h", "slot": 32}, {"host": "h", "port": 0}])
def test_settings_that_are_wrong_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        S7Config.model_validate(settings)


async def test_it_is_up_while_the_controller_is_there(s7_plant: S7Plant, tmp_path: Path) -> None:
    log = logging.LoggerAdapter(logging.getLogger("test"), {})
    settings = S7Config(host="127.0.0.1", port=s7_plant.port, timeout=0.3)
    connection = S7(settings, "plc", log, SystemClock(), tmp_path)
    await connection.open()
    await until(lambda: connection.up)
    assert connection.fault == "" and connection.reconnects == 0
    await connection.close()
    assert connection.dead
    await asyncio.to_thread(s7_plant.stop)
    gone = S7(settings, "plc", log, SystemClock(), tmp_path)
    await gone.open()
    await until(lambda: "nothing listens at" in gone.fault)
    assert not gone.up
    await gone.close()


CONFIRM = bytes.fromhex("030000160ed00001000200c0010ac1020100c2020102")


def cut_short(data: bytes) -> bytes:
    """An answer of the right turn that says it is longer than it is."""
    if data[5:6] == b"\xe0":
        return CONFIRM
    head = b"\x32\x03\x00\x00" + data[11:13] + b"\x00\xff\x00\xff\x00\x00"
    return b"\x03\x00" + (7 + len(head)).to_bytes(2, "big") + b"\x02\xf0\x80" + head


@pytest.mark.parametrize(
    "lie",
    [lambda data: data, lambda data: bytes(300), lambda data: b"HTTP/1.1 400\r\n\r\n" * 9, cut_short],
    ids=["echo", "zeros", "another protocol", "cut short"],
)
async def test_who_speaks_no_s7_is_told_in_plain_words_and_asked_again(
    lie: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    asked = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        try:
            while data := await reader.read(4096):
                writer.write(lie(data))
        finally:  # cancelled too, where the test ends first: what nobody closed another test is blamed for
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    log = logging.LoggerAdapter(logging.getLogger("test"), {})
    connection = S7(S7Config(host="127.0.0.1", port=port, timeout=0.3), "plc", log, SystemClock(), tmp_path)
    await connection.open()
    await until(lambda: asked >= 2)
    told = "not connected: what answers there is no S7 controller, or has none at this rack and slot"
    await until(lambda: connection.fault == told)
    assert not connection.dead
    await connection.close()
    server.close()
