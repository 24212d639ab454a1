"""The command `flowengine`: finds the subcommand and runs it. Each command is one file in this folder.

Other packages add commands by the entry point group `flowengine.commands`: a name, and a module with a docstring,
`HELP` (one line), `EXAMPLES`, `add_arguments(parser)` and `run(options) -> exit status`.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, NoReturn

from flowengine import __version__
from flowengine.cli.arguments import tell_defaults
from flowengine.flow.problem import nearest

COMMANDS = {
    "run": "run flows until stopped",
    "worker": "run a share of a cluster's flows until stopped",
    "deploy": "have a cluster run flows",
    "cluster": "start a cluster to try, show one, drain and evict workers",
    "check": "report every problem of flow files",
    "test": "run the tests of flow files in virtual time",
    "plan": "say what deploying a changed flow would do",
    "schema": "print the JSON Schema of flow files",
    "nodes": "list node types, describe one",
    "graph": "draw a flow as Mermaid or Graphviz text",
    "demo": "run a simulated plant and say where to look",
    "alarm": "show and handle alarms of a running engine",
    "dead": "look at dead letters, give them back, forget them",
    "spool": "look at what waits on disk, drop it",
    "top": "show the rates of a running engine",
    "user": "add, change, remove and list people who may use the editor",
    "token": "add, list and revoke tokens for machines",
    "audit": "write out who did what",
    "sbom": "say what a set of flows runs on, as CycloneDX",
    "backup": "copy the data folder into one file, while the engine runs",
    "restore": "make a data folder of that file",
    "service": "run flows as a service of systemd",
    "mcp": "serve assistants that write flows",
    "new": "write a starter project",
    "docs": "write the pages on nodes and commands",
    "completion": "print what lets bash, zsh or fish complete commands",
}
FIRST_STEPS = """\
flowengine: flows in YAML that devices, plants and labs trust with their data.

  flowengine demo                    a simulated plant, with no hardware and no server; prints where to look
  flowengine new my_plant            a project to start from: a flow, its tests, settings
  flowengine test my_plant/flows/    the tests of its flows, in virtual time
  flowengine run my_plant/flows/     run them; the editor is at http://127.0.0.1:8880
  flowengine nodes                   what a flow can be made of; flowengine nodes mqtt_in describes one

All commands: flowengine --help
"""
COMMANDS_GROUP = "flowengine.commands"
OK, FAILED, USAGE = 0, 1, 2
if TYPE_CHECKING:
    Commands = argparse._SubParsersAction["_Parser"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when all is well, 1 when it found faults, 2 for a wrong call."""
    try:
        return _main(list(sys.argv[1:] if arguments is None else arguments))
    except SystemExit as leaving:
        if not isinstance(leaving.code, str):
            raise
        print(leaving.code, file=sys.stderr)  # Python would end with 1
        return USAGE


def _main(given: Sequence[str]) -> int:
    if not given:
        print(FIRST_STEPS, end="")
        return OK
    wanted = next((word for word in given if not word.startswith("-")), "")
    if wanted and wanted not in COMMANDS and wanted not in (others := added()):
        near = nearest(wanted, (*COMMANDS, *others))
        print(f"flowengine: there is no command {wanted!r}{f'; did you mean {near}?' if near else ''}", file=sys.stderr)
        print("flowengine --help lists them", file=sys.stderr)
        return USAGE
    # Only the wanted command is imported, and others' are looked for only when needed: starting fast is a promise.
    options = parser(wanted, {} if wanted in COMMANDS else added()).parse_args(given)
    gc.enable()  # what loads us turns it off
    if wrong := _wrong_data(options):
        print(f"flowengine: {wrong}", file=sys.stderr)
        return USAGE
    try:
        status = int(options.run(options))
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        return 130
    except SystemExit as end:
        if not isinstance(end.code, str):
            raise
        raise SystemExit(_starred(options, end.code)) from None
    except BrokenPipeError:
        _end_output()  # whoever read it has seen enough
        return FAILED
    except Exception as fault:
        from flowengine.store.port import Away  # only here: starting fast is a promise
        from flowengine.store.spool.disk import NO_ROOM

        if isinstance(fault, Away):
            print(f"flowengine: {fault}", file=sys.stderr)
            return FAILED
        if isinstance(fault, OSError) and fault.errno in NO_ROOM and fault.filename is None:
            _end_output()
            print(f"flowengine: cannot write the output: {fault.strerror}", file=sys.stderr)
            return FAILED
        trace = traceback.format_exc()
        if (starred := _starred(options, trace)) == trace:
            raise
        print(starred, end="", file=sys.stderr)
        return FAILED


def _end_output() -> None:
    """What is still in the buffer would fail once more when Python ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _starred(options: argparse.Namespace, text: str) -> str:
    """Without the secrets that the command has used."""
    star: Callable[[str], str] = getattr(options, "star", str)
    return star(text)


def _wrong_data(options: argparse.Namespace) -> str | None:
    """Why this engine must not touch the data folder, for commands that take one: a newer one wrote it."""
    if not isinstance(folder := getattr(options, "data", None), Path):
        return None
    from flowengine.store.data_format import NotOurData, format_of

    try:
        format_of(folder)
    except NotOurData as wrong:
        return str(wrong)
    return None


class _Parser(argparse.ArgumentParser):
    """Tells a wrong argument in one line, and the usage only to who left one out."""

    def error(self, message: str) -> NoReturn:
        """End with status 2."""
        if message.startswith("the following arguments are required"):
            super().error(message)
        self.exit(USAGE, f"flowengine: {message.removeprefix('argument ')}; see {self.prog} --help\n")


def added() -> dict[str, str]:
    """Modules of the commands that installed packages add, by name."""
    return {point.name: point.value for point in entry_points(group=COMMANDS_GROUP)}


def parser(wanted: str, more: Mapping[str, str]) -> argparse.ArgumentParser:
    """The parser that knows all commands by name and help, and the wanted one in full."""
    top = _Parser(
        prog="flowengine",
        description="Flows in YAML that devices, plants and labs trust with their data.",
        epilog="Help on a command: flowengine COMMAND --help",
    )
    top.add_argument("--version", action="version", version=f"flowengine {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, help_text in COMMANDS.items():
        if name == wanted:
            _add(commands, name, help_text, importlib.import_module(f"flowengine.cli.{name}"))
        else:
            commands.add_parser(name, help=help_text)
    for name, path in more.items():
        module = importlib.import_module(path)
        _add(commands, name, module.HELP, module)
    return top


def _add(commands: Commands, name: str, help_: str, module: ModuleType) -> None:
    sub = commands.add_parser(
        name,
        help=help_,
        description=module.__doc__,
        epilog=module.EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    module.add_arguments(sub)
    tell_defaults(sub)
    sub.set_defaults(run=module.run)
