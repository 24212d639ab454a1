"""The `serial` connection opens without waiting and tells whether the port is there."""

from __future__ import annotations

import logging
from pathlib import Path

from flowengine.clock import SystemClock
from nodes.connections.serial import Serial, SerialConfig
from tests.servers.pty_pair import PtyPair
from tests.waiting import until


async def test_it_opens_at_once_and_is_up_when_the_device_comes(pty_pair: PtyPair, tmp_path: Path) -> None:
    log = logging.LoggerAdapter(logging.getLogger("test"), {})
    pty_pair.unplug()
    connection = Serial(SerialConfig(port=str(tmp_path / "ttyUSB0")), "gateway", log, SystemClock(), tmp_path)
    await connection.open()
    assert not connection.up
    pty_pair.plug_in()
    await until(lambda: connection.up)
    assert connection.reconnects == 0
    await connection.close()
    assert not connection.up
