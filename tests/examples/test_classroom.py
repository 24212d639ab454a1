"""A class and its robot in virtual time: who submits, what is run, what goes wrong, and what the ledger says of it."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

from examples.m5stack_huskylens.classroom import faults
from examples.m5stack_huskylens.classroom.students import ClassPlan, Classroom
from nodes.simulator.agenda import Agenda
from nodes.simulator.faults import Fault, Switches
from nodes.simulator.ledger import Ledger


class Record:
    """Links that answer what `answer(body)` says and hand each program to the robot, one after the other."""

    def __init__(self, students: int = 4, statuses: list[int] | None = None, **faults: Fault) -> None:
        self.statuses = statuses or []
        self.submitted: list[tuple[float, str, Any]] = []
        self.bodies: list[bytes] = []
        self.said: list[tuple[float, dict[str, Any]]] = []
        self.lines: list[bytes] = []
        self.agenda = Agenda()
        ledger = Ledger(self.lines.append, lambda: self.agenda.now_s)
        switches = Switches(faults, Random(3))
        self.classroom = Classroom(ClassPlan(students, period_s=8.0), self.agenda, self, switches, ledger)

    def submit(self, id: str, user: int, body: bytes) -> None:
        self.submitted.append((self.agenda.now_s, id, user))
        self.bodies.append(body)
        status = self.statuses.pop(0) if self.statuses else 204
        self.agenda.after(0.01, lambda: self.classroom.answered(id, status))

    def say(self, message: dict[str, Any]) -> None:
        self.said.append((self.agenda.now_s, message))

    def look(self) -> None:
        """Nothing comes from outside."""

    def run(self, seconds: float) -> Record:
        self.agenda.run_until(self.agenda.now_s + seconds)
        return self

    def ids(self, what: str) -> list[str]:
        entries = [json.loads(line) for line in self.lines]
        return [entry.get("id") or entry["submission"] for entry in entries if entry["what"] == what]

    def results(self) -> list[dict[str, Any]]:
        return [message for _, message in self.said if message["type"] == "result"]


def test_each_student_submits_once_a_period_and_no_two_programs_share_a_name() -> None:
    record = Record(students=4).run(16)
    assert len(record.submitted) == 8 and record.ids("taken") == [f"p{n}" for n in range(1, 9)]
    assert [user for _, _, user in record.submitted[:4]] == [1, 2, 3, 4]


def test_a_student_who_was_not_heard_submits_again_and_learns_that_it_was_taken() -> None:
    record = Record(students=1, statuses=[0, 503, 409]).run(4)
    assert [id for _, id, _ in record.submitted] == ["p1"] * 3
    assert record.ids("taken") == ["p1"] and not record.classroom.under_way


def test_a_name_that_others_use_is_refused_and_a_full_line_is_tried_again() -> None:
    assert Record(students=1, statuses=[409]).run(4).ids("refused") == ["p1"]
    record = Record(students=1, statuses=[429]).run(4)
    assert record.ids("taken") == ["p1"] and len(record.submitted) == 2


def test_what_is_no_program_is_marked_so_in_the_ledger() -> None:
    record = Record(students=2, bad_submission=Fault(1.0), not_json=Fault(at_s=(0.0,))).run(9)
    assert not any(json.loads(line)["good"] for line in record.lines if b'"submission"' in line and b"good" in line)
    with pytest.raises(json.JSONDecodeError):
        json.loads(record.bodies[0])


def test_the_robot_tells_a_result_once_and_beats_every_five_seconds() -> None:
    record = Record(students=1)
    record.classroom.robot.hear({"type": "run", "submission": "a"})
    record.classroom.robot.hear("nonsense")
    record.run(11)
    assert [(r["submission"], r["success"]) for r in record.results()] == [("a", True)]
    assert [at_s for at_s, message in record.said if message["type"] == "heartbeat"] == [0.0, 5.0, 10.0]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("fail", [("a", False)]),
        ("double_result", [("a", True), ("a", True)]),
        ("unknown_result", [("a", True), ("nobody-1", True)]),
        ("hang", []),
    ],
)
def test_the_robot_does_wrong_what_its_faults_say(fault: str, told: list[tuple[str, bool]]) -> None:
    record = Record(students=1, **{fault: Fault(1.0)})
    record.classroom.robot.hear({"type": "run", "submission": "a"})
    record.run(6)
    assert [(r["submission"], r["success"]) for r in record.results()] == told


def test_a_robot_that_is_stopped_says_so_and_a_silent_one_beats_no_more() -> None:
    record = Record(students=1, hang=Fault(1.0), silent=Fault(at_s=(4.0,)))
    record.classroom.robot.hear({"type": "run", "submission": "a"})
    record.classroom.robot.hear({"type": "stop"})
    record.classroom.robot.hear({"type": "stop"})
    record.run(50)
    assert [r["error_message"] for r in record.results()] == ["stopped"]
    assert [at_s for at_s, message in record.said if message["type"] == "heartbeat"] == [0.0, 45.0, 50.0]


def test_presets_switch_only_faults_that_are_known() -> None:
    assert {name for preset in faults.PRESETS.values() for name in preset} <= faults.KNOWN.keys()
