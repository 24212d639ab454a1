"""nodes/sources/schedule.py: the present state at the start and each change, in the virtual time of flow tests."""

from flowengine.catalog import installed
from flowengine.engine import Settings
from flowengine.testing.runner import FlowTests
from nodes.sources.schedule import Schedule

FLOW = """
flow: plan
nodes:
  hours: {type: schedule, weekly: {daily: "06:00-22:00"}, zone: Europe/Berlin, on: day, off: night, to: o}
  o: {type: log}
tests:
  - name: the state at the start, then each edge
    start: "2026-03-28T12:00:00Z"
    run: 24h
    expect:
      o: [{at: 0s, payload: day}, {at: 9h, payload: night}, {at: 16h, payload: day}]
"""


def test_schedule_tells_the_present_state_and_each_change(tmp_path):
    file = tmp_path / "plan.yaml"
    file.write_text(FLOW)
    tests = FlowTests(file, Settings(tmp_path), installed())
    assert [result.lines for result in tests.run(tests.cases())] == [[]]


def test_schedule_with_a_wrong_plan_is_a_problem_of_the_flow(tmp_path):
    file = tmp_path / "plan.yaml"
    file.write_text(FLOW.replace("06:00-22:00", "6-22"))
    tests = FlowTests(file, Settings(tmp_path), installed())
    tests.cases()
    assert "is no span; write for example 06:00-22:00" in str(tests.problems[0])


def test_schedule_tells_the_same_by_cron_expressions(tmp_path):
    file = tmp_path / "plan.yaml"
    file.write_text(FLOW.replace('weekly: {daily: "06:00-22:00"}', 'cron: {on: "0 6 * * *", off: "0 22 * * *"}'))
    tests = FlowTests(file, Settings(tmp_path), installed())
    assert [result.lines for result in tests.run(tests.cases())] == [[]]


def test_schedule_needs_a_week_or_edges():
    for config in ({}, {"weekly": {"daily": "06:00-22:00"}, "cron": {"on": "@daily", "off": "@hourly"}}):
        assert [option for option, _ in Schedule.check(Schedule.config_type().model_validate(config))] == ["weekly"]
    config = Schedule.config_type().model_validate({"cron": {"on": "0 0 31 2 *", "off": "@daily"}})
    assert [option for option, _ in Schedule.check(config)] == ["cron"]
