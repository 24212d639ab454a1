"""`serial_in` through whole flows over a pseudo terminal."""

from __future__ import annotations

import asyncio
import random

import pytest

from flowengine import Message
from flowengine.testing import make
from nodes.sources.serial_in import SerialIn
from tests.nodes.conftest import StartEngine
from tests.servers.pty_pair import PtyPair
from tests.waiting import lasts, until


def flow(options: str, got: str = "") -> str:
    return f"flow: f\nnodes:\n  in: {{type: serial_in, {options}, to: got}}\n  got: {{type: collect{got}}}\n"


async def test_the_stream_arrives_whole_however_it_is_cut(pty_pair: PtyPair, start_engine: StartEngine) -> None:
    running = await start_engine(flow(f"port: {pty_pair.device}, baud: 921600, topic: gw"))
    rng = random.Random(3)
    sent = rng.randbytes(200_000)
    at = 0
    await until(lambda: not running.station("in").node.fault)
    while at < len(sent):
        step = rng.choice((1, 7, 64, 3000))
        await asyncio.to_thread(pty_pair.write, sent[at : at + step])
        at += step
    await until(lambda: sum(map(len, running.payloads)) >= len(sent))
    assert b"".join(running.payloads) == sent
    assert {message.topic for message in running.kept} == {"gw"}
    assert running.balanced()


async def test_unplugged_and_back_the_flow_goes_on(pty_pair: PtyPair, start_engine: StartEngine) -> None:
    running = await start_engine(flow(f"port: {pty_pair.device}"))
    await until(lambda: not running.station("in").node.fault)
    await asyncio.to_thread(pty_pair.write, b"one")
    await running.holds(1)
    pty_pair.unplug()
    await lasts(0.1, "the port away")
    pty_pair.plug_in()
    async with asyncio.timeout(60):
        while b"".join(running.payloads) != b"onetwo":
            if len(running.kept) < 2:
                node = running.station("in")
                assert node.state == "running"
            await asyncio.sleep(0.3)
            if len(b"".join(running.payloads)) == 3:
                await asyncio.to_thread(pty_pair.write, b"two")
                await asyncio.sleep(0.1)


async def test_after_the_port_was_lost_no_frame_is_made_of_two_halves(
    pty_pair: PtyPair, start_engine: StartEngine
) -> None:
    running = await start_engine(f"""
flow: f
nodes:
  in: {{type: serial_in, port: {pty_pair.device}, to: frames}}
  frames: {{type: frame_decode, framing: lines, format: text, to: got, on_error: bad}}
  got: {{type: collect}}
  bad: {{type: dead_letter}}
""")
    await running.until(lambda: running.station("in").state == "running" and not running.station("in").node.fault)
    await asyncio.to_thread(pty_pair.write, b"whole\n21")
    await running.holds(1)
    pty_pair.unplug()
    await running.until(lambda: running.station("in").node.fault)
    pty_pair.plug_in()
    await running.until(lambda: not running.station("in").node.fault)
    await asyncio.to_thread(pty_pair.write, b"7\n22\n")
    await running.holds(3)
    assert running.payloads == ["whole", "7", "22"]
    assert [message.meta.get("reopened") for message in running.kept] == [None, True, True]


async def test_a_full_flow_makes_the_device_wait(pty_pair: PtyPair, start_engine: StartEngine) -> None:
    text = flow(f"port: {pty_pair.device}", ", takes: 0.02, queue: {count: 2, when_full: block}")
    running = await start_engine(text)
    await until(lambda: not running.station("in").node.fault)
    sent = random.Random(1).randbytes(500_000)
    await asyncio.to_thread(pty_pair.write, sent, 30)
    await until(lambda: sum(map(len, running.payloads)) >= len(sent))
    assert b"".join(running.payloads) == sent


async def test_reading_and_writing_share_a_connection(pty_pair: PtyPair, start_engine: StartEngine) -> None:
    running = await start_engine(f"""
flow: f
connections: {{gateway: {{type: serial, port: {pty_pair.device}}}}}
nodes:
  in: {{type: serial_in, connection: gateway, format: [json, text], to: [got, back]}}
  got: {{type: collect}}
  back: {{type: serial_out, connection: gateway, format: json, end: "!"}}
""")
    await running.until(lambda: running.engine.pool.all()[0].up)
    await asyncio.to_thread(pty_pair.write, b'{"a":1}')
    assert await running.holds(1) == [{"a": 1}]
    assert pty_pair.read(8) == b'{"a":1}!'


async def test_each_opening_of_the_port_is_told_at_once(pty_pair: PtyPair, start_engine: StartEngine) -> None:
    running = await start_engine(f"""
flow: f
connections: {{gateway: {{type: serial, port: {pty_pair.device}}}}}
nodes:
  in: {{type: serial_in, connection: gateway, to: {{out: bytes, opened: got}}}}
  bytes: {{type: log}}
  got: {{type: collect}}
""")
    assert await running.holds(1) == [{"port": str(pty_pair.device), "opened": 1}]
    pty_pair.unplug()
    await running.until(lambda: not running.engine.pool.all()[0].up)
    pty_pair.plug_in()
    assert (await running.holds(2))[1]["opened"] == 2
    assert running.balanced()


@pytest.mark.parametrize("port", ["COM3", "usb:403:6015", "ttyUSB0"])
def test_a_port_that_cannot_be_is_refused(port: str) -> None:
    with pytest.raises(ValueError, match="port"):
        make(SerialIn, f"{{port: '{port}'}}")


def test_either_port_or_connection_is_given() -> None:
    for text in ("{}", "{port: /dev/tty, connection: a}"):
        assert SerialIn.check(make(SerialIn, text).config)
    assert not SerialIn.check(make(SerialIn, "{connection: a}").config)


def test_flow_tests_send_bytes() -> None:
    assert make(SerialIn, "{connection: a, format: text}").received(Message(b"x")).payload == "x"
