"""Flow tests press widgets as somebody of a role would, and name what they could not do."""

from pathlib import Path

import pytest

from flowengine.catalog import installed
from flowengine.engine import Settings
from flowengine.flow.pages import Form, payload_of, read_widget
from flowengine.testing.runner import FlowTests, Result

FLOW = """
flow: pressed
nodes:
  s: {type: rtdb_write, key: sp, value: payload, to: o}
  o: {type: log}
  slow: {type: inject, every: 1h, payload: 1, to: l}
  l: {type: log}
  kept: {type: rtdb_write, key: limits/hot, value: payload.hot, kind: setpoint}
pages:
  p:
    title: P
    widgets:
      form: {type: form, title: F, to: s, fields: {v: {type: number, default: 5, maximum: 9}, w: {type: string}}}
      button: {type: button, title: B, to: s, payload: go}
      limit: {type: form, title: L, to: kept, fields: {hot: {type: number, key: limits/hot, maximum: 9}}}
      speed: {type: setpoint, title: N, to: s, key: sp, point: n, min: 1, max: 9}
      turn: {type: switch, title: S, to: s, key: sp, on: 1, off: 0}
      danger: {type: button, title: D, to: s, payload: x, role: admin}
      shown: {type: value, title: V, key: sp}
tests:
"""


def run(tmp_path: Path, test: str) -> tuple[Result, list[str]]:
    file = tmp_path / "pressed.yaml"
    file.write_text(FLOW + f"  - {{name: t, {test}}}\n")
    tests = FlowTests(file, Settings(tmp_path), installed())
    cases = tests.cases()
    results = list(tests.run(cases))
    return (results[0] if results else Result("", "", "")), [str(problem) for problem in tests.problems]


@pytest.mark.parametrize(
    "test",
    [
        "press: [{page: p, widget: form, values: {w: a}}], expect: {o: [{payload: {v: 5, w: a}}]}",
        "press: [{page: p, widget: button, at: 3s}], expect: {o: [{at: 3s, payload: go}]}",
        "press: [{page: p, widget: turn, values: true}, {page: p, widget: turn, values: false, at: 1s}],"
        " expect: {o: [{payload: 1}, {payload: 0}]}",
        "press: [{page: p, widget: limit, values: {hot: 8}}, {page: p, widget: limit, at: 1s}],"
        " expect: {kept: [{payload: {hot: 8}}, {payload: {hot: 8}}]}",
        "press: [{page: p, widget: limit, refused: true}], expect: {kept: []}",
        "press: [{page: p, widget: speed, values: 8.5}], expect: {o: [{payload: {n: 8.5}}]}",
        "press: [{page: p, widget: speed, values: 9.1, refused: true}], expect: {o: []}",
        "press: [{page: p, widget: speed, values: '5', refused: true}], expect: {o: []}",
        "press: [{page: p, widget: danger, role: admin}], expect: {o: [{payload: x}]}",
        "press: [{page: p, widget: danger, refused: true}], expect: {o: []}",
        "press: [{page: p, widget: button, role: viewer, refused: true}], expect: {o: []}",
        "press: [{page: p, widget: form, values: {v: 10, w: a}, refused: true}], expect: {o: []}",
    ],
)
def test_pressing_does_what_the_page_would(tmp_path, test):
    result, problems = run(tmp_path, test)
    assert (result.lines, problems) == ([], [])


@pytest.mark.parametrize(
    ("test", "line"),
    [
        ("press: [{page: p, widget: danger}]", "press p/danger: the role operator may not press it"),
        ("press: [{page: p, widget: shown}]", "press p/shown: this widget only shows"),
        ("press: [{page: p, widget: button, values: 1}]", "press p/button: a button's value is null"),
        ("press: [{page: p, widget: button, refused: true}]", "press p/button: was not refused"),
    ],
)
def test_a_press_that_went_otherwise_fails_the_test(tmp_path, test, line):
    result, _ = run(tmp_path, test)
    assert result.lines == [line]


@pytest.mark.parametrize(
    ("test", "problem"),
    [
        ("press: [{page: q, widget: form}]", "no page 'q'"),
        ("press: [{page: p, widget: buton}]", "no widget 'buton' (did you mean button?)"),
        ("send: {slw: [{payload: 1}]}", "no source 'slw' (did you mean slow?)"),
        ("expect: {p2/o: []}", "no node 'p2/o'"),
    ],
)
def test_names_that_the_flow_does_not_have_are_problems(tmp_path, test, problem):
    assert problem in run(tmp_path, test)[1][0]


def test_lines_of_a_test_that_had_no_effect_are_named(tmp_path):
    result, _ = run(tmp_path, "press: [{page: p, widget: button}], fault: {o: {down: [5s, 6s]}}, reply: {o: [1]}")
    assert result.ok
    assert result.warnings == ["fault o: nothing met it"]


def test_the_nearest_word_is_told_of_tests_in_a_file_of_their_own_too(tmp_path):
    (tmp_path / "pressed.test.yaml").write_text("tests:\n  - {name: t, send: {slw: [{payload: 1}]}}\n")
    problems = run(tmp_path, "send: {slow: [{payload: 1}]}")[1]
    assert [problem.partition("pressed.test.yaml:")[2] for problem in problems] == [
        "2:22: no source 'slw' (did you mean slow?)"
    ]


def test_a_form_sends_the_defaults_that_it_shows() -> None:
    fields = {"v": {"type": "number", "default": 5}, "w": {"type": "string"}}
    form = read_widget({"type": "form", "to": "s", "fields": fields})
    assert isinstance(form, Form)
    assert payload_of(form, {"w": "a"}) == {"v": 5, "w": "a"}
    assert payload_of(form, {"w": "a", "v": 6}) == {"v": 6, "w": "a"}
