"""What was given to the broker stays until it is answered, within the window, over reconnects."""

import asyncio

import pytest

from nodes.clients.mqtt.errors import Closed, PublishRefused
from nodes.clients.mqtt.outbox import Entry, Outbox, PacketIds, Waiter

LIMIT = 1000


class Wire:
    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.outbox = Outbox(PacketIds(), self.written.append)

    async def add(self, count: int, qos: int = 1) -> Waiter:
        waiter = Waiter(asyncio.get_running_loop().create_future(), count)
        for row in range(count):
            packet_id = self.outbox.ids.take()
            self.outbox.add(packet_id, Entry(b"\x32" + bytes([packet_id]), qos, waiter, row))
        self.outbox.pump()
        return waiter

    def take(self) -> bytes:
        data = b"".join(self.written)
        self.written.clear()
        return data


async def test_the_window_bounds_what_is_in_flight() -> None:
    wire = Wire()
    wire.outbox.connected(False, 2, 100, LIMIT)
    waiter = await wire.add(3)
    assert wire.take() == b"\x32\x01\x32\x02"
    wire.outbox.acknowledged(1)
    wire.outbox.pump()
    assert wire.take() == b"\x32\x03"
    for packet_id in (2, 3):
        assert not waiter.done.done()
        wire.outbox.acknowledged(packet_id)
    assert waiter.done.done()
    assert len(wire.outbox) == 0


async def test_qos_2_has_a_window_of_its_own() -> None:
    wire = Wire()
    wire.outbox.connected(False, 10, 1, LIMIT)
    await wire.add(2, qos=2)
    assert wire.take() == b"\x32\x01"
    wire.outbox.acknowledged(1)
    wire.outbox.pump()
    assert wire.take() == b"\x32\x02"


async def test_a_kept_session_gets_dup_in_order_before_anything_new() -> None:
    wire = Wire()
    wire.outbox.connected(False, 2, 100, LIMIT)
    await wire.add(3)
    wire.take()
    wire.outbox.disconnected()
    await wire.add(1)
    assert wire.take() == b""
    wire.outbox.connected(True, 10, 100, LIMIT)
    wire.outbox.pump()
    assert wire.take() == b"\x3a\x01\x3a\x02\x32\x03\x32\x04"


async def test_a_forgotten_session_gets_everything_anew() -> None:
    wire = Wire()
    wire.outbox.connected(False, 2, 100, LIMIT)
    await wire.add(2, qos=2)
    wire.outbox.received(1)
    wire.take()
    wire.outbox.connected(False, 10, 100, LIMIT)
    wire.outbox.pump()
    assert wire.take() == b"\x32\x01\x32\x02"


async def test_a_kept_session_goes_on_with_pubrel() -> None:
    wire = Wire()
    wire.outbox.connected(False, 2, 100, LIMIT)
    await wire.add(2, qos=2)
    assert wire.outbox.received(1) == b"\x62\x02\x00\x01"
    wire.take()
    wire.outbox.connected(True, 10, 100, LIMIT)
    wire.outbox.pump()
    assert wire.take() == b"\x62\x02\x00\x01\x3a\x02"


async def test_a_refusal_names_its_row_after_the_others_went() -> None:
    wire = Wire()
    wire.outbox.connected(False, 10, 100, LIMIT)
    waiter = await wire.add(3)
    wire.outbox.acknowledged(2, "not authorized")
    wire.outbox.acknowledged(1)
    wire.outbox.acknowledged(3)
    with pytest.raises(PublishRefused) as refused:
        await waiter.done
    assert refused.value.rows == {1: "not authorized"}


async def test_withdrawing_forgets_only_what_was_never_written() -> None:
    wire = Wire()
    wire.outbox.connected(False, 1, 100, LIMIT)
    waiter = await wire.add(3)
    wire.outbox.withdraw(waiter)
    assert len(wire.outbox) == 1


async def test_a_smaller_broker_refuses_what_a_larger_one_would_have_taken() -> None:
    wire = Wire()
    waiter = await wire.add(1)
    wire.outbox.connected(False, 10, 10, 1)
    wire.outbox.pump()
    with pytest.raises(PublishRefused, match="more than the broker takes"):
        await waiter.done


async def test_closing_fails_whoever_waits() -> None:
    wire = Wire()
    waiter = await wire.add(1)
    wire.outbox.fail(Closed("closed"))
    with pytest.raises(Closed):
        await waiter.done


def test_packet_ids_are_unique_while_in_use() -> None:
    ids = PacketIds()
    assert len({ids.take() for _ in range(65_535)}) == 65_535
    with pytest.raises(LookupError):
        ids.take()
    ids.give_back(77)
    assert ids.take() == 77
