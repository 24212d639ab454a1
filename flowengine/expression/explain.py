"""From an exception inside an expression to the sentence that says which part failed, and what was missing.

Runs only after a failure, so it may take its time: it finds the failing part by the code's own positions and looks its
look-ups up again. It never shows a value.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any

from flowengine.expression.errors import ExpressionError, shortened
from flowengine.expression.values import kind, look_up

FILE_NAME = "<expression>"
SHOWN_KEYS = 8
WORDS = {
    "'NoneType'": "nothing", "'str'": "text", "'int'": "number", "'float'": "number", "'bool'": "true/false",
    "'list'": "list", "'dict'": "map", "'bytes'": "bytes",
    "unhashable type: ": "cannot be a key: ", "not supported between instances of": "does not work between",
    "unsupported operand type(s) for ": "cannot calculate ", "bad operand type for unary ": "cannot calculate unary ",
}  # fmt: skip
_CONCATENATE = re.compile(r'can only concatenate (\w+) \(not "(\w+)"\) to \w+')
"""What Python says of `+` with a text, list or map on the left, where it says of a number what `WORDS` knows."""


def explained(text: str, tree: ast.expr, error: Exception, names: Mapping[str, Any]) -> ExpressionError:
    """The error to raise for an exception that came of evaluating `tree` with `names`."""
    if isinstance(error, KeyError) and error.args and error.args[0] not in names:
        return ExpressionError(text, f"the name {error.args[0]!r} was not given")
    span = _failing_span(error) or (0, len(text.encode()))
    missing = _missing(tree, span, names) if isinstance(error, TypeError) else {}
    if missing:
        return ExpressionError(text, "; ".join(missing.values()), _column(text, span), tuple(missing))
    return ExpressionError(text, words_of(error), _column(text, span))


def _column(text: str, span: tuple[int, int]) -> int:
    return len(text.encode()[: span[0]].decode(errors="ignore")) + 1


def _failing_span(error: Exception) -> tuple[int, int] | None:
    """First and last column (UTF-8 bytes from 0) of the part that raised; None where Python keeps no positions."""
    span, trace = None, error.__traceback__
    while trace:
        code = trace.tb_frame.f_code
        if code.co_filename == FILE_NAME and trace.tb_lasti >= 0:
            _, _, first, last = list(code.co_positions())[trace.tb_lasti // 2]
            span = (first, last) if first is not None and last is not None else None
        trace = trace.tb_next
    return span


def _missing(tree: ast.expr, span: tuple[int, int], names: Mapping[str, Any]) -> dict[str, str]:
    """The look-ups within the failing part that gave nothing, each with what there is instead."""
    found = {}
    for node in look_ups(tree):
        inside = span[0] <= node.col_offset and (node.end_col_offset or 0) <= span[1]
        if inside and value_at(node, names) is None:
            found[shortened(ast.unparse(node))] = what_is_there(node, names)
    return found


def look_ups(node: ast.AST) -> Iterator[ast.expr]:
    """Every path of look-ups in a tree, the longest ones."""
    if isinstance(node, ast.expr) and _is_path(node):
        yield node
        return
    for child in ast.iter_child_nodes(node):
        yield from look_ups(child)


def _is_path(node: ast.AST) -> bool:
    while True:
        if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Constant):
            return False
        if not isinstance(node, (ast.Attribute, ast.Subscript)):
            return isinstance(node, ast.Name)
        node = node.value


def value_at(node: ast.expr, names: Mapping[str, Any]) -> Any:
    """The value of a path of look-ups; `...` for anything else."""
    if isinstance(node, ast.Attribute):
        return look_up(value_at(node.value, names), node.attr)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        holder, key = value_at(node.value, names), node.slice.value
        return look_up(holder, key) if isinstance(holder, Mapping) or type(key) in (int, str) else ...
    return names.get(node.id, ...) if isinstance(node, ast.Name) else ...


def what_is_there(node: ast.expr, names: Mapping[str, Any]) -> str:
    """Why a path of look-ups gives nothing, and what there is instead."""
    word = shortened(ast.unparse(node))
    parent = node.value if isinstance(node, (ast.Attribute, ast.Subscript)) else None
    if parent is None:
        return f"{word} is null"
    holder, where = value_at(parent, names), shortened(ast.unparse(parent))
    if holder is None:
        return f"{word} is missing ({where} is nothing)"
    if not isinstance(holder, Mapping):
        return f"{word} is missing ({where} is {kind(holder)})"
    key = node.attr if isinstance(node, ast.Attribute) else _constant(node)
    if key in holder:
        return f"{word} is null"
    return f"{word} is missing ({where} has {key_list(holder)})"


def _constant(node: ast.expr) -> Any:
    return node.slice.value if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) else None


def key_list(holder: Mapping[Any, Any]) -> str:
    """The first keys of a map, for an error."""
    names = [shortened(str(key), 40) for _, key in zip(range(SHOWN_KEYS), holder, strict=False)]
    more = ", …" if len(holder) > SHOWN_KEYS else ""
    return f"{', '.join(names)}{more}" if names else "no keys"


def words_of(error: Exception) -> str:
    """What went wrong, in words for people."""
    if isinstance(error, RecursionError):
        return "a value nested too deeply"
    if isinstance(error, OverflowError):
        return "the result is too large for a number"
    reason = str(error) or type(error).__name__
    if isinstance(error, TypeError):
        reason = _CONCATENATE.sub(r"unsupported operand type(s) for +: '\1' and '\2'", reason)
        for python, word in WORDS.items():
            reason = reason.replace(python, word)
    return shortened(reason)
