"""What is wrong with the YAML of a flow is one problem with its likely mend, at the place where it begins."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine.catalog import installed
from flowengine.flow.document import Document
from flowengine.flow.load import Loaded, load

QUOTE = "quote it: a comma or bracket ends a value inside { }"
PARSERS = re.compile(r"did not find|could not find|\bfound (a|an|un\w+|in\w+|character)\b|not allowed in this context")
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


@pytest.mark.parametrize(
    ("node", "place", "words"),
    [
        ('{type: log, label: "C:\\Users"}', (3, 28), "a \\ begins an escape"),
        ('{type: log, label: "\\d+"}', (3, 26), "or put the text between ' '"),
        ('{type: log, label: "\\xZZ"}', (3, 26), "a \\ begins an escape"),
        ("{type: inject, to: [b, c}", (3, 30), "this } does not close the [ before it: expected ]"),
        ("{type: inject, to: b]", (3, 26), "this ] does not close the { before it: expected }"),
        ("\n    to: [b, c\n  d: {type: log}", (4, 9), "this [ has no ]"),
        ("{type: inject, every: 5s to: b}", (3, 31), "a comma is missing before `to:`, or the value needs quotes"),
        ("\n    to:\n    -b\n    -c", (5, 5), "a space is missing after this `-`"),
        ("\n    label: |\n    hello\n    to: b", (5, 5), "the text below `|` is indented deeper than its key"),
        ("\n    where: >20", (4, 12), "quote it: a value that begins with > is a text on the lines below"),
        ("\n    where: !{x}", (4, 12), "a value that begins with ! needs quotes"),
        ("\n  b {type: inject, to: a}", (4, 22), "`:` is missing after `b`"),
        ("{type: log}\n%home: 1", (4, 1), "a line cannot begin with %"),
    ],
)
def test_a_slip_is_told_where_it_was_made_and_with_what_mends_it(node, place, words):
    [problem] = loaded(f"flow: y\nnodes:\n  a: {node}\n").problems
    assert words in problem.message
    assert (problem.line, problem.column) == place


@given(st.lists(st.sampled_from([*"{}[]:,-|>!%&*?#'\"\\\n\t @`a1", ": ", "- ", "\n  ", "!!", "<<"]), max_size=14))
def test_no_slip_is_told_in_the_words_of_the_parser(parts):
    for problem in loaded("flow: y\n" + "".join(parts)).problems:
        assert not PARSERS.search(problem.message)


def test_a_place_inside_code_is_found_in_block_quoted_and_plain_scalars():
    document = Document.parse("a: |\n  x = 1\n\n    y = 2\nb: 'c > d'\nc: e >\n", "f")
    found = [document.inside(("a",), "x = 1\n\n  y = 2\n", 9), document.inside(("b",), "c > d", 4),
             document.inside(("c",), "e >", 2)]  # fmt: skip
    assert [(place.line, place.column) for place in found if place] == [(4, 5), (5, 9), (6, 6)]
    assert document.inside(("b",), "other", 1) is None


def test_warnings_are_called_warnings():
    problems = loaded("flow: y\nnodes:\n  c: {type: filter, where: true}\n").problems
    assert [str(problem) for problem in problems] == ["y.yaml:3:3: warning: node c: no source leads here"]
