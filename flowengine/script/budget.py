"""The work that a script may do for one message, charged by the length of what is worked on.

One unit is about 50 ns of this engine's time. Work is counted, not timed, so that the same message is rejected or
passed in the same place on every machine and in virtual time. A container is charged by all that it holds, deep and as
often as it is held, whenever it is put into another one: nothing that a script makes is larger, written out, than its
budget.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowengine.expression.values import kind

PER_MESSAGE = 20_000
"""Units for one message: about a millisecond."""

PER_BATCH = 1_000_000
"""Units after which a batch makes room for others: about 50 ms."""

MAX_DEPTH = 64
SCALARS = frozenset({int, float, bool, type(None)})
TEXT_SHIFT = 6
"""64 characters are copied, compared or searched for one unit."""

ITEM_SHIFT = 2
"""Four numbers of a list are copied, compared or searched for one unit."""


class OverBudget(Exception):
    """The script has done more work for this message than it may."""

    def __init__(self) -> None:
        super().__init__("more work than a message may cost (about 1 ms); work on less at a time")


class Budget:
    """What is left for the message at hand. A refused charge leaves nothing, so that no work follows it."""

    __slots__ = ("left",)

    def __init__(self) -> None:
        self.left = PER_MESSAGE

    def spent(self) -> None:
        """Stop the script."""
        self.left = 0
        raise OverBudget

    def charge(self, units: int) -> None:
        """Take units away before the work is done."""
        self.left -= units
        if self.left < 0:
            self.spent()

    def weigh(self, value: Any, depth: int = 1) -> Any:
        """The value, charged by everything in it. Raises ValueError when it is nested too deeply."""
        if value.__class__ in SCALARS:
            return value
        if depth > MAX_DEPTH:
            raise ValueError(f"a value nested deeper than {MAX_DEPTH} levels")
        if isinstance(value, (str, bytes)):
            self.charge(4 + (len(value) >> TEXT_SHIFT))
        elif isinstance(value, (list, tuple)):
            self.charge(6 + (len(value) >> ITEM_SHIFT))
            if not set(map(type, value)) <= SCALARS:
                for item in value:
                    self.weigh(item, depth + 1)
        elif isinstance(value, Mapping):
            self.charge(8 + 2 * len(value))
            for item in value.values():
                self.weigh(item, depth + 1)
        else:
            self.charge(4)
        return value

    def searched(self, value: Any) -> Any:
        """What `in` looks through, charged: a map by its key, a text or list by all of it."""
        if isinstance(value, Mapping):
            return value
        if not isinstance(value, (str, bytes, list, tuple)):
            raise TypeError(f"`in` looks in a text, a list or a map, not in {kind(value)}")
        if isinstance(value, (str, bytes)):
            # Python's search may look at a character several times.
            self.charge(1 + (len(value) >> 3))
            return value
        self.charge(len(value))
        return self.weigh(value)
