"""A class of students who submit programs by HTTP, on an agenda; a robot runs them. Never here: sockets, real time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import msgspec

from nodes.simulator.agenda import Agenda
from nodes.simulator.faults import Switches
from nodes.simulator.ledger import Ledger

from .robot import Robot

TRY_AGAIN_S = 0.5
LOOK_EVERY_S = 0.01
MISSIONS = 3
AGAIN = frozenset({0, 429, 500, 502, 503, 504})
"""Answers after which a student submits the same program once more; 0 is no answer at all."""

TAKEN = frozenset({200, 202, 204})
THERE_ALREADY = 409


class Links(Protocol):
    """How a class reaches the engine; real connections, or a test's record."""

    def submit(self, id: str, user: int, body: bytes) -> None:
        """Post it in the name of a student; `Classroom.answered` is told the status, 0 when there was no answer."""

    def say(self, message: dict[str, Any]) -> None:
        """What the robot says."""

    def look(self) -> None:
        """Hand over answers, and orders to the robot, that came since the last look."""


@dataclass(frozen=True)
class ClassPlan:
    """Each student submits a program every `period_s`; programs end `pace` times as fast as in life."""

    students: int = 20
    period_s: float = 30.0
    pace: float = 1.0
    prefix: str = "p"


class Classroom:
    """Puts everything that the class will ever do on the agenda.

    Ledger: `submission`, `answered` (status), `taken`, `refused`; of the robot `run`, `hang`, `stopped`, `result`.
    """

    def __init__(self, plan: ClassPlan, agenda: Agenda, links: Links, switches: Switches, ledger: Ledger):
        self.plan, self.agenda, self.links, self.switches, self.ledger = plan, agenda, links, switches, ledger
        self.robot = Robot(agenda, links.say, switches, ledger, plan.pace)
        self._open: dict[str, tuple[int, bytes]] = {}
        self._unsure: set[str] = set()
        self._submitted = 0
        self.dismissed = False
        """Whether students submit no more."""

        agenda.every(lambda: LOOK_EVERY_S, links.look)
        for student in range(1, plan.students + 1):
            first_s = 1.0 + (student - 1) * plan.period_s / plan.students
            agenda.every(lambda: plan.period_s, partial(self._submit, student), first_s)

    @property
    def under_way(self) -> int:
        """How many submissions have no answer yet that counts."""
        return len(self._open)

    def answered(self, id: str, status: int) -> None:
        """What became of a submission; a student who was not heard submits it again."""
        self.ledger.enter("answered", id=id, status=status)
        if status in AGAIN:
            if status == 0 or status >= 500:
                self._unsure.add(id)
            self.agenda.after(TRY_AGAIN_S, lambda: self.links.submit(id, *self._open[id]))
            return
        del self._open[id]
        taken = status in TAKEN or (status == THERE_ALREADY and id in self._unsure)
        self.ledger.enter("taken" if taken else "refused", id=id)

    def close(self) -> None:
        """Write the sum of it all."""
        self.ledger.close(under_way=sorted(self._open))

    def _submit(self, user: int) -> None:
        if self.dismissed:
            return
        self._submitted += 1
        id, now_s = f"{self.plan.prefix}{self._submitted}", self.agenda.now_s
        mission = self.switches.random.randint(1, MISSIONS)
        program: dict[str, Any] = {
            "id": id,
            "mission_id": mission,
            "code": f'follow("ball {mission}")\nsay {self._submitted}\n',
        }
        if spoiled := self.switches.happens("bad_submission", now_s):
            wrong = ({"code": ""}, {"user_id": 1}, {"points": 100}, {"mission_id": 0})
            program |= self.switches.random.choice(wrong)
        body = msgspec.json.encode(program)
        if broken := self.switches.happens("not_json", now_s):
            body = body[: len(body) // 2]
        self.ledger.enter("submission", id=id, user=user, mission=mission, good=not (spoiled or broken))
        self._open[id] = user, body
        self.links.submit(id, user, body)
