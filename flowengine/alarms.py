"""What becomes of alarms, from the nodes that have them to whoever listens, across the flows of one engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, Protocol, TypeGuard, runtime_checkable

from flowengine.message import Message


class Change(NamedTuple):
    """What a node tells of one of its alarms, and when (UTC nanoseconds).

    `entry` has `key`, `old` and `new` state, `reason`, `actor`, and what is known of the alarm.
    """

    flow: str
    node: str
    entry: Mapping[str, Any]
    at_ns: int


class Present(NamedTuple):
    """An alarm that is not normal: `row` has its `key`, `state`, `title`, `priority` and `value`."""

    flow: str
    node: str
    row: Mapping[str, Any]


class AlarmLimit(NamedTuple):
    """A number that the value watched by an alarm is compared with."""

    name: str
    """What the flow calls it; empty for a number that stands in the condition."""

    value: float
    above: bool
    """Whether values above it raise the alarm; else those below."""

    figure: str
    """`value`, or what over time is compared: `mean`, `ratio`, `rate`."""

    alone: bool
    """Whether the condition asks for nothing but such comparisons."""


@runtime_checkable
class AlarmSource(Protocol):
    """A node with alarms that operators see and act on; what an operator asks in vain raises ValueError.

    Each change is told to `context.alarms`, with its `key`, `old` and `new` state, `reason` and `actor`.
    """

    def alarms(self) -> Sequence[Mapping[str, Any]]:
        """Every alarm that is not normal, with its `key` and `state`, `title`, `priority` and `value`."""

    def heard(self) -> Mapping[str, Message]:
        """The last reading of each alarm by its key, also of those that are normal."""

    def limits(self, key: str) -> Sequence[AlarmLimit]:
        """What the value of this alarm is compared with now; nothing where its condition compares no numbers."""

    def acknowledge(self, key: str, actor: str, comment: str = "") -> None:
        """An operator has seen it."""

    def shelve(self, key: str, actor: str, comment: str = "", for_s: float | None = None) -> None:
        """Silence it for a time, or (None) until it clears."""

    def unshelve(self, key: str, actor: str, comment: str = "") -> None:
        """End shelving before its time."""

    def out_of_service(self, key: str, actor: str, comment: str = "", *, out: bool = True) -> None:
        """Take it out of service, or (`out=False`) back into it."""


def has_alarms(node: object) -> TypeGuard[AlarmSource]:
    """Whether a node has alarms."""
    kind: Any = type(node)  # the type checker does not see that a class can be hashed
    return _alarms_of(kind)


@cache
def _alarms_of(kind: Any) -> bool:
    """Asked of every node ten times a second; to look at its methods each time would cost a large flow its rest."""
    return issubclass(kind, AlarmSource)


Hear = Callable[[Sequence[Change]], None]
"""Called in the engine's own turn; must be quick and must not raise."""


class Alarms:
    """All alarms of one engine, as its nodes tell them; nothing is kept here."""

    def __init__(self, present: Callable[[], Iterable[Present]] = tuple) -> None:
        self.present = present
        """Those that are not normal now, of every flow that runs."""
        self._hears: list[Hear] = []

    def tell(self, changes: Sequence[Change]) -> None:
        """Something happened to alarms of a node."""
        for hear in tuple(self._hears):
            hear(changes)

    def watch(self, hear: Hear) -> Callable[[], None]:
        """Call `hear` with what nodes tell, until the returned function is called."""
        self._hears.append(hear)
        return lambda: self._hears.remove(hear)
