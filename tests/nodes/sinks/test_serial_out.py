"""`serial_out` over a pseudo terminal: order, unplugging, messages that cannot be written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from flowengine import Message, Rejected, Unavailable
from nodes.sinks.serial_out import SerialOut
from tests.servers.pty_pair import PtyPair
from tests.waiting import until


async def test_messages_are_written_in_order_with_their_end(pty_pair: PtyPair, opened: Callable[..., Any]) -> None:
    sink = await opened(SerialOut, f'{{port: {pty_pair.device}, end: "\\n"}}')
    await until(lambda: sink._port.up)
    await sink.write([Message({"n": 1}), Message("text"), Message(b"\x00\xff")])
    assert pty_pair.read(16) == b'{"n":1}\ntext\n\x00\xff\n'


async def test_the_good_ones_are_written_when_one_cannot(pty_pair: PtyPair, opened: Callable[..., Any]) -> None:
    sink = await opened(SerialOut, f"{{port: {pty_pair.device}, format: bytes}}")
    await until(lambda: sink._port.up)
    with pytest.raises(Rejected) as refused:
        await sink.write([Message(b"a"), Message(1.5), Message(b"b")])
    assert list(refused.value.rows or {}) == [1]
    assert pty_pair.read(2) == b"ab"


@pytest.mark.parametrize(("policy", "fault"), [("wait", Unavailable), ("reject", Rejected)])
async def test_while_away_it_fails_fast_by_its_policy(
    pty_pair: PtyPair, opened: Callable[..., Any], policy: str, fault: type[Exception]
) -> None:
    sink = await opened(SerialOut, f"{{port: {pty_pair.device}, when_away: {policy}}}")
    await until(lambda: sink._port.up)
    pty_pair.unplug()
    with pytest.raises(fault):
        async with asyncio.timeout(60):
            await sink.write([Message(b"late")])


async def test_a_flow_keeps_messages_until_the_device_is_back(pty_pair: PtyPair, start_engine: Any) -> None:
    running = await start_engine(
        f"flow: f\nnodes:\n  in: {{type: inject, payload: tick, every: 20ms, to: out}}\n"
        f"  out: {{type: serial_out, port: {pty_pair.device}}}\n"
    )
    assert await asyncio.to_thread(pty_pair.read, 12) == b"tick" * 3
    pty_pair.unplug()
    out = running.station("out")
    await until(lambda: out.state == "retrying")
    pty_pair.plug_in()
    assert await asyncio.to_thread(pty_pair.read, 12) == b"tick" * 3
    assert running.balanced()
