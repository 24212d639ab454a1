"""`udp_out` with a real receiver."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from flowengine import Message, Rejected, Unavailable
from nodes.sinks.udp_out import UdpOut


async def test_each_message_is_a_datagram_and_bad_ones_are_rejected(opened: Callable[..., Any]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(5)
        sink = await opened(UdpOut, f'{{send_to: "127.0.0.1:{receiver.getsockname()[1]}"}}')
        with pytest.raises(Rejected) as refused:
            await sink.write([Message({"n": 1}), Message("x" * 70_000), Message(object()), Message("two")])
        assert sorted(refused.value.rows or {}) == [1, 2]
        assert [receiver.recv(100) for _ in range(2)] == [b'{"n":1}', b"two"]


async def test_an_unknown_host_is_unavailable(opened: Callable[..., Any]) -> None:
    with pytest.raises(Unavailable):
        await opened(UdpOut, "{send_to: 'no-such-host.invalid:5'}")
