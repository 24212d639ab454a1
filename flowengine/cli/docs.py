"""Write the pages on nodes and commands, made from the code: DIR/nodes/*.md and DIR/cli.md."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Iterator
from pathlib import Path

from flowengine.catalog import installed
from flowengine.catalog.pages import cell, pages

EXAMPLES = """examples:
  flowengine docs docs
  flowengine docs --check docs         print what is out of date, write nothing

exit status: 0 written, or all up to date; 1 with --check: something is out of date"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What this command takes."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="where the pages go")
    parser.add_argument("--check", action="store_true", help="only say which pages differ from the code")


def run(options: argparse.Namespace) -> int:
    """Write the pages; remove those of types that are gone."""
    wanted = generated()
    stale = [path for path, text in wanted.items() if _read(options.folder / path) != text]
    gone = [path for path in present(options.folder) if path not in wanted]
    if options.check:
        print("\n".join(f"out of date: {path}" for path in (*stale, *gone)) or "all pages are up to date")
        return 1 if stale or gone else 0
    for path in stale:
        target = options.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(wanted[path], encoding="utf-8")
    for path in gone:
        (options.folder / path).unlink()
    print(f"{len(wanted)} pages, {len(stale)} written, {len(gone)} removed")
    return 0


def generated() -> dict[str, str]:
    """Every generated page by its path."""
    return {**pages(installed()), "cli.md": commands_page()}


def present(folder: Path) -> list[str]:
    """Generated pages that are there now."""
    return [path.relative_to(folder).as_posix() for path in sorted((folder / "nodes").rglob("*.md"))]


def commands_page() -> str:
    """All commands with their arguments and examples."""
    from flowengine.cli import COMMANDS, added

    modules = {name: f"flowengine.cli.{name}" for name in COMMANDS} | added()
    lines = ["# Commands", "", "Made from the code by `./dev docs`; do not edit. Also `flowengine COMMAND --help`.", ""]
    lines += [f"- [`flowengine {name}`](#flowengine-{name})" for name in modules]
    for name, path in modules.items():
        module = importlib.import_module(path)
        parser = argparse.ArgumentParser(prog=f"flowengine {name}", add_help=False)
        module.add_arguments(parser)
        lines += ["", f"## flowengine {name}", "", (module.__doc__ or "").strip(), *_arguments(parser)]
        lines += ["", "```", module.EXAMPLES.strip(), "```"]
    return "\n".join(lines) + "\n"


def _arguments(parser: argparse.ArgumentParser) -> Iterator[str]:
    """A table of arguments, and one for each kind where a command has kinds."""
    # argparse offers no public way to its arguments, and its own text differs between versions of Python.
    actions = [a for a in parser._actions if not isinstance(a, argparse._HelpAction) and a.help != argparse.SUPPRESS]
    rows = [a for a in actions if not isinstance(a, argparse._SubParsersAction)]
    if rows:
        yield from ("", "| argument | meaning |", "|---|---|")
    for action in rows:
        help_text = (action.help or "") % {**vars(action), "prog": parser.prog}
        yield f"| `{_called(action)}` | {cell(help_text)} |"
    for action in actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                yield from ("", f"### {parser.prog} {name}")
                yield from _arguments(inner)


def _called(action: argparse.Action) -> str:
    choices = "{" + ",".join(map(str, action.choices)) + "}" if action.choices else ""
    metavar = choices or str(action.metavar or action.dest.upper())
    if not action.option_strings:
        return f"{metavar}…" if action.nargs in ("+", "*") else metavar
    name = ", ".join(action.option_strings)
    return name if action.nargs == 0 else f"{name} {metavar}"


def _read(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
