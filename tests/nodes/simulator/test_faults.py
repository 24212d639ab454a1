"""Faults are switched by chance, by the clock and at moments; a wrong name is told the right one."""

import json
from pathlib import Path
from random import Random

import pytest

from nodes.simulator import fleet_faults, gateway_faults
from nodes.simulator.faults import BadFaults, Fault, Switches, read_fault, read_faults

KNOWN = {"bit_flip": "", "unplug": ""}


def switches(**faults: Fault) -> Switches:
    return Switches(faults, Random(1))


def test_a_probability_decides_each_opportunity() -> None:
    found = switches(noise=Fault(0.25))
    share = sum(found.happens("noise", 0.0) for _ in range(4000)) / 4000
    assert 0.22 < share < 0.28


def test_what_is_not_switched_never_happens() -> None:
    assert not any(switches().happens("noise", float(second)) for second in range(100))


def test_a_moment_counts_once_at_the_next_opportunity() -> None:
    found = switches(unplug=Fault(at_s=(5.0, 7.0)))
    assert [second for second in range(20) if found.happens("unplug", second + 0.5)] == [5, 7]


def test_a_period_repeats() -> None:
    found = switches(unplug=Fault(every_s=10.0))
    assert [second for second in range(45) if found.happens("unplug", float(second))] == [10, 20, 30, 40]


def test_a_file_gives_probabilities_and_schedules(tmp_path: Path) -> None:
    file = tmp_path / "faults.json"
    file.write_text(json.dumps({"bit_flip": 0.5, "unplug": {"every_s": 30}}))
    assert read_faults(str(file), KNOWN, {}) == {"bit_flip": Fault(0.5), "unplug": Fault(every_s=30.0)}


@pytest.mark.parametrize(
    "text", ['{"bit_flop": 0.1}', '{"bit_flip": 2}', '{"unplug": {"evry_s": 3}}', "[", '{"unplug": "x"}']
)
def test_a_wrong_file_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "faults.json"
    file.write_text(text)
    with pytest.raises(BadFaults):
        read_faults(str(file), KNOWN, {})


def test_a_missing_file_names_the_presets() -> None:
    with pytest.raises(BadFaults, match="or use one of none, default"):
        read_faults("nowhere.json", KNOWN, {"none": {}, "default": {}})


def test_one_fault_is_given_in_a_word() -> None:
    assert read_fault("bit_flip=1e-3", KNOWN) == ("bit_flip", Fault(0.001))
    assert read_fault("unplug=every:60", KNOWN) == ("unplug", Fault(every_s=60.0))
    assert read_fault("unplug=at:5", KNOWN) == ("unplug", Fault(at_s=(5.0,)))


@pytest.mark.parametrize("text", ["bit_flip", "bit_flip=much", "bit_flip=7", "unplug=when:3", "unplug=every:-1"])
def test_a_wrong_word_is_refused(text: str) -> None:
    with pytest.raises(BadFaults):
        read_fault(text, KNOWN)


def test_the_nearest_name_is_offered() -> None:
    with pytest.raises(BadFaults, match="did you mean unplug"):
        read_fault("unplugg=1", KNOWN)


@pytest.mark.parametrize("table", [gateway_faults, fleet_faults])
def test_presets_use_known_names_only(table: object) -> None:
    for preset in table.PRESETS.values():  # type: ignore[attr-defined]
        assert set(preset) <= set(table.KNOWN)  # type: ignore[attr-defined]
