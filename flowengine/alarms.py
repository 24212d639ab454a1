"""What becomes of alarms, from the nodes that have them to whoever listens, across the flows of one engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple


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
