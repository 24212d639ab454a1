"""`example`: what load one of the examples holds, and how long a report takes through it. See README.md.

Steps of a fixed rate, doubled as long as every report is stored in time; then the figures of the last that was held.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
import sys
import time
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any

import aiohttp

from bench.example_drive import ByBroker, ByHttp, ByPort, Driver, Way, answering, connected, listening
from bench.example_loads import LOADS, Load
from bench.ledger import percentiles_ms
from bench.meter import Meter
from bench.rig import Rig
from flowengine.cli.demo_plan import DemoPlan, plans
from nodes.clients.mqtt import MqttClient

READY_S = 60.0
IN_TIME_S = 8.0
"""Within which the last report of a step must be stored: the flows' own 5 s, and a little."""

LIVE_MS = 1000.0
"""A step whose slowest percent takes longer is not held: something waits."""

POLL_S = 0.2
WARM_MESSAGES_S, WARM_S = 50.0, 2.0


def measure(engine: Any, name: str, params: dict[str, Any]) -> dict[str, Any]:
    """Steps from `rate` messages a second (as the load says) for `secs` (8) each, doubled up to `most` (25,600)."""
    if name not in LOADS:
        raise ValueError(f"no load for {name!r} in bench/example_loads.py; there are {', '.join(LOADS)}")
    rig = Rig({"max_inflight_messages": params.get("inflight", 20)})
    try:
        return asyncio.run(Measured(rig, plans()[name], LOADS[name]).steps(params))
    finally:
        rig.close()


