"""Write the pages on nodes and commands, made from the code: DIR/nodes/*.md, DIR/cli.md, DIR/grammar.md,
DIR/llms.txt and the man page DIR/flowengine.1."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from flowengine.catalog import installed
from flowengine.catalog.compact import grammar, index
from flowengine.catalog.pages import cell, pages
from flowengine.cli.arguments import arguments, called, help_of, kinds, parser_of
from flowengine.cli.man import man_page
from flowengine.counts import count_of

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
    print(f"{count_of(len(wanted), 'page')}, {len(stale)} written, {len(gone)} removed")
    return 0


def generated() -> dict[str, str]:
    """Every generated page by its path."""
    catalog, modules = installed(), _modules()
    commands = {"cli.md": commands_page(), "flowengine.1": man_page(modules)}
    return {**pages(catalog), **commands, "grammar.md": grammar(catalog), "llms.txt": index()}


def present(folder: Path) -> list[str]:
    """Generated pages that are there now."""
    return [path.relative_to(folder).as_posix() for path in sorted((folder / "nodes").rglob("*.md"))]


def commands_page() -> str:
    """All commands with their arguments and examples."""
    modules = _modules()
    lines = ["# Commands", "", "Made from the code by `./dev docs`; do not edit. Also `flowengine COMMAND --help`.", ""]
    lines += ["Any of them ends with 2 for a wrong call or a data folder of a newer engine, with 130 on Ctrl+C.", ""]
    lines += [f"- [`flowengine {name}`](#flowengine-{name})" for name in modules]
    for name, module in modules.items():
        about = (module.__doc__ or "").strip()
        lines += ["", f"## flowengine {name}", "", about, *_arguments(parser_of(name, module))]
        lines += ["", "```", module.EXAMPLES.strip(), "```"]
    return "\n".join(lines) + "\n"


def _modules() -> dict[str, ModuleType]:
    from flowengine.cli import COMMANDS, added

    paths = {name: f"flowengine.cli.{name}" for name in COMMANDS} | added()
    return {name: importlib.import_module(path) for name, path in paths.items()}


def _arguments(parser: argparse.ArgumentParser) -> Iterator[str]:
    """A table of arguments, and one for each kind where a command has kinds."""
    rows = arguments(parser)
    if rows:
        yield from ("", "| argument | meaning |", "|---|---|")
    for action in rows:
        yield f"| `{called(action)}` | {cell(help_of(action, parser.prog))} |"
    for name, _, inner in kinds(parser):
        yield from ("", f"### {parser.prog} {name}")
        yield from _arguments(inner)


def _read(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
