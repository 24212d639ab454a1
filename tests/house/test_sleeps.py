"""Tests wait for what is to happen, not for a while: no fixed sleep in real time, unless it is named and has a reason.

Left alone are time that is virtual, paces within loops, and doubles that are slow on purpose. `waiting.quiet_for` is
for what must not happen; `waiting.until` for all that must.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.sources import ROOT, Function, tracked

VIRTUAL = {"run_virtual", "in_virtual_time", "virtual"}
WAITING = Path("tests/waiting.py")


def fixed_sleeps(text: str) -> Iterator[int]:
    """Lines that wait for a fixed time."""
    module = ast.parse(text)
    virtual = _virtual_ones(module)
    for top in module.body:
        if not (isinstance(top, Function) and top.name in virtual):
            yield from _below(top, False)


def _below(node: ast.AST, excused: bool) -> Iterator[int]:
    """`excused` within a loop or a class."""
    if _sleeps(node) and not excused:
        assert isinstance(node, ast.Call)
        yield node.lineno
    excused = excused or isinstance(node, ast.For | ast.AsyncFor | ast.While | ast.ClassDef)
    for child in ast.iter_child_nodes(node):
        yield from _below(child, excused)


def _sleeps(node: ast.AST) -> bool:
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="asyncio" | "time"), attr="sleep"), args=[ast.Constant(value=time_s)]
        ):
            return time_s != 0  # 0 lets others have a turn
        case _:
            return False


def _virtual_ones(module: ast.Module) -> set[str]:
    """Functions of the module that run in virtual time, by themselves, by a fixture or by each other."""
    names = {top.name: _named(top) for top in module.body if isinstance(top, Function)}
    found = {name for name, used in names.items() if used & VIRTUAL}
    while more := {name for name, used in names.items() if used & found} - found:
        found |= more
    # What they call waits in their time, too.
    while more := {name for name in names if any(name in names[user] for user in found)} - found:
        found |= more
    return found


def _named(function: Function) -> set[str]:
    names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    return names | {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}


def test_no_test_waits_for_a_fixed_time() -> None:
    found = [
        f"{path}:{line}"
        for path in tracked("tests/*.py")
        if path != WAITING
        for line in fixed_sleeps((ROOT / path).read_text(encoding="utf-8"))
    ]
    assert not found, "wait `until` it is so, or be `quiet_for` a reason: " + ", ".join(found)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("async def test_it():\n    await asyncio.sleep(0.1)", [2]),
        ("def test_it():\n    time.sleep(2)", [2]),
        ("async def test_it():\n    await asyncio.sleep(0)", []),
        ("async def test_it():\n    while busy():\n        await asyncio.sleep(0.1)", []),
        ("class Slow:\n    async def write(self):\n        await asyncio.sleep(1)", []),
        ("def test_it():\n    async def scene():\n        await asyncio.sleep(9)\n    run_virtual(scene)", []),
        ("def test_it(in_virtual_time):\n    async def scene():\n        await asyncio.sleep(9)", []),
        ("def played(scene):\n    run_virtual(scene)\ndef test_it():\n    played(lambda: asyncio.sleep(9))", []),
    ],
)
def test_only_fixed_sleeps_in_real_time_are_found(text: str, lines: list[int]) -> None:
    assert list(fixed_sleeps(text)) == lines


def test_waiting_is_written_once() -> None:
    waits = re.compile(r"_?(wait_)?(until|eventually)(_[a-z]+)?")
    written = {
        f"{path}: {top.name}"
        for path in tracked("tests/*.py")
        for top in ast.parse((ROOT / path).read_text(encoding="utf-8")).body
        if isinstance(top, Function) and waits.fullmatch(top.name) and _polls(top)
    }
    assert written == {f"{WAITING}: {name}" for name in ("until", "wait_until")}


def _polls(function: ast.AST) -> bool:
    """Whether it asks again after a pause."""
    loops = [node for node in ast.walk(function) if isinstance(node, ast.While)]
    calls = [node.func for loop in loops for node in ast.walk(loop) if isinstance(node, ast.Call)]
    return any(isinstance(call, ast.Attribute) and call.attr == "sleep" for call in calls)
