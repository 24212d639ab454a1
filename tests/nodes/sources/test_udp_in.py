"""`udp_in` with real datagrams: batches, bad ones, a flood, multicast."""

from __future__ import annotations

import asyncio
import socket

import pytest

from flowengine import Message
from flowengine.testing import make
from nodes.sources.udp_in import UdpIn
from tests.nodes.conftest import Running, StartEngine
from tests.waiting import until


async def listening(start_engine: StartEngine, options: str, got: str = "") -> tuple[Running, int]:
    running = await start_engine(
        f"flow: f\nnodes:\n  in: {{type: udp_in, {options}, to: got}}\n  got: {{type: collect{got}}}\n"
    )
    node = running.station("in").node
    await until(lambda: node.address)
    return running, int(node.address.rpartition(":")[2])


@pytest.fixture
def sender() -> socket.socket:
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


async def test_each_datagram_is_a_message_and_bad_ones_leave(start_engine: StartEngine, sender: socket.socket) -> None:
    running, port = await listening(start_engine, "listen: '127.0.0.1:0', format: json, topic: t")
    with sender:
        for data in (b"1", b"{", b"", b"\xff" * 60_000, b'{"v":2}'):
            sender.sendto(data, ("127.0.0.1", port))
        assert await running.holds(2) == [1, {"v": 2}]
        assert running.kept[0].meta["peer"] == f"127.0.0.1:{sender.getsockname()[1]}"
    assert running.station("in").errored == 3
    assert running.balanced()


async def test_a_flood_is_bounded_and_counted(start_engine: StartEngine, sender: socket.socket) -> None:
    options = "listen: '127.0.0.1:0', waiting: 10"
    running, port = await listening(start_engine, options, ", away: true, queue: {count: 5}")
    with sender:
        for n in range(2000):
            sender.sendto(b"%d" % n, ("127.0.0.1", port))
            if n % 50 == 0:
                await asyncio.sleep(0)
        station = running.station("in")
        await until(lambda: station.dropped.total() + running.station("got").held > 1000)
    assert station.dropped["datagrams dropped, flow is full"] > 900
    assert running.balanced()


async def test_a_multicast_group_is_heard(start_engine: StartEngine, sender: socket.socket) -> None:
    running, port = await listening(start_engine, "listen: '0.0.0.0:0', group: 239.255.77.7, insecure: true")
    with sender:
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 1)
        sender.sendto(b"1", ("239.255.77.7", port))
        assert await running.holds(1) == [1]


async def test_a_taken_address_is_tried_again(start_engine: StartEngine, sender: socket.socket) -> None:
    with sender:
        sender.bind(("127.0.0.1", 0))
        port = sender.getsockname()[1]
        running = await start_engine(
            f"flow: f\nnodes:\n  in: {{type: udp_in, listen: '127.0.0.1:{port}', to: got}}\n  got: {{type: collect}}\n"
        )
        await until(lambda: running.station("in").state == "retrying")
    await until(lambda: running.station("in").node.address)


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ("{listen: '127.0.0.1:1'}", ""),
        ("{listen: '0.0.0.0:1'}", "insecure"),
        ("{listen: '127.0.0.1:1', group: 10.0.0.1}", "multicast"),
    ],
)
def test_faults_across_options_are_reported(options: str, fault: str) -> None:
    faults = UdpIn.check(make(UdpIn, options).config)
    assert fault in str(faults) and bool(faults) == bool(fault)


def test_flow_tests_send_bytes() -> None:
    assert make(UdpIn, "{listen: '127.0.0.1:1'}").received(Message(b"1")).payload == 1
