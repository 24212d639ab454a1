"""From an expression's text to a checked syntax tree: the part of Python's grammar that flow authors may write.

Everything not listed here is refused. Nothing is compiled or evaluated here.
"""

import ast
import io
import tokenize
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, ClassVar, NoReturn

from flowengine.expression.errors import ExpressionError, did_you_mean
from flowengine.expression.functions import FUNCTION_NAMES, PATTERN_FUNCTIONS, arguments_of
from flowengine.expression.slips import said_of
from flowengine.expression.values import INT_LIMIT

MAX_SOURCE = 2_000
MAX_DEPTH = 32
MAX_NODES = 500
ENGINE_KEYS = ("id", "arrived")
"""What `message` has: the engine's number of it, and when it arrived."""

CONSTANT_NAMES = {"true": True, "false": False, "null": None}
"""JSON's spellings, so that a condition reads like the payload it is about."""

SCALAR_NAMES = frozenset({"topic", "time"})
SAID_OTHERWISE = {
    "id": "message.id is the number that the engine gives, payload.id what the device sent",
    "time_ns": "time is in seconds since 1970",
    "arrived_ns": "message.arrived is in seconds since 1970",
    "msg": "what came is payload",
    "message": "message.id and message.arrived are the engine's; what came is payload",
}
BLANKS = str.maketrans("\r\n\t\f", "    ")
OPERATORS = (
    ast.And, ast.Or, ast.Not, ast.USub, ast.UAdd, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod,
    ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn, ast.Is, ast.IsNot,
)  # fmt: skip
STRUCTURE = (
    ast.BoolOp, ast.UnaryOp, ast.BinOp, ast.Compare, ast.IfExp, ast.Call, ast.Constant, ast.Attribute, ast.Subscript,
    ast.Slice, ast.List, ast.Tuple, ast.Dict, ast.Name, ast.Load,
)  # fmt: skip
HINTS: dict[type[ast.AST], str] = {
    ast.Pow: "** is not allowed; pow(x, y) gives a bounded number",
    ast.JoinedStr: "f-strings are not allowed; join text with +, or use a template",
    ast.Lambda: "lambda is not allowed",
    ast.NamedExpr: ":= is not allowed",
    ast.ListComp: "loops are not allowed",
    ast.SetComp: "loops are not allowed",
    ast.DictComp: "loops are not allowed",
    ast.GeneratorExp: "loops are not allowed",
    ast.Set: "sets are not allowed; write a list: [a, b]",
    ast.Starred: "* before a value is not allowed",
    ast.Await: "await is not allowed",
    ast.BitAnd: "& is not allowed; write `and`",
    ast.BitOr: "| is not allowed; write `or`",
    ast.Invert: "~ is not allowed; write `not`",
}


def column_of(source: str, node: ast.AST) -> int | None:
    """The place where a node begins, in characters from 1 (the tree counts UTF-8 bytes from 0)."""
    offset = getattr(node, "col_offset", None)
    return None if offset is None else len(source.encode()[:offset].decode(errors="ignore")) + 1


def checked_tree(text: str, names: Collection[str], captures: Collection[str] = ()) -> ast.expr:
    """The syntax tree of an allowed expression. Raises ExpressionError with the first fault's place."""
    if len(text) > MAX_SOURCE:
        raise ExpressionError(text, f"longer than {MAX_SOURCE} characters")
    if not text.strip():
        raise ExpressionError(text, "the expression is empty")
    source = text.translate(BLANKS)
    _refuse_comments(text, source)
    body = _parsed(text, source)
    check = Check(text, source, frozenset(names), frozenset(captures))
    for node, depth in _nodes(body):
        check.size(node, depth)
    for node, _ in _nodes(body):
        check.node(node)
    return body


def _parsed(text: str, source: str) -> ast.expr:
    try:
        with warnings.catch_warnings():
            # "\d" in a pattern is what people write: Python warns about it and keeps the backslash.
            warnings.simplefilter("ignore")
            return ast.parse(source, mode="eval").body
    except SyntaxError as error:
        reason, place = said_of(error, source)
        raise ExpressionError(text, reason, place) from None
    except (MemoryError, RecursionError):
        raise ExpressionError(text, f"nested deeper than {MAX_DEPTH} levels") from None
    except ValueError:
        raise ExpressionError(text, "a character that no expression can have") from None


def _refuse_comments(text: str, source: str) -> None:
    # Line ends become blanks, so a comment would silently swallow the lines after it.
    if "#" not in source:
        return
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        return
    comment = next((token for token in tokens if token.type == tokenize.COMMENT), None)
    if comment:
        raise ExpressionError(text, "comments are not allowed in an expression", comment.start[1] + 1)


def _nodes(body: ast.expr) -> Iterator[tuple[ast.AST, int]]:
    """Every node and its depth, in no recursion of ours: the tree is as deep as its author made it."""
    waiting: list[tuple[ast.AST, int]] = [(body, 1)]
    while waiting:
        node, depth = waiting.pop()
        yield node, depth
        waiting.extend((child, depth + 1) for child in reversed(list(ast.iter_child_nodes(node))))


