"""What is wrong with the YAML of a flow is one problem with its likely mend, at the place where it begins."""

import pytest

from flowengine.catalog import installed
from flowengine.flow.document import Document
from flowengine.flow.load import Loaded, load

QUOTE = "quote it: a comma or bracket ends a value inside { }"
FLOW = "flow: y\nnodes:\n  a: {type: inject, every: 1s, to: x}\n  x: %s\n  l: {type: log}\n"


class NoSecrets:
    def get(self, name):
        return None


def loaded(text: str) -> Loaded:
    return load(text, "y.yaml", installed(), {}, NoSecrets())


@pytest.mark.parametrize(
    ("node", "column"),
    [
        ("{type: filter, where: payload.x[0] > 3, to: l}", 37),
        ("{type: filter, where: max(payload.a, 3) > 2, to: l}", 43),
        ("{type: switch, rules: {hot: payload.a in [1, 2]}, to: l}", 47),
        ('{type: filter, where: matches(topic, "a"), to: l}', 46),
        ('{type: filter, where: payload.a == {"b": 1}, to: l}', 41),
    ],
)
def test_an_unquoted_expression_in_flow_style_is_one_problem_that_says_quote_it(node, column):
    [problem] = loaded(FLOW % node).problems
    assert (problem.message, problem.line, problem.column) == (QUOTE, 4, column)


@pytest.mark.parametrize("node", ["{type: filter, where: 'max(payload.a, 3) > 2', to: l}", "{type: log, note: a b}"])
def test_what_is_quoted_is_right(node):
    assert loaded(FLOW % node).ok


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("flow: y\nnodes:\n\ta: {type: inject}\n", "a tab cannot indent YAML"),
        ("flow: y\nnodes:\n  a: {type: inject}\n   b: {type: log}\n", "check the indentation"),
        ("flow: y\nnodes:\n  a: type: inject\n", "a second `: ` in one value"),
        ("flow: y\ntitle: 'it\n", "the file ends inside a quoted text"),
        ("flow: y\ntitle: @home\n", "needs quotes"),
    ],
)
def test_what_is_no_yaml_is_one_problem(text, words):
    [problem] = loaded(text).problems
    assert words in problem.message


def test_a_place_inside_code_is_found_in_block_quoted_and_plain_scalars():
    document = Document.parse("a: |\n  x = 1\n\n    y = 2\nb: 'c > d'\nc: e >\n", "f")
    found = [document.inside(("a",), "x = 1\n\n  y = 2\n", 9), document.inside(("b",), "c > d", 4),
             document.inside(("c",), "e >", 2)]  # fmt: skip
    assert [(place.line, place.column) for place in found if place] == [(4, 5), (5, 9), (6, 6)]
    assert document.inside(("b",), "other", 1) is None


def test_warnings_are_called_warnings():
    problems = loaded("flow: y\nnodes:\n  c: {type: filter, where: true}\n").problems
    assert [str(problem) for problem in problems] == ["y.yaml:3:3: warning: node c: no source leads here"]
