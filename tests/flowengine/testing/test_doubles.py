"""flowengine/testing/doubles.py: what stands in for the outside world in a flow test."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowengine.catalog import installed
from flowengine.engine import Settings
from flowengine.testing.runner import FlowTests

FLOW = """
flow: beats
nodes:
  beat: {type: inject, payload: alive, every: 10s, to: told}
  told: {type: tcp_out, connect: "10.0.0.1:5140"}
tests:
"""


@pytest.fixture
def faults(tmp_path: Path):
    """What is wrong when the flow runs with these tests."""

    def run(tests: str) -> list[str]:
        file = tmp_path / "beats.yaml"
        file.write_text(FLOW + tests)
        flow = FlowTests(file, Settings(tmp_path, {}), installed())
        results = list(flow.run(flow.cases()))
        assert results and not flow.problems
        return [line for result in results for line in result.lines]

    return run


def test_a_source_without_an_outside_runs_as_it_is(faults) -> None:
    assert not faults("- {name: beats, run: 15s, expect: {told: [{payload: alive}, {at: 10s, payload: alive}]}}")


def test_a_source_says_nothing_of_its_own_when_a_test_sends_in_its_name(faults) -> None:
    sends = "- {name: sent, send: {beat: [{at: 3s, payload: 5}]}, run: 15s, expect: {told: [{at: 3s, payload: 5}]}}"
    assert not faults(sends)


def test_a_sink_records_what_it_gets_and_keeps_its_own_away_from_the_network(faults) -> None:
    assert not faults("- {name: count, run: 25s, expect: {told: {count: 3}}}")


def test_a_sink_that_is_down_gets_everything_later(faults) -> None:
    down = "- {name: down, run: 25s, fault: {told: {down: [0s, 12s]}}, expect: {told: {count: 3, first: {at: 12s}}}}"
    assert not faults(down)


def test_a_message_is_held_to_its_own_time(faults) -> None:
    sent = "- {name: time, send: {beat: [{time: '2025-09-17T12:00:00.25Z'}]}, run: 1s, expect: {told: [{time: %s}]}}"
    assert not faults(sent % "'2025-09-17T14:00:00.250+02:00'")
    assert not faults(sent % "1758110400.25")
    [line, *_] = faults(sent % "'2025-09-17T12:00:00Z'")
    assert line == "told: message 1: its time is 2025-09-17T12:00:00.250000Z, expected 2025-09-17T12:00:00Z"
    [line, *_] = faults(sent % "noon")
    assert "noon is no time" in line
