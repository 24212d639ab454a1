"""A simulator of somebody's own: a folder whose `simulator.py` says what it takes and does. Never here: devices.

The machine's owner names the folder on the command line; what is in it is Python that runs with the user's rights.
Its files import each other by `from .name import …`; `examples/m5stack_huskylens/classroom` is one.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, cast

from nodes.simulator.agenda import Agenda
from nodes.simulator.faults import Switches
from nodes.simulator.ledger import Ledger

Make = Callable[[Agenda, Switches, Ledger], Coroutine[Any, Any, None]]
ENTRY = "simulator"
PACKAGE = "flowengine_own_simulator"
NAMES = ("KNOWN", "PRESETS", "DEVICES", "add_arguments", "make")


class Simulator(Protocol):
    """What `simulator.py` holds."""

    KNOWN: Mapping[str, str]
    """Its faults by name, each with a sentence."""

    PRESETS: Mapping[str, Mapping[str, float]]
    """Names for sets of faults, each fault with its probability; `none` and `default` at least."""

    DEVICES: int
    """How many devices there are, unless told."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare what it takes besides what all simulators take."""

    def make(self, options: argparse.Namespace) -> Make:
        """What to run on an agenda. Raises ValueError for options that cannot be."""


def load(folder: Path) -> Simulator:
    """The simulator in a folder. Raises ValueError where there is none, or where one of its names is missing."""
    file = folder / f"{ENTRY}.py"
    if not file.is_file():
        raise ValueError(f"{folder} holds no {ENTRY}.py")
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]  # of a folder that was loaded before
    package = ModuleType(PACKAGE)
    package.__path__ = [str(folder.resolve())]
    sys.modules[PACKAGE] = package
    found = importlib.import_module(f"{PACKAGE}.{ENTRY}")
    if missing := [name for name in NAMES if not hasattr(found, name)]:
        raise ValueError(f"{file} says no {missing[0]}")
    return cast(Simulator, found)
