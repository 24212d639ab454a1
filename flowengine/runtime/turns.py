"""How the work of nodes is shared among turns of the loop: what one turn has no time for is done in the next ones.

A chain of nodes is a chain of calls, and each of many nodes may take as long as one payload may take. Never here: what
one node does by itself with a large payload, and how large batches are cut (`runtime.pieces`).
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flowengine.large import own_turn

TURN_S = 0.05
"""So long nodes work in a turn; the one that is at work then ends, and one more of those that wait."""

Piece = Callable[[float], None]
"""Work that was put off: given the time in s."""


class Turns:
    """Of one engine: how long its nodes have worked in this turn, and which flows have more to do."""

    def __init__(self, most_s: float = TURN_S):
        self._most_s, self._used_s = most_s, 0.0
        self._flows: deque[Later] = deque()
        self._asked = False

    @property
    def over(self) -> bool:
        """Whether this turn's time is used."""
        return self._used_s >= self._most_s

    @property
    def left_s(self) -> float:
        """So long nodes may still work in this turn."""
        return max(0.0, self._most_s - self._used_s)

    def took(self, seconds: float) -> None:
        """A node has worked so long."""
        if not self._used_s:
            asyncio.get_running_loop().call_soon(self._begin)
        self._used_s += seconds

    def join(self, flow: Later) -> None:
        """A flow has something to do in the turns to come."""
        if not flow.has_joined:
            flow.has_joined = True
            self._flows.append(flow)
            self._ask()

    def _begin(self) -> None:
        self._used_s = 0.0

    def _ask(self) -> None:
        if not self._asked:
            self._asked = True
            asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self) -> None:
        """A piece of each flow by turns; one at least: whoever comes first in each turn may use all its time."""
        self._asked = False
        try:
            self._next()
            while self._flows and not self.over:
                self._next()
        finally:
            if self._flows:
                self._ask()

    def _next(self) -> None:
        flow = self._flows.popleft()
        try:
            flow.do_one()
        finally:
            flow.has_joined = bool(flow.waiting)
            if flow.has_joined:
                self._flows.append(flow)


class Later:
    """Of one flow: the pieces that wait for a turn, in the order in which they came.

    As long as one waits everything goes behind it, so that nothing overtakes anything on a wire.
    """

    def __init__(self, turns: Turns, now_s: Callable[[], float]):
        self._turns, self._now_s = turns, now_s
        self.took = turns.took
        self.waiting: deque[Piece] = deque()
        self.has_joined = False
        self._next = 0
        self._straight = False

    @property
    def is_due(self) -> bool:
        """Whether work is to be put off."""
        return bool(self.waiting) or (self._turns.over and not self._straight)

    @property
    def left_s(self) -> float:
        """So long nodes may work before the next is put off; endless where none is."""
        return math.inf if self._straight else self._turns.left_s

    def put(self, piece: Piece) -> None:
        """Do it in a turn to come."""
        self.waiting.append(piece)
        self._turns.join(self)

    def put_next(self, piece: Piece) -> None:
        """Do it before all that waited when the piece that is under way began: it is the rest of that one."""
        self.waiting.insert(self._next, piece)
        self._next += 1
        self._turns.join(self)

    def do_one(self) -> None:
        """The oldest piece; nothing where it was done meanwhile."""
        self._next = 0
        if self.waiting:
            self.waiting.popleft()(self._now_s())

    async def turn(self) -> None:
        """Return when nothing waits and this turn has time, or nobody else has got it who waits here."""
        await self.done()
        if self._turns.over:
            await own_turn()

    async def done(self) -> None:
        """Return when nothing waits: whoever brings more does so then."""
        while self.waiting:  # noqa: ASYNC110 - each look is a turn in which some of it is done
            await asyncio.sleep(0)

    @contextmanager
    def straight(self) -> Iterator[None]:
        """What waits is done now, and within nothing is put off: for moments in which no message may be under way."""
        self._straight = True
        try:
            while self.waiting:
                self.do_one()
            yield
        finally:
            self._straight = False
