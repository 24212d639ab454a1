"""From a checked tree to the trees that are compiled: names and dots become look-ups, risky operators become calls.

Two forms of one expression. The *message form* reads a message `m` directly and assumes maps where dots are: fast, and
any exception in it only means "use the other one". The *names form* reads a mapping `names` and gives None for whatever
is missing: it defines what an expression means. Neither ever reaches an attribute by a name from the text.
"""

import ast
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeGuard

from flowengine.expression.functions import PATTERN_FUNCTIONS
from flowengine.expression.grammar import CONSTANT_NAMES, ENGINE_KEYS
from flowengine.expression.values import NUMBERS

NS_PER_S = 1_000_000_000
"""A whole number: divided by a float, nanoseconds of today would lose up to 128 of them first."""

MESSAGE_NAMES = ("payload", "topic", "time", "meta", "message")
"""What a message offers to an expression. `time` is in seconds since 1970, as a float; so is `message.arrived`."""

CALLS: dict[type[ast.operator], str] = {
    ast.Add: "_add", ast.Mult: "_multiply", ast.FloorDiv: "_floor_divide", ast.Mod: "_remainder",
}  # fmt: skip


class NamesForm(ast.NodeTransformer):
    """Rewrites a tree (its own copy) to read a mapping called `names`. Patterns are bound to globals it names."""

    def __init__(self, bind: Callable[[str, str], str], captures: Collection[str] = ()) -> None:
        self._bind = bind
        self._captures = captures

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """A constant's other spelling, or an item of `names`."""
        if node.id in CONSTANT_NAMES:
            return ast.copy_location(ast.Constant(CONSTANT_NAMES[node.id]), node)
        return self.root(node)

    def root(self, node: ast.Name) -> ast.expr:
        """The value of a name."""
        return ast.copy_location(ast.Subscript(_load("names", node), ast.Constant(node.id), ast.Load()), node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """A dot is a look-up by a constant key."""
        return self.look_up(node, self.visit(node.value), ast.copy_location(ast.Constant(node.attr), node))

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """Brackets are a look-up, or a cut."""
        value = self.visit(node.value)
        if not isinstance(node.slice, ast.Slice):
            return self.look_up(node, value, self.visit(node.slice))
        parts = (node.slice.lower, node.slice.upper, node.slice.step)
        bounds = [ast.Constant(None) if part is None else self.visit(part) for part in parts]
        return _call("_cut", [value, *bounds], node)

    def look_up(self, node: ast.expr, container: ast.expr, key: ast.expr) -> ast.expr:
        """The value at a key, None where there is none."""
        return _call("_look_up", [container, key], node)

    def visit_Tuple(self, node: ast.Tuple) -> ast.expr:
        """Results are lists, as in JSON."""
        return ast.copy_location(ast.List([self.visit(item) for item in node.elts], ast.Load()), node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """Operators that could repeat, format or grow become calls, unless a constant rules that out."""
        inline = _is_harmless(node)
        left, right = self.visit(node.left), self.visit(node.right)
        name = CALLS.get(type(node.op))
        if name is None or inline:
            return ast.copy_location(ast.BinOp(left, node.op, right), node)
        return _call(name, [left, right], node)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """A function by its name; a pattern function with its compiled pattern already inside."""
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        arguments = [self.visit(argument) for argument in node.args]
        if name in PATTERN_FUNCTIONS and isinstance(node.args[1], ast.Constant):
            return _call(self._bind(name, str(node.args[1].value)), arguments[:1], node)
        return _call(name, arguments, node)


class MessageForm(NamesForm):
    """Rewrites a tree (its own copy) to read a message called `m`."""

    def root(self, node: ast.Name) -> ast.expr:
        """A field of the message, or what a source captured; a name that no message has ends this form."""
        if node.id in self._captures:
            return self.look_up(node, _field("meta", node), ast.Constant(node.id))
        if node.id not in MESSAGE_NAMES:
            return _call("_not_in_message", [ast.Constant(node.id)], node)
        return _seconds("time_ns", node) if node.id == "time" else _field(node.id, node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """As for names, but what `message` has are fields."""
        if not (isinstance(node.value, ast.Name) and node.value.id == "message" and node.attr in ENGINE_KEYS):
            return super().visit_Attribute(node)
        return _field("id", node) if node.attr == "id" else _seconds("arrived_ns", node)

    def look_up(self, node: ast.expr, container: ast.expr, key: ast.expr) -> ast.expr:
        """`.get` on what should be a map: a dict is looked up in C; anything else raises and ends this form."""
        if not (isinstance(key, ast.Constant) and type(key.value) in (str, int) and _reads_message(node)):
            return super().look_up(node, container, key)
        if _is_get(container):
            # A missing map on the way is as good as an empty one, and costs no second try.
            container.args.append(_load("_nothing", node))
        if isinstance(key.value, int):
            return ast.copy_location(ast.Subscript(container, key, ast.Load()), node)
        get = ast.copy_location(ast.Attribute(container, "get", ast.Load()), node)
        return ast.copy_location(ast.Call(get, [key], []), node)


def names_of(message: Any, captures: Collection[str] = ()) -> Mapping[str, Any]:
    """What a message offers to an expression, by name."""
    return {
        **{name: message.meta.get(name) for name in captures},
        "payload": message.payload,
        "topic": message.topic,
        "time": message.time_ns / NS_PER_S,
        "meta": message.meta,
        "message": {"id": message.id, "arrived": message.arrived_ns / NS_PER_S},
    }


def _reads_message(node: ast.expr) -> bool:
    """Whether a look-up begins at a name (and not at a literal or a function's result)."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return isinstance(node, ast.Name)


def _is_get(node: ast.expr) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and len(node.args) == 1


def _is_harmless(node: ast.BinOp) -> bool:
    sides = (node.left, node.right)
    if isinstance(node.op, ast.Add):
        return any(isinstance(side, ast.Constant) and type(side.value) in NUMBERS for side in sides)
    if isinstance(node.op, ast.Mult):
        # A float on one side refuses text and lists on the other, and makes the result a float.
        return any(isinstance(side, ast.Constant) and type(side.value) is float for side in sides)
    return False


def _field(name: str, node: ast.expr) -> ast.expr:
    return ast.copy_location(ast.Attribute(_load("m", node), name, ast.Load()), node)


def _seconds(name: str, node: ast.expr) -> ast.expr:
    return ast.copy_location(ast.BinOp(_field(name, node), ast.Div(), ast.Constant(NS_PER_S)), node)


def _load(name: str, node: ast.expr) -> ast.expr:
    return ast.copy_location(ast.Name(name, ast.Load()), node)


def _call(name: str, arguments: list[ast.expr], node: ast.expr) -> ast.expr:
    return ast.copy_location(ast.Call(_load(name, node), arguments, []), node)
