"""The `s7` connection: its settings, and when it is up."""

from __future__ import annotations

import asyncio
import logging
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
    await until(lambda: connection.up, 5)
    assert connection.fault == "" and connection.reconnects == 0
    await connection.close()
    assert connection.dead
    await asyncio.to_thread(s7_plant.stop)
    gone = S7(settings, "plc", log, SystemClock(), tmp_path)
    await gone.open()
    await until(lambda: "nothing listens at" in gone.fault, 5)
    assert not gone.up
    await gone.close()
