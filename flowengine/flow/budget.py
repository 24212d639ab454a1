"""What one check of a text may cost: characters that references make, nodes that subflows make, and time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

MOST_CHARACTERS = 2**20
MOST_NODES = 20_000
LOOK_EVERY = 16


class TooMuch(Exception):
    """The text asks for more than is given; the message says what."""


class Budget:
    """Counts down; raises `TooMuch`. `ended` may end a check from another thread: its asker has gone or time is up."""

    def __init__(self, ended: Callable[[], str] = lambda: ""):
        self._ended = ended
        self._characters = MOST_CHARACTERS
        self._nodes = MOST_NODES
        self._steps = 0
        self.over = False
        """Whether it ended before the work did because of time, so that another try may find more."""

    def characters(self, count: int) -> None:
        """References make so many characters more."""
        self._characters -= count
        if self._characters < 0:
            raise TooMuch(f"references make more than {MOST_CHARACTERS} characters of this flow")
        self.step()

    def nodes(self, count: int) -> None:
        """So many nodes more."""
        self._nodes -= count
        if self._nodes < 0:
            raise TooMuch(f"a flow has at most {MOST_NODES} nodes, those of its subflows included")
        self.step()

    def step(self) -> None:
        """Some work was done."""
        self._steps += 1
        if self._steps % LOOK_EVERY == 0 and (why := self._ended()):
            self.over = True
            raise TooMuch(why)


def within(seconds: float, gone: Callable[[], bool] = lambda: False) -> Budget:
    """A budget that ends after so many seconds of work, or once nobody waits for the answer."""
    end_s = time.monotonic() + seconds

    def ended() -> str:
        if gone():
            return "nobody waits for the answer any more"
        return f"checking it takes longer than {seconds:g} s" if time.monotonic() > end_s else ""

    return Budget(ended)


def weight(value: Any) -> int:
    """Characters of all scalars in `value`, one more for each: what a copy of it would take, written out."""
    if isinstance(value, str):
        return len(value) + 1
    if isinstance(value, dict):
        return sum(len(str(key)) + 1 + weight(item) for key, item in value.items()) + 1
    if isinstance(value, list):
        return sum(map(weight, value)) + 1
    return 8
