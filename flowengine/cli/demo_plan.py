"""What a demo consists of, by its `demo.toml`: flows, variables, simulated devices, where to look. Starts nothing."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import flowengine

FILE = "demo.toml"


@dataclass(frozen=True)
class Devices:
    """One simulator: the arguments of `flowengine simulate`. `first`: it is there before the engine; `needs`: a package
    without which it is left out."""

    name: str
    arguments: Sequence[str]
    first: bool = False
    needs: str = ""


@dataclass(frozen=True)
class DemoPlan:
    """One demo. Texts may hold `{mqtt}`, `{modbus}`, `{opcua}`, `{listen}`, `{flows}` (its folder), `{data}`,
    `{files}` and `{devices}`, which are filled when it is started."""

    name: str
    title: str
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    when: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Variables of the flows that are set when a variable of the environment is there."""

    having: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Variables of the flows that are set when a package of an extra is installed."""

    devices: Sequence[Devices] = ()
    look: Mapping[str, str] = field(default_factory=dict)

    def settings(self, environment: Mapping[str, str]) -> list[str]:
        """Options of `flowengine run` that set variables of the flows."""
        wanted = [
            *(each for name, each in self.when.items() if environment.get(name)),
            *(each for package, each in self.having.items() if find_spec(package) is not None),
        ]
        values = {key: value for each in wanted for key, value in each.items()}
        return [part for key, value in values.items() for part in ("--set", f"{key}={value}")]


def plans() -> dict[str, DemoPlan]:
    """All demos by name: of the installed package, or of the checkout."""
    package = Path(flowengine.__file__).parent
    roots = (package / "demo_flows", package / "demo_examples", package.parent / "flows", package.parent / "examples")
    files = [file for root in roots for file in (root / FILE, *sorted(root.glob(f"*/{FILE}"))) if file.is_file()]
    found: dict[str, DemoPlan] = {}
    for file in files:
        plan = read(file)
        found.setdefault(plan.name, plan)
    return found


def read(file: Path) -> DemoPlan:
    """The plan in a file. Raises `KeyError`, `TypeError` or `tomllib.TOMLDecodeError` for a wrong one."""
    said: Mapping[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    devices = [Devices(**each) for each in said.get("devices", ())]
    there = [each for each in devices if not each.needs or find_spec(each.needs) is not None]
    return DemoPlan(
        said["name"], said["title"], file.parent, said.get("environment", {}), said.get("when", {}),
        said.get("having", {}), there, said.get("look", {}),
    )  # fmt: skip