class Check:
    """Refuses what is not in the grammar; holds the text for the error's place."""

    allowed: ClassVar[tuple[type[ast.AST], ...]] = OPERATORS + STRUCTURE
    hints: ClassVar[Mapping[type[ast.AST], str]] = HINTS
    what: ClassVar[str] = "an expression"

    def __init__(self, text: str, source: str, names: frozenset[str], captures: frozenset[str] = frozenset()) -> None:
        self._text, self._source, self._names = text, source, names | captures
        self._only_with_keys = frozenset({"message"}) - captures
        self._seen = 0
        self._called: set[int] = set()
        self._place: ast.AST | None = None
        self._rules: dict[type[ast.AST], Callable[[Any], None]] = {
            ast.Name: self._name,
            ast.Constant: self._constant,
            ast.Attribute: self._attribute,
            ast.Subscript: self._subscript,
            ast.Call: self._call,
            ast.Compare: self._compare,
            ast.Dict: self._dict,
        }

    def size(self, node: ast.AST, depth: int) -> None:
        """Refuse a tree that is too deep or too large."""
        self._seen += isinstance(node, ast.expr)
        if isinstance(node, ast.expr) and depth > MAX_DEPTH:
            self.fail(node, f"nested deeper than {MAX_DEPTH} levels")
        if self._seen > MAX_NODES:
            self.fail(node, f"more than {MAX_NODES} parts")

    def node(self, node: ast.AST) -> None:
        """Refuse a node that is not in the grammar."""
        if hasattr(node, "col_offset"):
            self._place = node
        if not isinstance(node, self.allowed):
            word = type(node).__name__
            self.fail(self._place or node, self.hints.get(type(node), f"{word} is not allowed in {self.what}"))
        rule = self._rules.get(type(node))
        if rule:
            rule(node)

    def fail(self, node: ast.AST, reason: str) -> NoReturn:
        """Refuse the text because of this node."""
        raise ExpressionError(self._text, reason, column_of(self._source, node)) from None

    def _name(self, node: ast.Name) -> None:
        if node.id in (self._names - self._only_with_keys) or id(node) in self._called or node.id in CONSTANT_NAMES:
            return
        if node.id in SAID_OTHERWISE:
            self.fail(node, f"unknown name {node.id!r}; {SAID_OTHERWISE[node.id]}")
        if node.id in FUNCTION_NAMES:
            self.fail(node, f"{node.id} is a function; write {node.id}(…)")
        known = self._names | FUNCTION_NAMES
        hint = did_you_mean(node.id, known) or f"; names are {', '.join(sorted(self._names))}"
        self.fail(node, f"unknown name {node.id!r}{hint}")

    def _constant(self, node: ast.Constant) -> None:
        value = node.value
        if type(value) not in (int, float, str, bool, type(None)):
            self.fail(node, f"{type(value).__name__} values are not allowed")
        if type(value) is int and value >= INT_LIMIT:
            self.fail(node, "a whole number wider than 256 bits")
        if value == float("inf"):
            self.fail(node, "a number too large for a float")

    def _attribute(self, node: ast.Attribute) -> None:
        base = node.value
        if isinstance(base, ast.Name) and base.id == "message" and node.attr in ENGINE_KEYS:
            self._called.add(id(base))
        if node.attr.startswith("__"):
            self.fail(node, f"{node.attr} is not allowed: keys after a dot never begin with two underscores")
        if isinstance(base, ast.Constant) or (isinstance(base, ast.Name) and base.id in SCALAR_NAMES):
            self.fail(node, f"nothing to look up here: {ast.unparse(base)} has no keys")

    def _subscript(self, node: ast.Subscript) -> None:
        if isinstance(node.slice, ast.Tuple):
            self.fail(node, "one key or position in [ ]")

    def _compare(self, node: ast.Compare) -> None:
        for operator, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(operator, (ast.Is, ast.IsNot)) and not _is_constant(right):
                self.fail(right, "`is` compares with None, True or False only; write ==")

    def _dict(self, node: ast.Dict) -> None:
        if None in node.keys:
            self.fail(node, "** is not allowed in a map")

    def _call(self, node: ast.Call) -> None:
        name = self._function_name(node)
        self._called.add(id(node.func))
        if node.keywords:
            self.fail(node, f"{name} takes its arguments by position")
        fewest, most = arguments_of(name)
        given = len(node.args)
        if given < fewest or (most is not None and given > most):
            wanted = f"{fewest}" if most == fewest else f"{fewest} or more" if most is None else f"{fewest} to {most}"
            self.fail(node, f"{name} takes {wanted} argument{'' if wanted == '1' else 's'}, not {given}")
        if name in PATTERN_FUNCTIONS:
            self._pattern(name, node.args[1])

    def _function_name(self, node: ast.Call) -> str:
        function = node.func
        if isinstance(function, ast.Name) and function.id in FUNCTION_NAMES:
            return function.id
        if isinstance(function, ast.Attribute) and function.attr in FUNCTION_NAMES:
            self.fail(function, f"values have no functions of their own; write {function.attr}(…)")
        if not isinstance(function, ast.Name):
            self.fail(node, "only a function's name can be called")
        if function.id in self._names:
            self.fail(function, f"{function.id} is not a function")
        self.fail(function, f"unknown function {function.id!r}{did_you_mean(function.id, FUNCTION_NAMES)}")

    def _pattern(self, name: str, node: ast.expr) -> None:
        if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            self.fail(node, f'{name} takes a constant pattern, such as "^a.*z$"')


def _is_constant(node: ast.expr) -> bool:
    if isinstance(node, ast.Name):
        return node.id in CONSTANT_NAMES
    return isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, bool))
