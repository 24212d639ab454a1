"""From checked expressions of a script to the trees that are compiled: look-ups, charged operators, charged loops.

A script's own names become `v_NAME`, so none can be a name of ours. As in `flowengine.expression` a dot is a look-up by
a constant key. What costs by the length of its operands becomes a call that charges it; numbers stay inline.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import cast

from flowengine.expression.functions import PATTERN_FUNCTIONS
from flowengine.expression.grammar import CONSTANT_NAMES
from flowengine.expression.rewrite import NS_PER_S, NamesForm

CALLS: Mapping[type[ast.operator], str] = {
    ast.Add: "_add", ast.Sub: "_subtract", ast.Mult: "_multiply", ast.FloorDiv: "_floor_divide", ast.Mod: "_remainder",
}  # fmt: skip
FLOATS = frozenset({"exp", "log", "log10", "pow", "sqrt"})
"""Functions that give a float, or raise."""

PLAIN = FLOATS | {
    "abs", "all", "any", "bool", "ceil", "clamp", "contains", "endswith", "floor", "int", "is_number", "is_text", "len",
    "matches", "mean", "round", "startswith", "sum",
}  # fmt: skip
"""Functions that never give a text, a list or a map."""

Comprehension = ast.ListComp | ast.DictComp | ast.GeneratorExp
CALL_UNITS = 6
SMALL_TEXT = 256


class ScriptForm(NamesForm):
    """Rewrites expressions of a script (its own copy)."""

    def __init__(self, bind: Callable[[str, str], str]) -> None:
        super().__init__(bind)

    def root(self, node: ast.Name) -> ast.expr:
        """A local variable."""
        return ast.copy_location(ast.Name(f"v_{node.id}", node.ctx), node)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """A constant's other spelling, or a name of the script's own."""
        if isinstance(node.ctx, ast.Load):
            return super().visit_Name(node)
        return self.root(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """A dot is a look-up by a constant key; of `message` a field of the engine's."""
        if isinstance(node.value, ast.Name) and node.value.id == "message":
            field = load("m", node)
            if node.attr == "id":
                return ast.copy_location(ast.Attribute(field, "id", ast.Load()), node)
            arrived = ast.copy_location(ast.Attribute(field, "arrived_ns", ast.Load()), node)
            return ast.copy_location(ast.BinOp(arrived, ast.Div(), constant(NS_PER_S, node)), node)
        return super().visit_Attribute(node)

    def look_up(self, node: ast.expr, container: ast.expr, key: ast.expr) -> ast.expr:
        """`.get` where a name holds a dict, the careful way for everything else; None where there is nothing."""
        careful = call("_look_up", [container, key], node)
        if not (isinstance(container, ast.Name) and isinstance(key, ast.Constant) and isinstance(key.value, str)):
            return careful
        kind = ast.copy_location(ast.Attribute(container, "__class__", ast.Load()), node)
        is_dict = ast.copy_location(ast.Compare(kind, [ast.Is()], [load("_dict", node)]), node)
        get = ast.copy_location(ast.Attribute(container, "get", ast.Load()), node)
        quick = ast.copy_location(ast.Call(get, [key], []), node)
        return ast.copy_location(ast.IfExp(is_dict, quick, careful), node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """Inline where a number is certain; else a call that bounds and charges."""
        name = CALLS.get(type(node.op))
        inline = name is None or is_harmless(node)
        left, right = self.visit(node.left), self.visit(node.right)
        if inline:
            return ast.copy_location(ast.BinOp(left, node.op, right), node)
        return call(cast(str, name), [left, right], node)

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        """What is compared with anything but a number or a short text is charged."""
        sides = [node.left, *node.comparators]
        found = [self.visit(side) for side in sides]
        for place, operator in enumerate(node.ops):
            left, right = sides[place], sides[place + 1]
            if isinstance(operator, (ast.In, ast.NotIn)):
                if not _is_constant_list(right):
                    found[place + 1] = call("_searched", [found[place + 1]], right)
            elif not (isinstance(operator, (ast.Is, ast.IsNot)) or is_small(left) or is_small(right)):
                found[place : place + 2] = [
                    call("_weighed", [item], side)
                    for item, side in zip(found[place : place + 2], (left, right), strict=True)
                ]
        return ast.copy_location(ast.Compare(found[0], node.ops, found[1:]), node)

    def visit_List(self, node: ast.List) -> ast.expr:
        """A new list; what it takes in is charged."""
        return ast.copy_location(ast.List([self.put(item) for item in node.elts], ast.Load()), node)

    def visit_Tuple(self, node: ast.Tuple) -> ast.expr:
        """Results are lists, as in JSON."""
        return ast.copy_location(ast.List([self.put(item) for item in node.elts], ast.Load()), node)

    def visit_Dict(self, node: ast.Dict) -> ast.expr:
        """A new map with texts as keys; what it takes in is charged."""
        keys = [self.key(key) for key in node.keys if key is not None]
        return ast.copy_location(ast.Dict([*keys], [self.put(value) for value in node.values]), node)

    def put(self, node: ast.expr) -> ast.expr:
        """A value that goes into another one: charged by all that is in it, unless it can only be a number."""
        found = cast(ast.expr, self.visit(node))
        return found if is_plain(node) else call("_weighed", [found], node)

    def key(self, node: ast.expr) -> ast.expr:
        """A text as a map's key."""
        if isinstance(node, ast.Constant):
            return node
        return call("_key", [self.visit(node)], node)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """A function by its name: those whose cost grows with what they are given charge it."""
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        arguments = [self.visit(argument) for argument in node.args]
        if name in PATTERN_FUNCTIONS and isinstance(node.args[1], ast.Constant):
            return call(self._bind(name, str(node.args[1].value)), arguments[:1], node)
        return call(f"f_{name}", arguments, node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        """An f-string of bounded parts."""
        parts: list[ast.expr] = []
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                parts.append(ast.copy_location(ast.FormattedValue(self._filled(part), -1, None), node))
            else:
                parts.append(part)
        return call("_joined", [ast.copy_location(ast.JoinedStr(parts), node)], node)

    def _filled(self, part: ast.FormattedValue) -> ast.expr:
        value = self.visit(part.value)
        if part.format_spec is None:
            return call("_text", [value], part)
        spec = cast(ast.JoinedStr, part.format_spec)
        form = "".join(str(piece.value) for piece in spec.values if isinstance(piece, ast.Constant))
        return call("_formatted", [value, constant(form, part)], part)

    def visit_ListComp(self, node: ast.ListComp) -> ast.expr:
        """A list, paid for before it is begun."""
        loops = self._loops(node, [node.elt])
        return ast.copy_location(ast.ListComp(self.put(node.elt), loops), node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.expr:
        """The list that it stands for."""
        loops = self._loops(node, [node.elt])
        return ast.copy_location(ast.ListComp(self.put(node.elt), loops), node)

    def visit_DictComp(self, node: ast.DictComp) -> ast.expr:
        """A map, paid for before it is begun."""
        loops = self._loops(node, [node.key, node.value])
        return ast.copy_location(ast.DictComp(self.key(node.key), self.put(node.value), loops), node)

    def _loops(self, node: Comprehension, made: list[ast.expr]) -> list[ast.comprehension]:
        inside = sum(map(units, made))
        loops: list[ast.comprehension] = []
        for loop in reversed(node.generators):
            inside += sum(map(units, loop.ifs)) + 1
            loops.append(
                ast.comprehension(
                    self.visit(loop.target) if isinstance(loop.target, ast.Name) else self.names(loop.target),
                    self.source(loop.iter, inside),
                    [self.visit(test) for test in loop.ifs],
                    0,
                )
            )
            inside += units(loop.iter)
        return loops[::-1]

    def names(self, node: ast.expr) -> ast.expr:
        """The names that several values go to."""
        items = node.elts if isinstance(node, (ast.Tuple, ast.List)) else [node]
        return ast.copy_location(ast.Tuple([self.root(cast(ast.Name, item)) for item in items], ast.Store()), node)

    def source(self, node: ast.expr, inside: int) -> ast.expr:
        """What a loop goes through, with `inside` units to pay for each item before it begins (0: as it goes)."""
        price = constant(inside, node)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and f"_{node.func.id}" in LOOP_SOURCES:
            return call(f"_{node.func.id}", [price, *(self.visit(argument) for argument in node.args)], node)
        return call("_each", [price, self.visit(node)], node)


LOOP_SOURCES = frozenset({"_range", "_enumerate", "_items", "_zip"})


def units(node: ast.AST) -> int:
    """What running a tree once costs, without what it charges by itself."""
    return sum(CALL_UNITS if isinstance(part, ast.Call) else 1 for part in ast.walk(node) if _runs(part))


def _runs(node: ast.AST) -> bool:
    return isinstance(node, (ast.expr, ast.stmt))


def is_float(node: ast.expr) -> bool:
    """Whether the value is a float for certain, or raises."""
    if isinstance(node, ast.Constant):
        return type(node.value) is float
    if isinstance(node, ast.BinOp):
        mixed = isinstance(node.op, (ast.Add, ast.Sub, ast.Mult)) and (is_float(node.left) or is_float(node.right))
        return mixed or isinstance(node.op, ast.Div)
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.USub) and is_float(node.operand)
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FLOATS


def is_harmless(node: ast.BinOp) -> bool:
    """Whether an operator can neither grow a whole number by doubling nor touch texts and lists."""
    sides = (node.left, node.right)
    if isinstance(node.op, (ast.Add, ast.Sub, ast.Mult)) and any(map(is_float, sides)):
        return True
    if isinstance(node.op, (ast.Add, ast.Sub)):
        return any(isinstance(side, ast.Constant) and type(side.value) is int for side in sides)
    return False


def is_plain(node: ast.expr) -> bool:
    """Whether the value can only be a number, true, false or nothing."""
    if isinstance(node, ast.Constant):
        return not isinstance(node.value, str) or len(node.value) <= SMALL_TEXT
    if isinstance(node, ast.BinOp):
        return not isinstance(node.op, ast.Add) or is_harmless(node)
    if isinstance(node, ast.UnaryOp):
        return True
    if isinstance(node, ast.Compare):
        return True
    if isinstance(node, ast.Name):
        return node.id in CONSTANT_NAMES
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in PLAIN


def is_small(node: ast.expr) -> bool:
    """Whether comparing with it costs the same whatever it is compared with."""
    return is_plain(node)


def _is_constant_list(node: ast.expr) -> bool:
    return isinstance(node, (ast.List, ast.Tuple)) and all(isinstance(item, ast.Constant) for item in node.elts)


def load(name: str, node: ast.AST) -> ast.Name:
    """A name of ours, read."""
    return ast.copy_location(ast.Name(name, ast.Load()), node)


def constant(value: object, node: ast.AST) -> ast.Constant:
    """A constant, at the place of `node`."""
    return ast.copy_location(ast.Constant(value), node)  # type: ignore[arg-type]


def call(name: str, arguments: list[ast.expr], node: ast.AST) -> ast.Call:
    """A call of a function of ours."""
    return ast.copy_location(ast.Call(load(name, node), arguments, []), node)
