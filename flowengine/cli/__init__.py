"""The command `flowengine`: finds the subcommand and runs it. Each command is one file in this folder."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from flowengine import __version__

COMMANDS = {
    "run": "run flows until stopped",
    "check": "report every problem of flow files",
    "test": "run the tests of flow files in virtual time",
    "plan": "say what deploying a changed flow would do",
    "schema": "print the JSON Schema of flow files",
    "nodes": "list node types, describe one",
    "graph": "draw a flow as Mermaid or Graphviz text",
}
OK, FAILED, USAGE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when all is well, 1 when it found faults, 2 for a wrong call."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(
        prog="flowengine",
        description="Flows in YAML that devices, plants and labs trust with their data.",
        epilog="Help on a command: flowengine COMMAND --help",
    )
    parser.add_argument("--version", action="version", version=f"flowengine {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    wanted = next((word for word in given if word in COMMANDS), None)
    for name, help_text in COMMANDS.items():
        # Only the wanted command is imported: starting fast is a promise.
        if name == wanted:
            module = importlib.import_module(f"flowengine.cli.{name}")
            sub = commands.add_parser(
                name,
                help=help_text,
                description=module.__doc__,
                epilog=module.EXAMPLES,
                formatter_class=argparse.RawDescriptionHelpFormatter,
            )
            module.add_arguments(sub)
            sub.set_defaults(run=module.run)
        else:
            commands.add_parser(name, help=help_text)
    options = parser.parse_args(given)
    try:
        return int(options.run(options))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return FAILED
