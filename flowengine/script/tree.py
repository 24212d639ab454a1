"""Walks over the syntax tree of a script, in no recursion of ours: it is as deep as its author made it."""

from __future__ import annotations

import ast
from collections.abc import Iterator


def place_texts(module: ast.Module) -> None:
    """Python 3.11 does not say where the parts of an f-string stand: they get the place of the whole."""
    for text in ast.walk(module):
        if isinstance(text, ast.JoinedStr):
            for part in ast.walk(text):
                if hasattr(part, "col_offset"):
                    ast.copy_location(part, text)


def bound(module: ast.Module) -> frozenset[str]:
    """Names that the script gives a value somewhere."""
    names = (node.id for node in ast.walk(module) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    return frozenset(names)


def nodes(module: ast.Module) -> Iterator[tuple[ast.AST, int, int]]:
    """Every node with the depth of its expression and of its statement (`elif` is no deeper than its `if`)."""
    waiting: list[tuple[ast.AST, int, int]] = [(statement, 0, 1) for statement in reversed(module.body)]
    while waiting:
        node, depth, nesting = waiting.pop()
        yield node, depth, nesting
        for child in reversed(list(ast.iter_child_nodes(node))):
            if not isinstance(child, ast.stmt):
                waiting.append((child, depth + 1, nesting + isinstance(child, ast.comprehension)))
            elif isinstance(node, ast.If) and node.orelse == [child] and isinstance(child, ast.If):
                waiting.append((child, 0, nesting))
            else:
                waiting.append((child, 0, nesting + 1))
