"""Report every problem of flow files at once, as file:line:column, the node, the fault and the nearest right word."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from flowengine.catalog import Catalog
from flowengine.cli.options import add_settings, nothing_in, settings_of
from flowengine.counts import count_of
from flowengine.engine import Engine
from flowengine.flow.files import find
from flowengine.flow.guarantees import Guarantees
from flowengine.flow.load import Loaded
from flowengine.flow.model import Flow
from flowengine.flow.problem import Problem

EXAMPLES = """examples:
  flowengine check flows/
  flowengine check --format json flows/cold_store.yaml
  flowengine check --guarantees flows/cold_store.yaml
  flowengine check --env-file test.env flows/   variables from a file

exit status: 0 no problem, 1 errors found, 2 a file cannot be read, 3 warnings only (with --strict), 5 there are no
flows"""
NO_FLOWS = 5
WARNINGS = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What this command takes."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="flow files, or folders of them")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="lines for people, or JSON")
    parser.add_argument("--strict", action="store_true", help="exit with 3 when there are warnings only")
    parser.add_argument("--guarantees", action="store_true", help="print what each path promises and can lose")
    add_settings(parser)


def run(options: argparse.Namespace) -> int:
    """Check the files and print what is wrong."""
    engine = Engine(settings_of(options))
    problems = []
    promised: list[str] = []
    subflows: list[str] = []
    try:
        files = find(options.paths)
        for file in files:
            loaded = engine.load_file(file)
            problems += loaded.problems
            if loaded.inputs or loaded.outputs:
                subflows.append(_subflow(file, loaded))
            if options.guarantees:
                promised += [f"{loaded.flow.name}:", *promises(loaded.flow, engine.catalog)]
    except OSError as fault:
        print(f"flowengine: cannot read {fault.filename}: {fault.strerror}")
        return 2
    if not files:
        print(nothing_in(options.paths))
        return NO_FLOWS
    print("\n".join(promised), end="\n" if promised else "")
    if options.format == "json":
        print(json.dumps([asdict(problem) for problem in problems], indent=2))
    else:
        for line in (*problems, *subflows):
            print(line)
        flows = count_of(len(files), "flow is", "flows are")
        print(_counted(len(files), problems) if problems else f"{flows} right")
    if any(problem.severity == "error" for problem in problems):
        return 1
    return WARNINGS if options.strict and any(problem.severity == "warning" for problem in problems) else 0


def _counted(files: int, problems: list[Problem]) -> str:
    warnings = sum(problem.severity == "warning" for problem in problems)
    return f"flows: {files}, errors: {len(problems) - warnings}, warnings: {warnings}"


def _subflow(file: Path, loaded: Loaded) -> str:
    named = (("inputs", loaded.inputs), ("outputs", loaded.outputs))
    ports = "; ".join(f"{word} {', '.join(names)}" for word, names in named if names)
    return f"{file}: a subflow, a node type of other flows ({ports}); `flowengine run` does not run it by itself"


def promises(flow: Flow, catalog: Catalog) -> Iterator[str]:
    """What each path of a flow promises, as lines for people."""
    for path in Guarantees(flow, catalog).paths():
        yield from path.lines()
