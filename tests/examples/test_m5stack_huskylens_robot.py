"""The robot of the M5Stack class on a pty that is pulled out and put in; a reset. Rows M5, M13, M16."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from examples.m5stack_huskylens.classroom.links import UsbLink
from tests.examples.classroom import STUDENT, TEACHER, TOKENS
from tests.examples.conftest import EXAMPLES
from tests.faults.engine_process import EngineProcess
from tests.waiting import until

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

FLOW = (EXAMPLES / "m5stack_huskylens" / "m5stack_huskylens.yaml").read_text()


@pytest.fixture
async def school(tmp_path: Path, free_port: int) -> AsyncIterator[aiohttp.ClientSession]:
    """The class with a broker inside the engine, SQLite, and the robot on USB."""
    folders = {f"{name}_DIR": str(tmp_path / name) for name in ("USER", "LOG")}
    here = {"MQTT_URL": f"mqtt://127.0.0.1:{free_port}", "MQTT_EMBEDDED": "true", "USB_OFF": "false"}
    environment = {**TOKENS, **folders, **here, "DEVICE_PORT": str(tmp_path / "ttyUSB0")}
    async with (
        EngineProcess(tmp_path, FLOW, environment=environment) as process,
        aiohttp.ClientSession(process.url, headers=TEACHER) as http,
    ):
        yield http


class Robot:
    """One that runs what it is told until the test lets it end; its cable can be pulled."""

    def __init__(self, port: Path):
        self._link = UsbLink(port)
        self.orders: list[Any] = []

    async def plugged_in(self) -> None:
        """Plug in; it beats when it is asked what it heard."""
        await self._link.open()

    async def pulled(self) -> None:
        """Unplug."""
        await self._link.close()

    def told(self, **order: Any) -> bool:
        """Whether it was told so since it was plugged in or last had it."""
        self._link.say({"type": "heartbeat"})
        self.orders += self._link.heard()
        found = [each for each in self.orders if order.items() <= each.items()]
        self.orders = [each for each in self.orders if each not in found]
        return bool(found)

    def ends(self, id: str) -> None:
        """The program ran well."""
        self._link.say({"type": "result", "submission": id, "success": True})


async def submitted(school: aiohttp.ClientSession, id: str, mission: int = 1) -> None:
    """A student's program, taken."""
    body = {"id": id, "mission_id": mission, "code": "say 1"}
    async with school.post("/api/submit", json=body, headers=STUDENT) as answer:
        assert answer.status == 204


async def is_(school: aiohttp.ClientSession, id: str, status: str, **more: Any) -> Any:
    """The program's row once it has that status, and all of `more`."""

    async def row() -> Any:
        async with school.get(f"/api/submissions/{id}") as answer:
            found = await answer.json() if answer.status == 200 else []
        return found[0] if found and {"status": status, **more}.items() <= found[0].items() else None

    return await until(row)


async def test_a_reset_ends_what_runs_at_once(school: aiohttp.ClientSession, tmp_path: Path) -> None:
    """M13, M16: long before its mission's 30 s; the robot is told, and the next program runs."""
    robot = Robot(tmp_path / "ttyUSB0")
    await robot.plugged_in()
    await submitted(school, "endless", 6)
    await until(lambda: robot.told(type="run", submission="endless"))
    async with school.post("/api/teacher/control/reset", json={"confirm": True}) as answer:
        assert answer.status == 204
    row = await is_(school, "endless", "purged", error_message="reset")  # that it ran may be stored a moment later
    assert row["points"] == 0
    await until(lambda: robot.told(type="reset"))
    await submitted(school, "next")
    await until(lambda: robot.told(type="run", submission="next"))
    robot.ends("next")
    assert (await is_(school, "next", "done"))["points"] == 1
    await robot.pulled()


async def test_no_program_is_burnt_while_the_cable_is_pulled(school: aiohttp.ClientSession, tmp_path: Path) -> None:
    """M5, M13, M16: pulled more often than a program may be begun; it waits, and runs when the robot is back."""
    robot = Robot(tmp_path / "ttyUSB0")
    await submitted(school, "patient")
    await submitted(school, "second")
    for _ in range(4):
        await is_(school, "patient", "waiting")
        await robot.plugged_in()
        await until(lambda: robot.told(type="run", submission="patient"))
        await is_(school, "patient", "running")
        await robot.pulled()
        # The teacher looks whether the robot moves: what cannot be written to the port tells that it is away.
        async with school.post("/api/teacher/control/stop", json={}) as answer:
            assert answer.status == 204
    await robot.plugged_in()
    await until(lambda: robot.told(type="run", submission="patient"))
    robot.ends("patient")
    assert (await is_(school, "patient", "done"))["points"] == 1
    await until(lambda: robot.told(type="run", submission="second"))
    await robot.pulled()
