"""What connected editors cost the engine: its CPU with ten of them less its CPU with none."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import psutil
from aiohttp import ClientSession

from bench.editor_plant import many, plant, rows_in
from tests.browser.plant import Plant

CLIENTS, COUNTED_S = 10, 10.0


def ten_clients() -> dict[str, Any]:
    """What the live socket costs the engine: its CPU with ten editors less its CPU with none, in percent of a core."""
    with plant("many", many(1000)) as made:
        time.sleep(2.0)  # rates are known by then
        alone = cpu_percent(made, COUNTED_S)
        watched, rows_per_s = asyncio.run(watched_by(made, CLIENTS))
        return {"measure": "ten clients", "nodes": 1000, "engine_percent": round(alone, 1),
                "more_percent": round(watched - alone, 1), "rows_per_s": round(rows_per_s)}  # fmt: skip


def cpu_percent(made: Plant, length_s: float) -> float:
    """Of one core, over this time from now."""
    process = psutil.Process(made.pid)
    before, began_s = process.cpu_times(), time.perf_counter()
    time.sleep(length_s)
    after = process.cpu_times()
    return 100 * (after.user + after.system - before.user - before.system) / (time.perf_counter() - began_s)


async def watched_by(made: Plant, clients: int) -> tuple[float, float]:
    """CPU of the engine in percent of a core while so many clients watch as the editor does, and rows each gets."""
    rows = [0]
    cookies = {"flowengine_session": made.cookie("integrator")}
    async with ClientSession(cookies=cookies) as session, asyncio.TaskGroup() as group:
        tasks = [group.create_task(watch(session, made, rows)) for _ in range(clients)]
        await asyncio.sleep(2.0)
        before, began_s = rows[0], time.perf_counter()
        percent = await asyncio.to_thread(cpu_percent, made, COUNTED_S)
        per_s = (rows[0] - before) / (time.perf_counter() - began_s) / clients
        for task in tasks:
            task.cancel()
    return percent, per_s


async def watch(session: ClientSession, made: Plant, rows: list[int]) -> None:
    """One client with the subscriptions of the editor's first screen."""
    async with session.ws_connect(f"{made.url}/api/v1/live", headers={"Origin": made.url}) as socket:
        for id, topic in enumerate(("flows", "alarms", "problems", "engine", "status"), 1):
            of = {"filter": {"flow": "many"}} if topic == "status" else {}
            await socket.send_json({"op": "subscribe", "id": id, "topic": topic, **of})
        async for frame in socket:
            rows[0] += rows_in(frame.data)
