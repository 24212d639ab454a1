"""Where an expression takes `time`, which is in seconds, for milliseconds or finer. Pure; judges no values."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise

UNITS = {1e3: "milliseconds", 1e6: "microseconds", 1e9: "nanoseconds"}
_ENDINGS = {"ms": UNITS[1e3], "us": UNITS[1e6], "ns": UNITS[1e9]}
_NAMED = re.compile(r"(?:^|_)(ms|us|ns)$")
CENTURIES_S = 1e10
"""No time and no span that anybody means in seconds is as long: 300 years."""


def mixed_units(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Each part of an expression or of statements that mixes units of time, as written, and what is wrong with it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and (said := _of_operation(node)):
            yield ast.unparse(node), said
        elif isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            for one, other in pairwise(sides):
                if said := _beside(one, other):
                    yield ast.unparse(node), said


def _of_operation(node: ast.BinOp) -> str:
    if isinstance(node.op, ast.Add | ast.Sub):
        return _beside(node.left, node.right)
    factor = _number(node.right)
    if isinstance(node.op, ast.Div | ast.FloorDiv) and _in_seconds(node.left) and factor in UNITS:
        return f"{ast.unparse(node.left)} is in seconds, not in {UNITS[factor]}"
    return ""


def _beside(one: ast.expr, other: ast.expr) -> str:
    """What is wrong where these two are added, subtracted or compared; empty where nothing is."""
    for seconds, beside in ((one, other), (other, one)):
        if not _in_seconds(seconds):
            continue
        said = f"{ast.unparse(seconds)} is in seconds"
        if abs(_number(beside) or 0) >= CENTURIES_S:
            return f"{said}, {ast.unparse(beside)} is none that anybody means"
        if unit := _unit_of_name(beside):
            return f"{said}, {ast.unparse(beside)} by its name in {unit}"
    return ""


def _in_seconds(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "parse_time"
    return ast.unparse(node) in ("time", "message.arrived")


def _number(node: ast.expr) -> float | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return _number(node.operand)
    is_number = isinstance(node, ast.Constant) and type(node.value) in (int, float)
    return node.value if is_number else None  # type: ignore[attr-defined]


def _unit_of_name(node: ast.expr) -> str:
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        name = str(node.slice.value)
    found = _NAMED.search(name)
    return _ENDINGS[found[1]] if found else ""
