"""The simulated Modbus device answers as the specification says, to any bytes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nodes.codecs.modbus import pdu
from nodes.simulator.modbus_device import Meter, ModbusDevice


@given(st.binary(max_size=260))
def test_any_request_gets_an_answer_or_an_exception(request: bytes) -> None:
    device = ModbusDevice()
    Meter(1, device)
    answer = device.answer(request)
    assert len(answer) >= 2
    assert answer[0] & 0x7F == (request[0] & 0x7F if request else 0)


def test_what_is_written_is_read() -> None:
    device = ModbusDevice()
    Meter(1, device)
    request = pdu.write_registers_request(20, b"\x01\x02")
    pdu.write_answer(request, device.answer(request))
    read = pdu.read_request("holding", 20, 1)
    assert pdu.read_answer(read, device.answer(read)) == b"\x01\x02"
    coil = pdu.write_coils_request(4, [False])
    pdu.write_answer(coil, device.answer(coil))
    read = pdu.read_request("coil", 4, 1)
    assert pdu.read_answer(read, device.answer(read)) == b"\0"


def test_a_meter_counts_energy_while_it_runs() -> None:
    device = ModbusDevice()
    meter = Meter(1, device)
    before = dict(device.tables["input"])
    meter.update(3600)
    assert device.tables["input"] != before
