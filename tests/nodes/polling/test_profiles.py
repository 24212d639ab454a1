"""Device profiles: each is a table that `modbus_in` takes as it is, with the registers that makers document."""

from pathlib import Path

import pytest

from flowengine.catalog import installed
from flowengine.engine import Engine, Settings
from nodes.polling import modbus_points as points_of
from nodes.polling.blocks import Block
from nodes.polling.modbus_points import PROFILES, ModbusPoint


def points(profile: str, folder: Path) -> dict[str, ModbusPoint]:
    file = folder / "f.yaml"
    file.write_text(
        "flow: f\nconnections:\n  bus: {type: modbus, url: 'tcp://127.0.0.1:502'}\n"
        f"nodes:\n  read: {{type: modbus_in, connection: bus, points: {profile}, to: end}}\n  end: {{type: log}}\n"
    )
    loaded = Engine(Settings(folder / "data"), installed()).load_file(file)
    assert loaded.problems == []
    return {point.name: point for point in loaded.flow.nodes["read"].config.points}


@pytest.mark.parametrize("profile", sorted(file.stem for file in PROFILES.glob("*.csv")))
def test_a_profile_is_taken_as_it_is_and_has_power_in_watts(profile: str, tmp_path: Path) -> None:
    assert points(profile, tmp_path)["power"].unit == "W"


def value(point: ModbusPoint, registers: str) -> object:
    block = Block((points_of.span(point, 0),))
    return points_of.read(point, block, point.address, bytes.fromhex(registers))


def test_registers_of_a_meter_are_read_as_its_maker_documents(tmp_path: Path) -> None:
    assert value(points("eastron_sdm630", tmp_path)["voltage_l1"], "43660033") == 230.00078
    power = points("carlo_gavazzi_em340", tmp_path)["power"]
    assert (power.address, value(power, "FF9CFFFF")) == (0x28, -10.0)


def test_what_an_inverter_sends_at_night_is_no_value(tmp_path: Path) -> None:
    power = points("sma_sunny_boy", tmp_path)["power"]
    assert value(power, "000003E8") == 1000
    with pytest.raises(ValueError, match="has no value"):
        value(power, "80000000")
