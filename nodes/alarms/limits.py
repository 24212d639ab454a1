"""Limits that people change: values of the RTDB under names that a condition uses, and word when one changes."""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator

from flowengine import Config, Message, Messages
from flowengine.expression import Expression, TemplateText
from flowengine.expression.named import WithNames
from flowengine.store.rtdb import Point, Rtdb
from nodes.alarms.figures import FIGURES

LIMITS = "limits"
Made = TypeVar("Made")


class Limit(Config):
    """Where a limit comes from."""

    key: TemplateText
    """Key in the RTDB, such as `limits/hot` or `limits/{device}`."""

    default: Any = None
    """What holds while nobody has set it."""


def _limit(value: Any) -> Any:
    return {"key": value} if isinstance(value, str) else value


LimitsByName = dict[str, Annotated[Limit, BeforeValidator(_limit)]]


Condition = Annotated[Expression, WithNames(LIMITS, tuple(FIGURES))]
"""A condition of an alarm: over the message, figures over time, and limits."""

Limited = Annotated[Expression, WithNames(LIMITS)]
"""A condition over the message and limits."""


class Limits:
    """The limits of one node. `changed` becomes true, and `wake` is called, when a point that was read has changed."""

    def __init__(self, sources: LimitsByName, rtdb: Rtdb, wake: Callable[[], None]) -> None:
        self._sources, self._rtdb, self._wake = sources, rtdb, wake
        self._read: set[str] = set()
        self.changed = False
        if sources:
            _watch(rtdb, self)

    def of(self, message: Message) -> Mapping[str, Any]:
        """The limits that hold for a message, by name."""
        return {name: self._value(source, message) for name, source in self._sources.items()}

    def holds(self, condition: Expression, message: Message) -> bool:
        """Whether a condition is true of a message within the limits of now. Raises ExpressionError."""
        return bool(condition.evaluate_names(self.of(message), message) if self._sources else condition(message))

    def each(self, condition: Expression, messages: Messages) -> Sequence[Any]:
        """The same for a batch."""
        if not self._sources:
            return condition.each(messages)
        return [self.holds(condition, message) for message in messages]

    def retaken(self, last: Mapping[str, Message], judge: Callable[[str, Message], Iterable[Made]]) -> list[Made]:
        """What `judge` makes of the last reading of each key; nothing unless a limit has changed since."""
        if not self.changed:
            return []
        self.changed = False
        made: list[Made] = []
        for key, message in [*last.items()]:
            with contextlib.suppress(ValueError):  # such a reading was rejected when it came
                made += judge(key, message)
        return made

    def points_changed(self, points: Mapping[str, Point]) -> None:
        """Points of the RTDB have changed."""
        if not self._read.isdisjoint(points):
            self.changed = True
            self._wake()

    def _value(self, source: Limit, message: Message) -> Any:
        key = source.key.fill(message)
        self._read.add(key)
        point = self._rtdb.get(key)
        return source.default if point is None or point.value is None else point.value


def _watch(rtdb: Rtdb, limits: Limits) -> None:
    """Tell the limits of changes for as long as their node lives: nobody says when it goes."""
    listener = weakref.ref(limits)

    def pass_on(points: dict[str, Point]) -> None:
        alive = listener()
        if alive is not None:
            alive.points_changed(points)

    weakref.finalize(limits, rtdb.watch(pass_on)).atexit = False
