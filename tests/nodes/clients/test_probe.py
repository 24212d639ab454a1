"""nodes/clients/probe.py: a far side that goes is told in words within five seconds, once, and its return."""

from __future__ import annotations

import asyncio
import logging

import pytest

from flowengine.testing import run_virtual
from nodes.clients.http.addresses import Allowed
from nodes.clients.probe import Probe, knock
from tests.servers.ports import next_free_port

LOG = logging.LoggerAdapter(logging.getLogger("flowengine.flow"), {})


class FarSide:
    """Answers, refuses or hangs."""

    is_there, hangs = True, False

    async def ask(self) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        if not self.is_there:
            raise OSError("nothing listens at db:5432")


def test_a_loss_is_told_within_five_seconds_and_logged_ever_more_rarely(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        far, loop = FarSide(), asyncio.get_running_loop()
        probe = Probe(far.ask, loop.time, LOG)
        assert probe.up(None) is None
        probe.start()
        await asyncio.sleep(1)
        assert (probe.fault, probe.up(None), probe.up(False)) == ("", True, False)
        far.is_there = False
        await asyncio.sleep(4.9)
        assert probe.fault == "not connected: nothing listens at db:5432" and probe.up(True) is False
        await asyncio.sleep(55)
        far.is_there = True
        await asyncio.sleep(4.9)
        far.hangs = True
        await asyncio.sleep(4.9)
        assert probe.fault == "not connected: no answer within 2.5 s" and not probe.dead
        await probe.close()

    with caplog.at_level(logging.INFO):
        run_virtual(scenario)
    told = [record.getMessage() for record in caplog.records]
    gone = "not connected: nothing listens at db:5432"
    assert told == [gone, gone, "connected", "not connected: no answer within 2.5 s"]


def test_a_loss_is_told_in_time_by_a_client_that_takes_long_to_give_a_question_up() -> None:
    async def ask() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(10)  # as asyncpg, which asks the silent server to cancel

    async def scenario() -> None:
        probe = Probe(ask, asyncio.get_running_loop().time, LOG)
        probe.start()
        await asyncio.sleep(3)
        assert probe.fault == "not connected: no answer within 2.5 s"
        await asyncio.sleep(60)
        assert probe.fault and not probe.dead
        await probe.close()

    run_virtual(scenario)


async def test_a_knock_says_in_words_why_nothing_opens() -> None:
    port = next_free_port()
    with pytest.raises(OSError, match=f"^nothing listens at 127.0.0.1:{port}$"):
        await knock("127.0.0.1", port)
    with pytest.raises(OSError, match=r"^no address is known for nowhere\.invalid$"):
        await knock("nowhere.invalid", 80)
    with pytest.raises(OSError, match="not a public one"):
        await knock("127.0.0.1", port, Allowed([]))
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", port)
    await knock("127.0.0.1", port, Allowed(["127.0.0.1"]))
    server.close()
