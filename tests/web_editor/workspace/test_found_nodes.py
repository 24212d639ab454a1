"""A row a node for a search: what it is called, what hangs on it, what it says."""

from __future__ import annotations

from web_editor.workspace import schemas
from web_editor.workspace.found_nodes import MOST_CHARACTERS, nodes_of
from web_editor.workspace.graph import NOWHERE


def drawn(**config: object) -> schemas.Graph:
    node = schemas.GraphNode(
        "up", "mqtt_out", "output", "To the office", True, config, [], True, True, None, True, NOWHERE, "", None
    )
    office = schemas.GraphConnection("office", "mqtt", {}, NOWHERE, "", ["up"])
    other = schemas.GraphConnection("tsdb", "sql", {}, NOWHERE, "", ["down"])
    return schemas.Graph([node], [], [office, other], [], [], [])


def problem(severity: str, node: str | None = "up") -> schemas.Diagnostic:
    return schemas.Diagnostic(severity, "wrong", "bad-value", node, [], None)  # type: ignore[arg-type]


def test_settings_become_lines_that_are_found_by_name_and_by_value() -> None:
    graph = drawn(topic="plant/up", retain=True, nothing=None, set={"unit": "°C", "tags": ["a", "b"]})
    [row] = nodes_of("plant", graph, [])
    assert row.text.splitlines() == [
        "topic: plant/up", "retain: true", "nothing: null", "set.unit: °C", "set.tags: a", "set.tags: b",
    ]  # fmt: skip
    assert (row.flow, row.id, row.title, row.connections) == ("plant", "up", "To the office", ["office"])


def test_an_error_outweighs_a_warning_and_that_of_another_node_is_none() -> None:
    graph = drawn(disabled=True)
    assert [row.fault for row in nodes_of("plant", graph, [problem("error"), problem("warning")])] == ["error"]
    assert [row.fault for row in nodes_of("plant", graph, [problem("warning")])] == ["warning"]
    [row] = nodes_of("plant", graph, [problem("info"), problem("error", "down"), problem("error", None)])
    assert row.fault is None and row.disabled


def test_a_table_in_a_setting_does_not_fill_the_answer() -> None:
    [row] = nodes_of("plant", drawn(table=[["x" * 50] for _ in range(1000)]), [])
    assert len(row.text) == MOST_CHARACTERS
