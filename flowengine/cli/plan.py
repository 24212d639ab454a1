"""Say what deploying a changed flow would do: which nodes start, stop, restart, get other wires or stay."""

from __future__ import annotations

import argparse
from pathlib import Path

from flowengine.cli.options import add_settings, settings_of
from flowengine.engine import Engine
from flowengine.flow.model import Flow
from flowengine.runtime.plan import plan

EXAMPLES = """examples:
  flowengine plan old/cold_store.yaml flows/cold_store.yaml
  git show HEAD:flows/cold_store.yaml > old.yaml && flowengine plan old.yaml flows/cold_store.yaml

exit status: 0 nothing would change, 3 something would, 1 a file has problems, 2 a file cannot be read"""
CHANGES = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What this command takes."""
    parser.add_argument("old", type=Path, metavar="OLD", help="what runs now")
    parser.add_argument("new", type=Path, metavar="NEW", help="what would run")
    add_settings(parser)


def run(options: argparse.Namespace) -> int:
    """Print the plan."""
    engine = Engine(settings_of(options))
    flows: list[Flow] = []
    for file in (options.old, options.new):
        try:
            loaded = engine.load_file(file)
        except OSError as fault:
            print(f"flowengine: cannot read {file}: {fault.strerror}")
            return 2
        if not loaded.ok:
            print("\n".join(map(str, loaded.problems)))
            return 1
        flows.append(loaded.flow)
    found = plan(*flows)
    print("\n".join(found.lines()))
    return 0 if found.nothing else CHANGES
