"""system_metrics: the figures are this machine's, the rates count what moved, and the pace is kept."""

import asyncio
import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from flowengine.testing import TestContext, make
from nodes.clients.machine import Machine
from nodes.sources.system_metrics import SystemMetrics
from tests.waiting import lasts, length


def test_figures_are_those_of_this_machine_and_process(tmp_path):
    found = Machine(["/", str(tmp_path / "missing")]).read()
    assert 0 <= found["cpu"] <= 100 and 0 < found["memory"] <= 100 and 0 <= found["disk"] <= 100
    usage = os.statvfs("/")
    assert list(found["disks"]) == ["/"]
    assert found["disks"]["/"]["free_bytes"] == pytest.approx(usage.f_bavail * usage.f_frsize, rel=0.05)
    assert found["process"]["memory_bytes"] > 10_000_000 and found["process"]["threads"] >= 1
    assert found["cpus"] == os.cpu_count() and found["uptime_s"] > 0
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert 0 < found["memory_available_bytes"] < total


def test_a_busy_process_shows():
    machine, began_s, used_s = Machine([]), time.monotonic(), time.process_time()
    x = 0
    for n in range(3_000_000):
        x += n * n
    shown = machine.read()["process"]["cpu"]
    got = 100 * (time.process_time() - used_s) / (time.monotonic() - began_s)  # less than 100 where others are busy
    assert shown == pytest.approx(got, rel=0.45) and shown > 0


async def test_the_processors_share_is_known_whichever_thread_reads():
    machine, shares = Machine([]), list[float]()
    for _ in range(4):
        began_s, x = time.process_time(), 0
        while time.process_time() - began_s < 0.1:
            x += 1
        with ThreadPoolExecutor(1) as pool:
            shares.append(pool.submit(machine.read).result()["cpu"])
    assert all(share > 0 for share in shares), shares


async def test_rates_count_what_moved_since_the_last_message():
    machine = Machine([])
    received = machine.read()
    if "net_received_bytes_s" not in received:
        assert "net_sent_bytes_s" not in received
        return
    server = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", 0)
    _, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
    writer.write(b"x" * 1_000_000)
    await lasts(0.05, "the bytes on their way")
    writer.close()
    server.close()
    assert machine.read()["net_sent_bytes_s"] > 0


async def test_a_message_comes_at_each_interval():
    context = TestContext()
    node = make(SystemMetrics, "{every: 100ms, topic: box}", context)
    got = []

    async def emit(message, *_, **__):
        got.append((asyncio.get_running_loop().time(), message))

    started_s = asyncio.get_running_loop().time()
    task = asyncio.create_task(node.run(emit))
    await length(got, 3)
    task.cancel()
    assert all(message.topic == "box" and message.meta["host"] for _, message in got)
    assert got[2][0] - started_s >= 0.29
    assert SystemMetrics.check(SystemMetrics.config_type().model_validate({"every": "1ms"}))
