"""From an exception inside a script to the sentence that says which line failed, and what was missing.

Runs only after a failure, so it may take its time. It names keys and kinds, never values.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any

from flowengine.expression.errors import shortened
from flowengine.expression.explain import look_ups, value_at, what_is_there, words_of
from flowengine.script.budget import OverBudget
from flowengine.script.errors import ScriptError

FILE_NAME = "<script>"
Span = tuple[int, int, int, int]


def explained(module: ast.Module, error: Exception) -> ScriptError:
    """The error to raise for an exception that came of running the script `module`."""
    span, names = _failing(error)
    line, column = span[0], span[1] + 1
    if type(error).__name__ == "Dropped" or isinstance(error, OverBudget):
        return ScriptError(str(error), line)
    if isinstance(error, NameError):
        found = re.search(r"'v_(\w+)'", str(error))
        name = found[1] if found else "a name"
        return ScriptError(f"{name} has no value yet: nothing on the way here set it", line, column)
    if "indices must be integers" in str(error):
        return ScriptError("a list has positions, not names: write [0], [1], …", line, column)
    missing = _missing(module, span, names) if isinstance(error, TypeError) else {}
    return ScriptError("; ".join(missing.values()) if missing else words_of(error), line, column)


def _failing(error: Exception) -> tuple[Span, Mapping[str, Any]]:
    """The part that raised (lines from 1, columns in UTF-8 bytes from 0), and the script's names at that moment."""
    span, names = (1, 0, 1, 0), dict[str, Any]()
    trace = error.__traceback__
    while trace:
        code = trace.tb_frame.f_code
        if code.co_filename == FILE_NAME and trace.tb_lasti >= 0:
            first, last, start, end = list(code.co_positions())[trace.tb_lasti // 2]
            span = (first or 1, start or 0, last or first or 1, end or 0)
            names |= {name[2:]: value for name, value in trace.tb_frame.f_locals.items() if name.startswith("v_")}
        trace = trace.tb_next
    return span, names


def _missing(module: ast.Module, span: Span, names: Mapping[str, Any]) -> dict[str, str]:
    first, start, last, end = span
    found = {}
    for node in look_ups(module):
        inside = (node.lineno, node.col_offset) >= (first, start) and (
            (node.end_lineno or 0, node.end_col_offset or 0) <= (last, end)
        )
        if inside and isinstance(getattr(node, "ctx", None), ast.Load) and value_at(node, names) is None:
            found[shortened(ast.unparse(node))] = what_is_there(node, names)
    return found
