"""Write a starter project: a commented flow with tests, settings, ignore rules, a CI step and editor completion."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Mapping
from pathlib import Path

from flowengine import DISTRIBUTION
from flowengine.cli.schema import schema_text
from flowengine.cli.starter import FILES
from flowengine.cookbook import files_of, recipes, title_of
from flowengine.flow.problem import nearest

EXAMPLES = """examples:
  flowengine new my_plant
  cd my_plant && flowengine test flows/ && flowengine run flows/
  flowengine new --from smart_meter my_meter    starts from a flow of the cookbook
  flowengine new --from ?                       lists them

Nothing that exists is overwritten.
exit status: 0 written, 1 a file exists already or the folder cannot be written"""
_NAME = re.compile(r"[^A-Za-z0-9_]+")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What this command takes."""
    parser.add_argument(
        "folder", type=Path, metavar="DIR", nargs="?", help="the project's folder; made when it is missing"
    )
    parser.add_argument("--from", dest="recipe", metavar="NAME", help="start from a flow of the cookbook; ? lists them")


def run(options: argparse.Namespace) -> int:
    """Write the files."""
    known = recipes()
    if options.recipe is not None and options.recipe not in known:
        hint = nearest(options.recipe, known)
        print("\n".join(f"{name:<16} {title_of(recipe)}" for name, recipe in known.items()))
        if options.recipe == "?":
            return 0
        print(f"flowengine: no recipe {options.recipe!r}" + (f"; did you mean {hint}?" if hint else ""))
        return 1
    if options.folder is None:
        print("flowengine: new takes the project's folder; see flowengine new --help")
        return 1
    folder: Path = options.folder
    files = project(folder.absolute().name, known.get(options.recipe or ""))
    try:
        if there := [name for name in files if (folder / name).exists()]:
            print(f"flowengine: {folder / there[0]} exists already; nothing was written")
            return 1
        for name, text in files.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    except OSError as fault:
        print(f"flowengine: cannot write {fault.filename}: {fault.strerror}")
        return 1
    print("\n".join(f"wrote {folder / name}" for name in files))
    print(f"next: cd {folder} && flowengine test flows/ && flowengine run flows/")
    return 0


def project(name: str, recipe: Path | None = None) -> Mapping[str, str]:
    """The files of a project of this name, by path; with a recipe its flows instead of the first flow."""
    flow = _NAME.sub("_", name).strip("_").lower()[:64] or "plant"
    written = {path.replace("@NAME@", flow): _filled(text, flow) for path, text in FILES.items()}
    if recipe is not None:
        kept = {path: text for path, text in written.items() if not path.startswith("flows/")}
        written = {**kept, **files_of(recipe)}
    settings = {"yaml.schemas": {"./.vscode/flow.schema.json": ["flows/*.yaml"]}}
    return {
        **written,
        ".vscode/settings.json": json.dumps(settings, indent=2) + "\n",
        ".vscode/flow.schema.json": schema_text() + "\n",
    }


def _filled(text: str, name: str) -> str:
    return text.replace("@NAME@", name).replace("@DISTRIBUTION@", DISTRIBUTION)
