"""What a command takes, as its help, its pages, its completion and the man page tell it. Knows no command."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from types import ModuleType
from typing import Any

# argparse offers no public way to its arguments, and its own text differs between versions of Python.
Actions = argparse._SubParsersAction


def parser_of(name: str, module: ModuleType) -> argparse.ArgumentParser:
    """The whole parser of a command, without `--help`."""
    parser = argparse.ArgumentParser(prog=f"flowengine {name}", add_help=False)
    module.add_arguments(parser)
    tell_defaults(parser)
    return parser


def tell_defaults(parser: argparse.ArgumentParser) -> None:
    """Let the help of every argument say its default, where it has one and its words do not say it."""
    for action in parser._actions:
        if isinstance(action, Actions):
            for inner in action.choices.values():
                tell_defaults(inner)
        elif _has_default(action) and action.help and "default" not in action.help:
            action.help += " (default %(default)s)"


def _has_default(action: argparse.Action) -> bool:
    if action.nargs == 0 or action.help == argparse.SUPPRESS or action.default == argparse.SUPPRESS:
        return False
    return action.default not in (None, "", False) and action.default != []


def arguments(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """All but `--help`, those that are not to be seen, and kinds of the command."""
    unseen = (argparse._HelpAction, argparse._VersionAction, Actions)
    return [a for a in parser._actions if not isinstance(a, unseen) and a.help != argparse.SUPPRESS]


def kinds(parser: argparse.ArgumentParser) -> Iterator[tuple[str, str, argparse.ArgumentParser]]:
    """Name, help and parser of each command below this one, such as `ls` of `flowengine spool`."""
    for action in parser._actions:
        if isinstance(action, Actions):
            helps: dict[str, str] = {choice.dest: choice.help or "" for choice in action._choices_actions}
            for name, inner in action.choices.items():
                yield name, helps.get(name, ""), inner


def help_of(action: argparse.Action, prog: str) -> str:
    """Its help with defaults filled in."""
    known: dict[str, Any] = {**vars(action), "prog": prog}
    return (action.help or "") % known


def called(action: argparse.Action) -> str:
    """How it is written: `--listen HOST:PORT`, `PATH…`."""
    choices = "{" + ",".join(map(str, action.choices)) + "}" if action.choices else ""
    metavar = choices or str(action.metavar or action.dest.upper())
    if not action.option_strings:
        return f"{metavar}…" if action.nargs in ("+", "*") else metavar
    name = ", ".join(action.option_strings)
    return name if action.nargs == 0 else f"{name} {metavar}"
