"""`tcp_request` and the shared `tcp` connection: one socket that is read, written and asked, with devices that lie."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from flowengine import Message
from flowengine.runtime.inject import inject
from tests.nodes.conftest import Running, StartEngine
from tests.waiting import lasts, until


class Scale:
    """A device that takes one connection and answers `W` with its weight, in ways that a test chooses."""

    def __init__(self) -> None:
        self.answers: list[bytes] = []
        self.heard: list[bytes] = []
        self.connections = 0
        self.delays_s: list[float] = []
        self._open: list[asyncio.StreamWriter] = []

    async def start(self) -> None:
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        self.server.close()
        self.cut()
        await self.server.wait_closed()

    def cut(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    def say(self, data: bytes) -> None:
        self._open[-1].write(data)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.append(writer)
        try:
            while True:
                self.heard.append(await reader.readuntil(b"\r"))
                answer = self.answers.pop(0) if self.answers else b"12.5 kg\r"
                await asyncio.sleep(self.delays_s.pop(0) if self.delays_s else 0)
                for piece in answer.split(b"|"):
                    writer.write(piece)
                    await asyncio.sleep(0.02)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass


@pytest.fixture
async def scale() -> AsyncIterator[Scale]:
    device = Scale()
    await device.start()
    yield device
    await device.close()


NODES = """
  weigh: {type: tcp_request, connection: scale, send: text, after: "\\r", framing: delimited, end: "\\r", format: text,
    timeout: 300ms, to: got, on_error: got}
  got: {type: collect}
"""


async def asking(start_engine: StartEngine, scale: Scale, nodes: str = NODES) -> Running:
    text = f"flow: f\nconnections:\n  scale: {{type: tcp, connect: '127.0.0.1:{scale.port}'}}\nnodes:{nodes}"
    running = await start_engine(text)
    await until(lambda: scale.connections)
    return running


def press(running: Running, node: str = "weigh") -> None:
    inject(running.engine.flows["f"], running.engine.services, node, Message("W"))


def answers(running: Running) -> list[object]:
    return [message.meta.get("error", {}).get("reason") or message.payload for message in running.kept]


async def test_an_answer_in_pieces_is_one_message_of_its_question(start_engine: StartEngine, scale: Scale) -> None:
    scale.answers = [b"12.|5 k|g\r"]
    running = await asking(start_engine, scale)
    press(running)
    assert await running.holds(1) == ["12.5 kg\r"]
    assert scale.heard == [b"W\r"]


async def test_a_late_answer_is_never_that_of_the_next_question(start_engine: StartEngine, scale: Scale) -> None:
    scale.delays_s, scale.answers = [0.6], [b"1 kg\r", b"2 kg\r"]
    running = await asking(start_engine, scale)
    press(running)
    await running.holds(1)
    await until(lambda: scale.connections == 2)
    press(running)
    await running.holds(2)
    assert answers(running) == ["no answer within 0.3 s", "2 kg\r"]
    assert len(scale.heard) == 2  # the first question was not sent again


async def test_what_nobody_asked_for_is_no_answer(start_engine: StartEngine, scale: Scale) -> None:
    running = await asking(start_engine, scale)
    press(running)
    await running.holds(1)
    scale.answers = [b"7 kg\r"]
    scale.say(b"unasked\r")
    await lasts(0.1, "what nobody asked for, on its way")
    press(running)
    await running.holds(2)
    assert answers(running)[1] == "7 kg\r"


async def test_a_cut_between_question_and_answer_is_told_and_not_asked_again(
    start_engine: StartEngine, scale: Scale
) -> None:
    scale.delays_s = [5]
    running = await asking(start_engine, scale)
    press(running)
    await until(lambda: scale.heard)
    scale.cut()
    await running.holds(1)
    assert "closed the connection" in str(answers(running)[0])
    press(running)
    await running.holds(2)
    assert answers(running)[1] == "12.5 kg\r" and len(scale.heard) == 2


async def test_a_stream_and_commands_share_one_connection(start_engine: StartEngine, scale: Scale) -> None:
    nodes = """
  out: {type: tcp_out, connection: scale, format: text, end: "\\r"}
  in: {type: tcp_in, connection: scale, to: lines}
  lines: {type: frame_decode, framing: delimited, end: "\\r", format: text, to: got}
  got: {type: collect}
"""
    running = await asking(start_engine, scale, nodes)
    press(running, "out")
    assert await running.holds(1) == ["12.5 kg\r"]
    assert running.kept[0].meta["connection"] == "scale"
    scale.answers = [b"half a fra"]
    press(running, "out")
    await until(lambda: len(scale.heard) == 2)
    await lasts(0.1, "half a frame, on its way")
    scale.cut()
    await until(lambda: scale.connections == 2)
    press(running, "out")
    assert (await running.holds(2))[1] == "12.5 kg\r"  # what was half of the lost connection is not glued to it
    assert scale.connections == 2


@pytest.mark.parametrize(
    ("node", "fault"),
    [
        ("{type: tcp_in, connection: scale, listen: '127.0.0.1:1'}", "either listen, connect or connection"),
        ("{type: tcp_in, connection: scale, tls: {}}", "a shared connection has its own"),
        ("{type: tcp_request, connection: scale, framing: fixed}", "say how long each frame is"),
        ("{type: tcp_request, connection: scale, framing: gap}", "one of cobs, slip"),
        ("{type: tcp_out, connection: scale, connect: '127.0.0.1:1'}", "either connect or connection"),
    ],
)
async def test_settings_that_do_not_fit_are_told(start_engine: StartEngine, node: str, fault: str) -> None:
    running = await start_engine("")
    text = (
        "flow: f\nconnections:\n  scale: {type: tcp, connect: '127.0.0.1:9'}\n"
        f"nodes:\n  i: {{type: inject, every: 1s, to: n}}\n  n: {node}\n"
    )
    told = [problem.message for problem in running.engine.load(text, "f.yaml").problems]
    assert any(fault in each for each in told), told