class Measured:
    """One example with its broker, stepped up."""

    def __init__(self, rig: Rig, plan: DemoPlan, load: Load):
        self._rig, self._plan, self._load = rig, plan, load
        self._http = f"http://127.0.0.1:{rig.http_port}"
        self._data = rig.dir / "data"

    async def steps(self, params: dict[str, Any]) -> dict[str, Any]:
        """The figures of each step, and the highest rate that was held."""
        self._rig.broker()
        url, port = f"mqtt://127.0.0.1:{self._rig.mqtt_port}", self._rig.dir / "port"
        steps: list[dict[str, Any]] = []
        async with AsyncExitStack() as stack:
            client = connected(url)
            await client.start()
            stack.push_async_callback(client.close)
            way = await self._way(stack, client, port)
            await self._start(url, port)
            driver = Driver(self._load, way)
            await stack.enter_async_context(listening(driver, self._load.live, self._http, client))
            await self._step(driver, WARM_MESSAGES_S, WARM_S)
            rate = float(params.get("rate", self._load.rate))
            while not steps or (steps[-1]["held"] and rate <= params.get("most", 25_600)):
                steps.append(await self._step(driver, rate, float(params.get("secs", 8))))
                print(_line(steps[-1]), file=sys.stderr, flush=True)
                rate *= 2
        held = [step["messages_s"] for step in steps if step["held"]]
        return {"held_messages_s": max(held, default=0), "steps": steps, **self._counted(driver)}

    async def _way(self, stack: AsyncExitStack, client: MqttClient, port: Path) -> Way:
        load = self._load
        if load.answer:
            await stack.enter_async_context(answering(load.answer, client))
        if load.port:
            stack.callback((by_port := ByPort(port)).close)
            return by_port
        route, token = load.post
        if route:
            session = await stack.enter_async_context(aiohttp.ClientSession())
            return ByHttp(session, self._http + route, self._plan.environment[token])
        return ByBroker(client)

    async def _start(self, url: str, port: Path) -> None:
        filled = {
            key: value.format(mqtt=url, listen=self._http.removeprefix("http://"), data=self._data, devices=0)
            for key, value in self._plan.environment.items()
        }
        environment = {**filled, **self._load.environment, "MQTT_URL": url, "MQTT_EMBEDDED": "false"}
        if self._load.port:
            environment[self._load.port] = str(port)
        self._data.mkdir()
        flow = self._plan.folder / f"{self._plan.name}.yaml"
        program = str(Path(sys.executable).with_name("flowengine"))
        options = ["--listen", f"127.0.0.1:{self._rig.http_port}", "--no-editor", "--log-level", "warning"]
        self._rig.spawn("engine", [program, "run", *options, "--data", str(self._data), str(flow)], environment)
        async with asyncio.timeout(READY_S):
            while not await self._is_ready():  # noqa: ASYNC110 - a process
                await asyncio.sleep(0.1)

    async def _is_ready(self) -> bool:
        if self._rig.processes["engine"].poll() is not None:
            raise RuntimeError("the engine ended: " + self._rig.log("engine"))
        try:
            async with aiohttp.ClientSession() as session, session.get(self._http + "/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    async def _step(self, driver: Driver, rate: float, seconds: float) -> dict[str, Any]:
        """One rate. Storing is counted, not told apart: the n-th report stored is taken for the n-th sent."""
        size = len(self._load.report(0, ""))
        before, messages = len(driver.due), driver.messages
        driver.took_s.clear()
        rows_before = await self._stored()
        meter = Meter(self._rig)
        running = asyncio.create_task(driver.run(rate / size, seconds))
        stored: list[tuple[float, int]] = []
        loop = asyncio.get_running_loop()
        end_s = loop.time() + seconds + IN_TIME_S
        while loop.time() < end_s and not (running.done() and stored and stored[-1][1] >= len(driver.due) - before):
            await asyncio.sleep(POLL_S)
            rows = await self._stored() - rows_before
            stored.append((time.time(), int(rows / self._load.rows)))
        really = await running * size
        sent = len(driver.due) - before
        after_us = _ages_us(driver.due[before:], stored)
        live_ms = percentiles_ms([round(took_s * 1e6) for took_s in driver.took_s])
        figures = meter.read(driver.messages - messages)
        held = stored[-1][1] >= sent and really > 0.95 * rate and (live_ms[1] or LIVE_MS) < LIVE_MS
        return {
            "messages_s": round(really), "reports": sent, "stored": stored[-1][1], "heard": len(driver.took_s),
            "live_ms": live_ms, "stored_ms": percentiles_ms(after_us), "held": held, **figures,
        }  # fmt: skip

    async def _stored(self) -> float:
        async with aiohttp.ClientSession() as session, session.get(self._http + "/metrics") as answer:
            text = await answer.text()
        found = re.search(
            rf'^flowengine_passed_messages_total{{[^}}]*node="{self._load.store}"[^}}]*}} (\S+)', text, re.MULTILINE
        )
        return float(found[1]) if found else 0.0

    def _counted(self, driver: Driver) -> dict[str, Any]:
        """What the database itself has in the end, beside what it must have."""
        file, query = self._load.count
        if not file:
            return {"sent_reports": len(driver.due)}
        with closing(sqlite3.connect(self._data / "connections" / file)) as database:
            [[rows]] = database.execute(query).fetchall()
        return {"sent_reports": len(driver.due), "rows": rows, "rows_expected": len(driver.due) * self._load.rows}


def _ages_us(due_s: list[float], stored: list[tuple[float, int]]) -> list[int]:
    """From when each report was due to the first look that found so many stored."""
    ages, place = [], 0
    for at_s, count in stored:
        while place < min(count, len(due_s)):
            ages.append(round((at_s - due_s[place]) * 1e6))
            place += 1
    return ages


def _line(step: dict[str, Any]) -> str:
    live, stored = step["live_ms"], step["stored_ms"]
    return (
        f"{step['messages_s']:>7} messages/s  stored {step['stored']} of {step['reports']} reports  "
        f"live p50 {live[0]} p99 {live[1]} ms  stored p50 {stored[0]} p99 {stored[1]} ms  "
        f"engine {step.get('engine_core_share')} of a core  {'held' if step['held'] else 'NOT held'}"
    )
