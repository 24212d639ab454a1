"""No wait of a test ends soon with a failure: a machine that does something else would fail what is right.

Left alone is a wait whose end is expected: below `pytest.raises`, `suppress` or an `except` of a `TimeoutError`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.house.sources import ROOT, tracked

LEAST_S = 10
SECONDS_AT = {"timeout": 0, "wait_for": 1, "wait_connected": 0, "until": 1, "wait_until": 1, "eventually": 2}
"""Which argument of a call says how long it waits."""


def short_waits(text: str) -> Iterator[int]:
    """Lines with a wait that fails in less than `LEAST_S`."""
    yield from _below(ast.parse(text), False)


def _below(node: ast.AST, expected: bool) -> Iterator[int]:
    if isinstance(node, ast.Call) and not expected and _seconds(node) < LEAST_S:
        yield node.lineno
    expected = expected or _expects_the_end(node)
    for child in ast.iter_child_nodes(node):
        yield from _below(child, expected)


def _seconds(call: ast.Call) -> float:
    """What the call waits at most; endless where that is not written there."""
    match call.func:
        case ast.Name(id=name) if name != "timeout":
            pass
        case ast.Attribute(value=ast.Name(id="asyncio"), attr=name):
            pass
        case ast.Attribute(attr="until" | "wait_connected" as name):
            pass
        case _:
            return float("inf")
    if (at := SECONDS_AT.get(name)) is None:
        return float("inf")
    given = [*call.args[at : at + 1], *(word.value for word in call.keywords if word.arg in ("timeout_s", "within_s"))]
    return min((float(each.value) for each in given if _is_number(each)), default=float("inf"))


def _is_number(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def _expects_the_end(node: ast.AST) -> bool:
    match node:
        case ast.With(items=items) | ast.AsyncWith(items=items):
            said = [ast.unparse(item.context_expr) for item in items]
            return any("TimeoutError" in each and ("raises" in each or "suppress" in each) for each in said)
        case ast.Try(handlers=handlers):
            return any(each.type is not None and "TimeoutError" in ast.unparse(each.type) for each in handlers)
    return False


def test_no_wait_of_a_test_fails_soon() -> None:
    found = [
        f"{path}:{line}"
        for path in tracked("tests/*.py")
        for line in short_waits((ROOT / path).read_text(encoding="utf-8"))
    ]
    assert not found, f"wait for {LEAST_S} s or more, or say that the end is expected: " + ", ".join(found)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("async with asyncio.timeout(5):\n    pass", [1]),
        ("async with asyncio.timeout(60):\n    pass", []),
        ("with pytest.raises(TimeoutError):\n    async with asyncio.timeout(0.1):\n        pass", []),
        ("await asyncio.wait_for(answer, 2)", [1]),
        ("await until(holds, 9)", [1]),
        ("await until(holds)", []),
        ("await running.until(holds, timeout_s=3)", [1]),
        ("wait_until(holds, limit_s)", []),
        ("await client.wait_connected(5)", [1]),
        ("try:\n    await until(holds, 1)\nexcept TimeoutError:\n    pass", []),
    ],
)
def test_a_short_wait_is_found_unless_its_end_is_expected(text: str, lines: list[int]) -> None:
    assert list(short_waits(text)) == lines
