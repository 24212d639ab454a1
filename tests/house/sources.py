"""The project's own files as the house tests see them: what git tracks. Judges nothing."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = ("flowengine", "nodes", "web_editor", "examples", "bench", "ship")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def tracked(pattern: str = "*") -> tuple[Path, ...]:
    """Tracked files that still exist, relative to the root."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", pattern],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(
        path for name in listed.stdout.split("\0") if name and (path := Path(name), (ROOT / path).is_file())[1]
    )


def modules() -> list[Path]:
    """Python files of ours that are not tests; the trials of what is shipped are."""
    ours = [path for path in tracked("*.py") if path.parts[0] in OURS]
    return [path for path in ours if path.parts[:2] != ("ship", "trials")]


@cache
def tree(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), str(path))


def definitions(node: ast.AST, owner: str = "") -> Iterator[tuple[str, Function | ast.ClassDef]]:
    """Every class and function below, with its dotted name."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function | ast.ClassDef):
            name = f"{owner}{child.name}"
            yield name, child
            yield from definitions(child, f"{name}.")
        else:
            yield from definitions(child, owner)


def length(node: Function | ast.ClassDef) -> int:
    """Lines from the `def` to the end."""
    assert node.end_lineno
    return node.end_lineno - node.lineno + 1
