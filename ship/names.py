"""The tree as a wheel holds it: all of it below `flowengine`, because an installed package must not claim names such as
`nodes`. Imports nothing of ours: the build hook runs this file by its path. Why: docs/decisions/0018-the-name.md"""

from __future__ import annotations

import ast
import re
import shutil
from pathlib import Path

PLACES = {"flowengine": "", "nodes": "nodes", "web_editor": "web_editor", "examples": "demo_examples"}
"""Where each folder of the checkout stands in the wheel, below `flowengine`."""
MOVED = ("nodes", "web_editor")
NEVER = ("__pycache__", "ui")
"""Folders that stay behind: what Python made, and the sources of what `web_editor/dist` holds."""
MODULE = re.compile(rf"({'|'.join(MOVED)})(\.\w+)*")


class NotMovable(Exception):
    """A line that would still say the old name in the wheel."""


def moved(name: str) -> str:
    """The name in the wheel of a module in the tree."""
    return f"flowengine.{name}" if name.partition(".")[0] in MOVED else name


def rewritten(source: str, path: str = "") -> str:
    """The source with every import of a moved package by its new name; all else, comments included, stays as it is.

    Raises `NotMovable` for what cannot be moved so: `import nodes.x`, which binds `nodes`, and a dotted name in a text.
    """
    lines = source.encode().splitlines(keepends=True)
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.ImportFrom(level=0, module=str(module)) if moved(module) != module:
                _replace(lines, node.lineno, node.col_offset + len("from "), module)
            case ast.alias(name=name, asname=asname) if MODULE.fullmatch(name) and (asname or "." in name):
                if not asname:
                    raise NotMovable(f"{path}:{node.lineno}: write `from {name.rpartition('.')[0]} import …`")
                _replace(lines, node.lineno, node.col_offset, name)
            case ast.Constant(value=str(text)) if "." in text and MODULE.fullmatch(text):
                raise NotMovable(f"{path}:{node.lineno}: the text {text!r} names a module that moves")
            case _:
                pass
    return b"".join(lines).decode()


def _replace(lines: list[bytes], line: int, column: int, name: str) -> None:
    text, old = lines[line - 1], name.encode()
    if text[column : column + len(old)] != old:
        raise NotMovable(f"line {line}: one space after `from`, please: {text.decode().strip()}")
    lines[line - 1] = text[:column] + moved(name).encode() + text[column + len(old) :]


def write_tree(root: Path, out: Path) -> None:
    """Fill `out` with the packages of the checkout `root` as a wheel holds them."""
    shutil.rmtree(out, ignore_errors=True)
    for package, place in PLACES.items():
        target = out / place
        for file in sorted((root / package).rglob("*")):
            relative = file.relative_to(root / package)
            if not file.is_file() or set(relative.parts) & set(NEVER):
                continue
            (target / relative).parent.mkdir(parents=True, exist_ok=True)
            if file.suffix == ".py":
                (target / relative).write_text(rewritten(file.read_text(), str(file)))
            else:
                shutil.copyfile(file, target / relative)
