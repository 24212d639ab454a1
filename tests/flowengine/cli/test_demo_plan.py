"""What a demo starts depends on the environment and on which extras are installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowengine.cli import demo_plan

TEXT = """
name = "d"
title = "A demo"
[when.THERE]
a = "1"
[having.asyncua]
b = "2"
[[devices]]
name = "meter"
arguments = ["modbus"]
first = true
[[devices]]
name = "machine"
arguments = ["opcua"]
needs = "asyncua"
"""


@pytest.mark.parametrize(
    ("installed", "devices", "settings"),
    [(True, ["meter", "machine"], ["--set", "b=2"]), (False, ["meter"], [])],
)
def test_what_needs_a_package_is_there_where_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installed: bool, devices: list[str], settings: list[str]
) -> None:
    monkeypatch.setattr(demo_plan, "find_spec", lambda package: object() if installed else None)
    (tmp_path / "demo.toml").write_text(TEXT)
    plan = demo_plan.read(tmp_path / "demo.toml")
    assert [each.name for each in plan.devices] == devices
    assert plan.settings({}) == settings
    assert plan.settings({"THERE": "x"}) == ["--set", "a=1", *settings]


def test_the_plant_runs_with_and_without_its_press() -> None:
    plant = demo_plan.plans()["plant"]
    assert plant.having == {"asyncua": {"machine_off": "false"}}
