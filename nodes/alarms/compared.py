"""The numbers that a condition compares a value with: where people draw the limits. Pure.

`payload.value > hot_c or payload.value < 2` has two; `abs(payload.value) > 3` has none, since no line says that.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from flowengine.alarms import AlarmLimit
from flowengine.expression import Expression
from flowengine.expression.functions import FUNCTIONS
from flowengine.expression.grammar import checked_tree
from nodes.alarms.figures import FIGURES

VALUE = "value"
BY_DEFAULT = ("payload.value", "payload")
"""What an alert node watches that is told nothing else."""

_ABOVE = (ast.Gt, ast.GtE)
_BELOW = (ast.Lt, ast.LtE)
Side = tuple[ast.expr, bool, ast.expr]
"""What is compared, whether it must be above, and with what."""

Level = tuple[str, float | Expression, bool, str]
"""A limit before it is filled in: a number, or what gives one."""


class Compared:
    """The limits in a condition on `value`, in the order of its text; `names` are limits that people change."""

    def __init__(self, condition: Expression | None, value: Expression | None, names: Collection[str]) -> None:
        watched = {value.text: VALUE} if value is not None else dict.fromkeys(BY_DEFAULT, VALUE)
        figures = {_text(ast.parse(text, mode="eval").body): what for text, what in watched.items()}
        self._figures = {**figures, **{name: name for name in FIGURES}}
        self._names = frozenset(names)
        tree = checked_tree(condition.text, condition.names, condition.captures) if condition is not None else None
        sides = [*_sides(tree, True)] if tree is not None else []
        self._levels = [found for side in sides if (found := self._level(*side)) is not None]
        self._alone = tree is not None and len(self._levels) == len(sides) and _compares_only(tree)

    def of(self, limits: Mapping[str, Any]) -> list[AlarmLimit]:
        """The limits with what named ones are now; without those that are no numbers."""
        found = []
        for name, level, above, figure in self._levels:
            number = level if isinstance(level, float) else _number(level, limits)
            if number is not None:
                found.append(AlarmLimit(name, number, above, figure, self._alone))
        return found

    def _level(self, left: ast.expr, above: bool, right: ast.expr) -> Level | None:
        for one, other, is_above in ((left, right, above), (right, left, not above)):
            figure = self._figures.get(_text(one))
            used = {each.id for each in ast.walk(other) if isinstance(each, ast.Name)} - FUNCTIONS.keys()
            if figure is not None and used <= self._names:
                level = Expression(_text(other), (*self._names,), ())
                name = other.id if isinstance(other, ast.Name) else ""
                number = _number(level, {}) if not used else level
                return None if number is None else (name, number, is_above, figure)
        return None


def _sides(tree: ast.expr, holds: bool) -> Iterator[Side]:
    match tree:
        case ast.BoolOp(values=values):
            for each in values:
                yield from _sides(each, holds)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield from _sides(operand, not holds)
        case ast.Compare(left=left, ops=ops, comparators=rights):
            for op, one, other in zip(ops, (left, *rights), rights, strict=False):
                if isinstance(op, (*_ABOVE, *_BELOW)):
                    yield one, isinstance(op, _ABOVE) is holds, other


def _compares_only(tree: ast.expr) -> bool:
    match tree:
        case ast.BoolOp(values=values):
            return all(map(_compares_only, values))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _compares_only(operand)
        case ast.Compare(ops=ops):
            return all(isinstance(op, (*_ABOVE, *_BELOW)) for op in ops)
    return False


def _number(level: Expression, limits: Mapping[str, Any]) -> float | None:
    try:
        found = level.evaluate_names(limits)
    except ValueError:
        return None
    is_number = isinstance(found, int | float) and not isinstance(found, bool)
    return float(found) if is_number and math.isfinite(found) else None


def _text(tree: ast.AST) -> str:
    return ast.unparse(tree)
