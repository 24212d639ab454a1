"""`simulate` gives the same plant for the same seed, at its rate, for every device."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flowengine.testing import make, run_virtual
from nodes.sources.simulate import Simulate
from tests.nodes.sources.test_inject import START_NS

STORE = (
    "{signals: {temp: {offset: 4, amplitude: 1, period: 10m, noise: 0.1}, rh: {kind: walk, offset: 80}}, devices: 3}"
)


def test_every_device_has_every_signal_with_its_own_values() -> None:
    found = make(Simulate, STORE).messages(START_NS)
    assert [message.topic for message in found[:3]] == ["sim/sim1/temp", "sim/sim1/rh", "sim/sim2/temp"]
    assert found[0].meta == {"device": "sim1", "signal": "temp"}
    assert len({message.payload["value"] for message in found}) == 6
    assert all(0 < message.payload["value"] < 100 for message in found)


def test_the_same_seed_gives_the_same_plant_and_another_another() -> None:
    times = [START_NS + n * 10**9 for n in range(50)]
    same = [[make(Simulate, STORE).messages(t) for t in times] for _ in range(2)]
    assert same[0] == same[1]
    assert [make(Simulate, STORE[:-1] + ", seed: 7}").messages(t) for t in times] != same[0]


def test_together_there_is_one_message_a_device() -> None:
    config = (
        "{together: true, devices: [a, b], signals: {n: {kind: counter, amplitude: 5}, c: {kind: constant, offset: 2}}}"
    )
    found = make(Simulate, config).messages(START_NS)
    assert [message.topic for message in found] == ["sim/a/all", "sim/b/all"]
    assert found[0].payload["c"] == 2
    later = make(Simulate, config).messages(START_NS + 10 * 10**9)
    assert later[0].payload["n"] - found[0].payload["n"] == 50


def test_a_flow_test_runs_it_at_its_rate(tmp_path: Path) -> None:
    from flowengine.catalog import installed
    from flowengine.engine import Settings
    from flowengine.testing.runner import FlowTests

    flow = tmp_path / "f.yaml"
    flow.write_text(
        "flow: f\nnodes:\n  sim: {type: simulate, signals: {t: {kind: constant, offset: 1}}, every: 10s, to: out}\n"
        "  out: {type: log}\n"
        "tests:\n  - {name: ticks, expect: {out: [{at: 0s}, {at: 10s}, {at: 20s, payload: {value: 1}}]}, run: 25s}\n"
    )
    tests = FlowTests(flow, Settings(tmp_path), installed())
    cases = tests.cases()
    assert not tests.problems
    [result] = tests.run(cases)
    assert result.ok, result.lines


def test_count_ends_it() -> None:
    async def scenario() -> list[Any]:
        got: list[Any] = []

        async def emit(messages: Any, *_: Any, **__: Any) -> None:
            got.extend(messages)

        await make(Simulate, "{signals: {a: {}}, count: 3, every: 1ms}").run(emit)
        return got

    assert len(run_virtual(scenario)) == 3


@pytest.mark.parametrize(
    "config", ["{signals: {}}", "{signals: {a: {}}, every: 0s}", "{signals: {a: {kind: tide}}}", "{}"]
)
def test_settings_that_cannot_be_are_refused(config: str) -> None:
    with pytest.raises(ValueError):
        make(Simulate, config)
