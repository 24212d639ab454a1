"""A simulated class with its robot, in this process, with its ledger to compare with. Knows no flow."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from random import Random
from typing import Any

import msgspec

from examples.m5stack_huskylens.classroom.links import ClassroomLinks, RobotLink
from examples.m5stack_huskylens.classroom.students import ClassPlan, Classroom
from nodes.servers.http.session import token_for
from nodes.simulator.agenda import Agenda
from nodes.simulator.faults import Fault, Switches
from nodes.simulator.ledger import Ledger
from nodes.simulator.perform import perform

KEY = "the key with which the school signs sessions"
TOKENS = {"FLOWENGINE_SECRET_SESSION_KEY": KEY}


def session(user: int, role: str = "student") -> dict[str, str]:
    """The headers of a session, as the school's log-in gives them."""
    return {"Authorization": f"Bearer {token_for(KEY, sub=str(user), role=role)}"}


STUDENT, TEACHER = session(1), session(100, "teacher")


class SimulatedClass:
    """Runs while it is entered. `entries` is the ledger; `stop` lets students submit no more, the robot goes on."""

    def __init__(self, url: str, robot: RobotLink, plan: ClassPlan, faults: Mapping[str, Fault]):
        self.entries: list[dict[str, Any]] = []
        self._agenda = Agenda()
        self._links = ClassroomLinks(url, KEY, robot)
        ledger = Ledger(lambda line: self.entries.append(msgspec.json.decode(line)), lambda: self._agenda.now_s)
        self._class = Classroom(plan, self._agenda, self._links, Switches(faults, Random(7)), ledger)
        self._links.hear, self._links.answered = self._class.robot.hear, self._class.answered

    async def __aenter__(self) -> SimulatedClass:
        await self._links.__aenter__()
        self.started_s = time.time()
        self._task = asyncio.create_task(perform(self._agenda))
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._links.__aexit__(*exc)

    async def dismiss(self, within_s: float = 60) -> None:
        """Students submit no more; return when each of them knows what became of what was sent."""
        self._class.dismissed = True
        async with asyncio.timeout(within_s):
            while self._class.under_way:  # noqa: ASYNC110 - nobody announces it
                await asyncio.sleep(0.05)

    def ids(self, what: str, key: str = "id") -> set[str]:
        """Of which submissions the ledger says so."""
        return {entry[key] for entry in self.entries if entry["what"] == what}

    def results(self) -> dict[str, set[bool]]:
        """How each program ended on the robot; a program that was begun twice may have ended in two ways."""
        ends: dict[str, set[bool]] = {}
        for entry in self.entries:
            if entry["what"] == "result":
                ends.setdefault(entry["submission"], set()).add(entry["success"])
        return ends
