"""The compiled expression: one check, then Python code for single messages, batches and plain names.

The expression stands inlined in a comprehension for each batch form, so a batch costs no call per message. Limits and
grammar live in `grammar`, meaning in `rewrite` and `values`, the words of errors in `explain`.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn

from flowengine.expression import patterns, values
from flowengine.expression.captures import declared
from flowengine.expression.errors import ExpressionError
from flowengine.expression.explain import FILE_NAME, explained
from flowengine.expression.functions import FUNCTIONS, PATTERN_FUNCTIONS
from flowengine.expression.grammar import CONSTANT_NAMES, checked_tree, column_of
from flowengine.expression.rewrite import MESSAGE_NAMES, MessageForm, NamesForm, names_of
from flowengine.expression.schema import compiled_text

if TYPE_CHECKING:
    from pydantic_core import CoreSchema

    from flowengine.message import Message

FORMS = """
def evaluate(names):
    return NAMES_FORM

def one(m):
    try:
        return MESSAGE_FORM
    except Exception:
        return careful(m)

def each(messages):
    try:
        return [MESSAGE_FORM for m in messages]
    except Exception:
        return [one(m) for m in messages]

def keep(messages):
    try:
        return [m for m in messages if MESSAGE_FORM]
    except Exception:
        return [m for m in messages if one(m)]

def drop(messages):
    try:
        return [m for m in messages if not MESSAGE_FORM]
    except Exception:
        return [m for m in messages if not one(m)]
"""


def compile_expression(
    text: str, names: Collection[str] = MESSAGE_NAMES, captures: Collection[str] | None = None
) -> Expression:
    """The compiled expression over `names`. Raises ExpressionError for what is not allowed, with its place.

    `names` beyond MESSAGE_NAMES are given with each evaluation (`evaluate_names`). `captures` are entries of meta that
    may be named bare; by default those of the flow that is being checked.
    """
    return Expression(text, names, captures)


class Expression:
    """A condition or value over messages, compiled once.

    A missing key is None. Conditions follow Python's truth: None, false, 0, "" and empty lists and maps are false, all
    else is true. All evaluation raises ExpressionError and nothing else.
    """

    __slots__ = (
        "_drop",
        "_each",
        "_evaluate",
        "_identity",
        "_keep",
        "_one",
        "captures",
        "names",
        "text",
        "tree",
        "used_names",
    )

    def __init__(
        self, text: str, names: Collection[str] = MESSAGE_NAMES, captures: Collection[str] | None = None
    ) -> None:
        self.text = text.strip()
        self.names = tuple(names)
        captured = tuple(name for name in (declared() if captures is None else captures) if name not in self.names)
        self.tree = checked_tree(self.text, self.names, captured)
        """What was written; not to be changed."""

        roots = {node.id for node in ast.walk(self.tree) if isinstance(node, ast.Name)}
        self.used_names = frozenset(roots & {*self.names, *captured} - CONSTANT_NAMES.keys())
        self.captures = tuple(name for name in captured if name in roots)
        self._identity = self.text, self.names, self.captures
        scope = self._compiled()
        self._evaluate: Callable[[Mapping[str, Any]], Any] = scope["evaluate"]
        self._one: Callable[[Message], Any] = scope["one"]
        self._each: Callable[[Sequence[Message]], list[Any]] = scope["each"]
        self._keep: Callable[[Sequence[Message]], list[Message]] = scope["keep"]
        self._drop: Callable[[Sequence[Message]], list[Message]] = scope["drop"]

    def __call__(self, message: Message) -> Any:
        """The value for one message."""
        return self._one(message)

    def each(self, messages: Sequence[Message]) -> list[Any]:
        """The values for the messages, in order. Raises at the first message that has none."""
        return self._each(messages)

    def keep(self, messages: Sequence[Message], invert: bool = False) -> list[Message]:
        """The messages for which the condition is true (`invert`: false). Raises at the first that cannot be judged."""
        return self._drop(messages) if invert else self._keep(messages)

    def evaluate_names(self, names: Mapping[str, Any], message: Message | None = None) -> Any:
        """The value for plain names, and those of a message beside them if one is given."""
        known = names if message is None else {**names_of(message, self.captures), **names}
        try:
            return self._evaluate(known)
        except Exception as error:
            raise explained(self.text, self.tree, error, known) from None

    @property
    def constant(self) -> bool:
        """Whether the value is the same for every message."""
        return not self.used_names

    def _careful(self, message: Message) -> Any:
        return self.evaluate_names({}, message)

    def _compiled(self) -> dict[str, Any]:
        scope: dict[str, Any] = {**FUNCTIONS, **OPERATORS, "__builtins__": {}, "careful": self._careful}

        def bind(function: str, pattern: str) -> str:
            name = f"_{function}_{len(scope)}"
            scope[name] = PATTERN_FUNCTIONS[function](self._pattern(pattern))
            return name

        forms = {
            "NAMES_FORM": NamesForm(bind).visit(copy.deepcopy(self.tree)),
            "MESSAGE_FORM": MessageForm(bind, self.captures).visit(copy.deepcopy(self.tree)),
        }
        module = ast.fix_missing_locations(_Fill(forms).visit(ast.parse(FORMS)))
        exec(compile(module, FILE_NAME, "exec", dont_inherit=True), scope)  # noqa: S102 - the tree is ours, out of checked parts
        return scope

    def _pattern(self, pattern: str) -> Any:
        try:
            return patterns.compiled(pattern)
        except ValueError as error:
            places = [n for n in ast.walk(self.tree) if isinstance(n, ast.Constant) and n.value == pattern]
            raise ExpressionError(self.text, str(error), column_of(self.text, places[0])) from None

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> CoreSchema:
        return compiled_text(cls, cls)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expression) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"

    def __str__(self) -> str:
        return self.text

    def __reduce__(self) -> tuple[type[Expression], tuple[str, tuple[str, ...], tuple[str, ...]]]:
        return Expression, self._identity


class _Fill(ast.NodeTransformer):
    """Puts the rewritten expression where the forms name it."""

    def __init__(self, forms: Mapping[str, ast.expr]) -> None:
        self._forms = forms

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._forms.get(node.id, node)


def _not_in_message(name: str) -> NoReturn:
    raise KeyError(name)


OPERATORS = {
    "Exception": Exception,
    "_add": values.add,
    "_multiply": values.multiply,
    "_floor_divide": values.floor_divide,
    "_remainder": values.remainder,
    "_look_up": values.look_up,
    "_cut": values.cut,
    "_not_in_message": _not_in_message,
    "_nothing": MappingProxyType({}),
}
