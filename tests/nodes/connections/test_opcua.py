"""The `opcua` connection: its addresses, its certificate, and when it is up."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest
from pydantic import ValidationError

from flowengine.clock import SystemClock
from nodes.connections.opcua import OpcUa, OpcUaConfig
from tests.servers.opcua import OpcUaPlant
from tests.waiting import until

pytestmark = pytest.mark.timeout(180)  # making the server takes seconds of a processor


@pytest.mark.parametrize("url", ["opc.tcp://h:4840", "opc.tcp://10.0.0.5:4840/plant", "opc.tcp://[::1]:4840"])
def test_addresses_that_are_right(url: str) -> None:
    assert OpcUaConfig(url=url).url == url


@pytest.mark.parametrize("url", ["10.0.0.5:4840", "opc.tcp://", "http://h", "opc.tcp://h h"])
def test_addresses_that_are_wrong_are_refused_with_the_right_one(url: str) -> None:
    with pytest.raises(ValidationError, match="HOST:4840"):
        OpcUaConfig(url=url)


async def test_it_is_up_while_the_server_is_there(opcua_plant: OpcUaPlant, tmp_path: Path) -> None:
    log = logging.LoggerAdapter(logging.getLogger("test"), {})
    connection = OpcUa(OpcUaConfig(url=opcua_plant.url, timeout=1.0), "machine", log, SystemClock(), tmp_path)
    await connection.open()
    await until(lambda: connection.up)
    await asyncio.to_thread(opcua_plant.stop)
    await until(lambda: not connection.up)
    await asyncio.to_thread(opcua_plant.start)
    await until(lambda: connection.up)
    assert connection.reconnects == 1 and not connection.dead
    await connection.close()
    assert connection.dead and not connection.up
