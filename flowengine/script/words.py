"""What to say of each statement and expression of Python that a script may not have."""

import ast
from collections.abc import Mapping

from flowengine.expression.grammar import HINTS as OF_EXPRESSIONS

ENOUGH = "a script runs once for each message"
HINTS: Mapping[type[ast.AST], str] = {
    **OF_EXPRESSIONS,
    ast.While: "while is not allowed; write `for … in range(…)` with break",
    ast.FunctionDef: f"def is not allowed: {ENOUGH}",
    ast.AsyncFunctionDef: f"def is not allowed: {ENOUGH}",
    ast.ClassDef: "class is not allowed",
    ast.Import: "import is not allowed; what needs a library is a `python` node",
    ast.ImportFrom: "import is not allowed; what needs a library is a `python` node",
    ast.Return: "return is not allowed: the end of the script sends the message on; drop() ends without it",
    ast.Try: "try is not allowed; coalesce(x, default) and number(x, default) take what is missing or wrong",
    ast.With: "with is not allowed",
    ast.Global: "global is not allowed; what is kept stands in state",
    ast.Nonlocal: "nonlocal is not allowed",
    ast.Raise: "raise is not allowed; write reject(…)",
    ast.Assert: "assert is not allowed; write `if …: reject(…)`",
    ast.AnnAssign: "types are not written; write `name = value`",
    ast.SetComp: "sets are not allowed; write a list: [… for …]",
    ast.Match: "match is not allowed; write if, elif",
}
