"""The man page `flowengine(1)`, made from the help of all commands. Formats only."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from types import ModuleType

from flowengine import __version__
from flowengine.cli.arguments import arguments, called, help_of, kinds, parser_of

START = r"""flowengine \- YAML flows move data from devices to databases
.SH SYNOPSIS
.B flowengine
.I COMMAND
[\fIARGUMENT\fR...]
.SH DESCRIPTION
A flow is one YAML file: nodes read MQTT, serial, TCP, UDP, HTTP and files, decode and normalise, keep the latest
values, watch limits and write to databases. What was acknowledged to a source is not lost.
.SH COMMANDS"""
END = r""".SH FILES
.TP
.I .flowengine
the data folder, where \fB\-\-data\fR names no other: spools, latest values, alarms, users
.SH SEE ALSO
The format of flows, all nodes and how to run it as a service: the pages in docs/ of the project."""


def man_page(modules: Mapping[str, ModuleType]) -> str:
    """The page as roff, of these commands by name."""
    lines = [f'.TH FLOWENGINE 1 "" "flowengine {__version__}" "User Commands"', ".SH NAME", START]
    for name, module in modules.items():
        lines += _command(f"flowengine {name}", module.__doc__ or "", parser_of(name, module))
        lines += [".PP", ".nf", *map(_plain, module.EXAMPLES.strip().splitlines()), ".fi"]
    return "\n".join([*lines, END]) + "\n"


def _command(prog: str, about: str, parser: argparse.ArgumentParser) -> Iterator[str]:
    yield f".SS {_plain(prog)}"
    yield from (_plain(line) for line in about.strip().splitlines() if line)
    for action in arguments(parser):
        yield from (".TP", f".B {_plain(called(action))}", _plain(help_of(action, prog)))
    for name, about_kind, inner in kinds(parser):
        yield from _command(f"{prog} {name}", about_kind, inner)


def _plain(text: str) -> str:
    """Text that roff prints as it is."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    text = "".join(letter if letter.isascii() else f"\\[u{ord(letter):04X}]" for letter in text)
    return f"\\&{text}" if text[:1] in (".", "'") else text
