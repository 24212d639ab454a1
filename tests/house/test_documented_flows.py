"""Flows in the README and in the pages for integrators are right, pass their own tests and meet the schema."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from flowengine.catalog import installed
from flowengine.cli.schema import schema_text
from flowengine.engine import Engine, Settings
from flowengine.flow.document import Document
from flowengine.flow.files import find
from flowengine.testing.runner import AnySecret, FlowTests
from tests.house.sources import ROOT

PAGES = ("README.md", "docs/flow-format.md", "docs/alarms.md", "docs/field.md")
FENCE = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAME = re.compile(r"^flow: (\w+)$", re.MULTILINE)


def _blocks() -> list[tuple[str, str, str]]:
    found = []
    for page in PAGES:
        for block in FENCE.findall((ROOT / page).read_text()):
            name = NAME.search(block)
            assert name, f"{page}: this is not a flow:\n{block}"
            found.append((page, name[1], block))
    return found


BLOCKS = _blocks()
DEMO = find([ROOT / "flows"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Every documented flow as a file, so that subflows find each other."""
    for _, name, block in BLOCKS:
        (tmp_path / f"{name}.yaml").write_text(block)
    return tmp_path


@pytest.mark.parametrize("name", [name for _, name, _ in BLOCKS])
def test_a_documented_flow_is_right_and_does_what_its_tests_say(folder: Path, name: str) -> None:
    settings = Settings(folder, {}, AnySecret())
    file = folder / f"{name}.yaml"
    assert "inputs:" in file.read_text() or Engine(settings).load_file(file).problems == []
    tests = FlowTests(file, settings, installed())
    assert [(result.name, result.lines) for result in tests.run(tests.cases()) if not result.ok] == []


def test_the_readme_has_one_flow_and_it_has_tests() -> None:
    [block] = [block for page, _, block in BLOCKS if page == "README.md"]
    assert "tests:" in block


def test_no_two_documented_flows_have_one_name() -> None:
    names = [name for _, name, _ in BLOCKS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("file", DEMO, ids=lambda file: file.name)
def test_the_demo_passes_its_tests_on_any_machine(file: Path, tmp_path: Path) -> None:
    settings = Settings(tmp_path, {})
    assert Engine(settings).load_file(file).problems == []
    tests = FlowTests(file, settings, installed())
    results = list(tests.run(tests.cases()))
    assert len(results) >= 5
    assert [(result.name, result.lines) for result in results if not result.ok] == []


def _data(text: str) -> Any:
    document = Document.parse(text, "flow.yaml")
    assert not document.problems
    return json.loads(json.dumps(document.data))


# What uses a subflow is left out: a schema made from node classes cannot know the names of files.
TEXTS = [block for _, _, block in BLOCKS if "type: celsius" not in block] + [file.read_text() for file in DEMO]


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: NAME.search(text)[1])
def test_every_flow_meets_the_schema(text: str) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(schema_text()))
    assert [error.message for error in validator.iter_errors(_data(text))] == []
