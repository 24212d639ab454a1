"""No text says "1 rows": a number and what it counts are written by `count_of`, which knows both forms."""

import ast
import re
from collections.abc import Iterator

from tests.house.sources import modules, tree

COUNTED = (
    "alarm|attempt|batch(?=es)|bit|block|byte|cell|change|character|client|column|command|connection|device|digit|error|event|"
    "field|file|flow|frame|integer|item|job|key|letter|level|line|measure|message|meter|metric|node|note|object|output|page|"
    "part|partition|placeholder|point|problem|quer(?=ies)|question|record|register|request|row|sample|secret|segment|server|"
    "step|subscription|tag|test|time|value|window|wire|word|worker|write"
)
COUNTS = re.compile(rf" (?!has )([a-z]+ )?({COUNTED})(i?es|s)\b(?!/)")
LOGGED = re.compile(rf"%[ds]{COUNTS.pattern}")
CONSTANT = re.compile(r"([\w.]*\.)?_?[A-Z][A-Z_]+")  # the code knows that it is more than one
NO_COUNT = {  # what stands there is a word
    "type(value).__name__",
    "words",
    "path",
    "', '.join(COURSES)",
    "does",
    "id",
}


def bare_counts(code: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and words of each number that has always many of something."""
    for node in ast.walk(code):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and (found := LOGGED.search(node.value)):
            yield node.lineno, found.group()
        if not isinstance(node, ast.JoinedStr):
            continue
        for number, words in zip(node.values, node.values[1:], strict=False):
            if isinstance(number, ast.FormattedValue) and isinstance(words, ast.Constant):
                value, found = ast.unparse(number.value), COUNTS.match(str(words.value))
                if found and not CONSTANT.fullmatch(value) and value not in NO_COUNT:
                    yield node.lineno, f"{{{value}}}{found.group()}"


def test_a_number_agrees_with_what_it_counts() -> None:
    bare = [f"{path}:{line}: {words}" for path in modules() for line, words in bare_counts(tree(path))]
    assert not bare, "write count_of(number, 'row')"


def test_words_that_are_always_many_are_found() -> None:
    code = 'a = f"{len(bad)} rows were refused"; b = "%d bytes too many"; c = f"{n} dead letters"; d = f"{MOST} rows"'
    assert {words for _, words in bare_counts(ast.parse(code))} == {"%d bytes", "{len(bad)} rows", "{n} dead letters"}
