"""Every flow of the repository meets the published schema, passes the checker and its own tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from flowengine.catalog import installed
from flowengine.catalog.schema import flow_schema
from flowengine.engine import Engine, Settings
from flowengine.flow.cases import Case
from flowengine.flow.document import Document
from flowengine.flow.files import find
from flowengine.testing.runner import AnySecret, FlowTests
from tests.house.sources import ROOT

FOLDERS = [ROOT / "flows", *sorted(path for path in (ROOT / "examples").glob("*/**") if path.is_dir())]
FLOWS = find([folder for folder in FOLDERS if folder.is_dir() and any(folder.glob("*.yaml"))])


def names(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    made: dict[str, Any] = flow_schema(installed(), Case.model_json_schema(by_alias=True))
    Draft202012Validator.check_schema(made)
    return Draft202012Validator(made)


def test_there_are_flows() -> None:
    assert FLOWS


@pytest.mark.parametrize("file", FLOWS, ids=names)
def test_a_flow_meets_the_schema(file: Path, schema: Draft202012Validator) -> None:
    data = Document.parse(file.read_bytes(), file.name).data
    assert [f"{list(error.absolute_path)}: {error.message}" for error in schema.iter_errors(data)] == []


@pytest.mark.parametrize("file", FLOWS, ids=names)
def test_a_flow_passes_the_checker(file: Path, tmp_path: Path) -> None:
    loaded = Engine(Settings(tmp_path, secrets=AnySecret())).load_file(file)
    assert [str(problem) for problem in loaded.problems] == []


@pytest.mark.parametrize("file", FLOWS, ids=names)
def test_the_tests_of_a_flow_pass(file: Path, tmp_path: Path) -> None:
    tests = FlowTests(file, Settings(tmp_path), installed())
    cases = tests.cases()
    assert tests.problems == [] and cases
    assert [(result.name, result.lines) for result in tests.run(cases) if not result.ok] == []


def test_the_schema_refuses_what_the_checker_refuses(schema: Draft202012Validator) -> None:
    good: dict[str, Any] = {
        "flow": "f",
        "nodes": {"a": {"type": "inject", "every": "5s", "to": "b"}, "b": {"type": "log"}},
    }
    assert not list(schema.iter_errors(good))
    for change in ({"type": "inject", "evry": "5s"}, {"type": "inject", "every": "5 parsecs"}, {"every": "5s"}):
        assert list(schema.iter_errors({**good, "nodes": {"a": change}}))
