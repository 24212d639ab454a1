"""flowengine/catalog/flow_file.py: sections of a wrong shape are told, never dropped without a word."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from flowengine.catalog import installed
from flowengine.catalog.flow_file import FLOW_NAME, FLOW_NAME_RULE
from flowengine.catalog.schema import flow_schema
from flowengine.engine import Engine, Settings
from flowengine.flow.document.document import Document
from tests.house.sources import ROOT


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("tests: {name: a}", "f.yaml:2:8: tests: a list, not a map"),
        ("title: [1, 2]", "f.yaml:2:8: title: text, not a list"),
        ("note: 5", 'f.yaml:2:7: note: text, not 5 (did you mean "5"?)'),
        ("nodes: [a]", "f.yaml:2:8: nodes: a map, `NAME: {type: …}` for each, not a list"),
        ("vars: 5", "f.yaml:2:7: vars: a map, not 5"),
        ("pages: yes", "f.yaml:2:8: pages: a map, not 'yes'"),
        ("on_error: {out: a}", "f.yaml:2:11: on_error: text or a list, not a map"),
        ("inputs: 5", "f.yaml:2:9: inputs: text or a list or a map, not 5"),
        ("outputs: {out: [a]}", "f.yaml:2:16: outputs.out: text, not a list"),
        ("nodez: {}", "f.yaml:2:1: unknown section 'nodez' (did you mean nodes?)"),
    ],
)
def test_a_section_of_a_wrong_shape_is_one_problem(section: str, said: str) -> None:
    text = f"flow: f\n{section}\n"
    engine = Engine(Settings(Path()))
    assert [str(problem) for problem in engine.load(text, "f.yaml").problems] == [said]
    data = Document.parse(text, "f.yaml").data
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, flow_schema(installed()))


@pytest.mark.parametrize("section", ["title", "note", "vars", "connections", "nodes", "on_error", "tests", "pages"])
def test_an_empty_section_is_none(section: str) -> None:
    data = Document.parse(f"flow: f\n{section}:\n", "f.yaml").data
    jsonschema.validate(data, flow_schema(installed()))
    assert Engine(Settings(Path())).load(f"flow: f\n{section}:\n", "f.yaml").problems == []


def test_the_rule_of_flow_names_is_the_same_in_code_schema_docs_and_editor() -> None:
    assert flow_schema(installed())["properties"]["flow"]["pattern"] == f"^{FLOW_NAME.pattern}$"
    assert FLOW_NAME_RULE in (ROOT / "docs/flow-format.md").read_text()
    assert f"a flow `{FLOW_NAME.pattern}`" in (ROOT / "docs/api.md").read_text()
    assert f"/^{FLOW_NAME.pattern}$/" in (ROOT / "web_editor/ui/src/api/generated.ts").read_text()
