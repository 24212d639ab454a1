"""10,000 readings of polled points, a message each: as many rows, by the time of the reading and the point."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.faults.amounts import amount
from tests.integration.five_databases import OF_POINTS, FiveDatabases, N
from tests.servers.modbus import ModbusPlant
from tests.servers.opcua import OpcUaPlant
from tests.servers.s7 import S7Plant
from tests.servers.snmpd import Snmpd

pytestmark = pytest.mark.integration
OF_SNMP = amount("BURST_SNMP", 2_000, 10_000)
"""Its library takes a millisecond for an object; polling and storing are those of the others."""

CHANGING = 1000
"""Points of OPC UA: a reading has the time of its value's change there, so that the values have to change."""


async def every_reading_is_stored(
    databases: FiveDatabases, plant: Any, kind: str, source: str, connection: str, values: list[float], count: int = N
) -> None:
    """Read the points so often that they make the number; each database has each value as often as it was read.

    But for VictoriaMetrics: two readings that a busy machine takes within one millisecond are one sample there.
    """
    table = f"points_{kind}"
    text = f"{{type: {kind}_in, connection: far, each: true, {source}, to: OUT}}"
    far = f"  far: {{type: {kind}, {connection}, timeout: 30s}}\n"
    await plant.deploy(databases.flow(text, table, OF_POINTS, far))
    await databases.stored(plant, count)
    read = plant.station("source")
    await plant.engine.stop(60.0)
    found = await databases.values(table, len(values))
    assert {*found.pop("metrics")} == {*values}
    for name, stored in found.items():
        assert Counter(stored) == dict.fromkeys(values, read.passed // len(values)), name


async def test_readings_of_modbus_registers(databases: FiveDatabases, plant: Any, modbus_plant: ModbusPlant) -> None:
    points = ", ".join(f"{{name: r{n}, address: {n}}}" for n in range(200))
    source = f"unit: 2, every: 10ms, points: [{points}]"
    values = [2000.0 + n for n in range(200)]
    await every_reading_is_stored(databases, plant, "modbus", source, f"url: '{modbus_plant.url}'", values)


async def test_readings_of_an_s7_controller(databases: FiveDatabases, plant: Any, s7_plant: S7Plant) -> None:
    s7_plant.plc.block[:100] = bytes(range(100, 200))
    points = ", ".join(f"{{name: b{n}, address: DB10.DBB{n}}}" for n in range(100))
    connection = f"host: 127.0.0.1, port: {s7_plant.port}"
    values = [100.0 + n for n in range(100)]
    await every_reading_is_stored(databases, plant, "s7", f"every: 10ms, points: [{points}]", connection, values)


async def test_readings_of_an_snmp_agent(databases: FiveDatabases, plant: Any, snmpd: Snmpd) -> None:
    up_time = "1.3.6.1.2.1.1.3.0"  # every agent has it; a scale of 0 leaves the number of the point
    points = ", ".join(f"{{name: o{n}, address: {up_time}, scale: 0, offset: {n}}}" for n in range(1000))
    connection = f"host: 127.0.0.1, port: {snmpd.port}, version: 2c"
    source = f"every: 100ms, points: [{points}]"
    values = [float(n) for n in range(1000)]
    await every_reading_is_stored(databases, plant, "snmp", source, connection, values, OF_SNMP)


async def test_changes_of_an_opc_ua_server(databases: FiveDatabases, plant: Any, opcua_plant: OpcUaPlant) -> None:
    points = ", ".join(f"{{name: p{n}, address: 'ns=2;s=p{n}'}}" for n in range(CHANGING))
    source = f"{{type: opcua_in, connection: far, every: 10ms, each: true, points: [{points}], to: OUT}}"
    far = f"  far: {{type: opcua, url: '{opcua_plant.url}', timeout: 30s}}\n"
    await opcua_plant.put_each({f"p{n}": float(n) for n in range(CHANGING)})
    await plant.deploy(databases.flow(source, "points_opcua", OF_POINTS, far))
    for first in range(0, N, CHANGING):
        await plant.until(lambda first=first: plant.station("source").passed >= first + CHANGING)
        if first + CHANGING < N:
            await opcua_plant.put_each({f"p{n}": float(first + CHANGING + n) for n in range(CHANGING)})
    await databases.whole(plant, "points_opcua")
