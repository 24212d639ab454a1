"""Every capability of the original systems is shown by a test that names it. Runs none of them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ROWS = {
    "croissance": [f"C{n}" for n in range(1, 16)],
    "iotferme_cloud": [f"F{n}" for n in range(1, 10)],
    "iotferme_edge": [f"I{n}" for n in range(1, 16)],
    "esp32_server": [f"E{n}" for n in range(1, 11)],
    "m5stack_huskylens": [f"M{n}" for n in range(1, 18)],
}
"""The rows of tests/vectors/SEED_REQUIREMENTS.md by example."""


def sentences(example: str) -> Iterator[str]:
    """What the example's tests say they show: docstrings of Python tests, names of flow tests."""
    for source in (ROOT / "tests" / "examples").glob(f"test_{example}*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef) and node.name.startswith("test_"):
                yield ast.get_docstring(node) or ""
    for file in (ROOT / "examples" / example).glob("*.yaml"):
        yield from (test["name"] for test in yaml.safe_load(file.read_text()).get("tests", ()))


@pytest.mark.parametrize("example", ROWS)
def test_every_row_is_named_by_a_test(example: str) -> None:
    named = {word for sentence in sentences(example) for word in re.findall(r"\b[A-Z]\d+\b", sentence)}
    assert set(ROWS[example]) <= named, f"nothing shows {sorted(set(ROWS[example]) - named)}"


@pytest.mark.parametrize("example", ROWS)
def test_no_test_names_a_row_that_does_not_exist(example: str) -> None:
    letter = ROWS[example][0][0]
    named = {word for sentence in sentences(example) for word in re.findall(rf"\b{letter}\d+\b", sentence)}
    assert named <= set(ROWS[example])


TABLE = (ROOT / "examples" / "README.md").read_text()
LINE = re.compile(r"^\| ([A-Z]\d+) \| ([^|]+) \| `([\w.]+)::([^`]+)` \| ([^|]+) \|$", re.M)


def test_the_readme_has_every_row_once_with_what_its_test_holds() -> None:
    rows = [row for row, *_ in LINE.findall(TABLE)]
    assert rows == [row for _, rows in sorted(ROWS.items()) for row in rows]


@pytest.mark.parametrize("line", LINE.findall(TABLE), ids=lambda line: line[0])
def test_the_test_that_the_readme_names_is_there_and_names_the_row(line: tuple[str, ...]) -> None:
    row, _, file, test, _ = line
    if file.endswith(".py"):
        tree = ast.parse((ROOT / "tests" / "examples" / file).read_text())
        functions = (node for node in tree.body if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef))
        said = [ast.get_docstring(node) or "" for node in functions if node.name == test]
    else:
        [found] = (ROOT / "examples").glob(f"*/{file}")
        said = [each["name"] for each in yaml.safe_load(found.read_text())["tests"] if each["name"] == test]
    assert len(said) == 1 and row in re.findall(r"\b[A-Z]\d+\b", said[0])
