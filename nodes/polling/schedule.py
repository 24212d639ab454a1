"""Whose turn it is on a bus: cycles without drift or pile-up, fair among units, silent units by themselves. Pure."""

from __future__ import annotations

import heapq
import itertools
from collections import Counter, deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from nodes.polling.blocks import Block, ReadPlan

SHORTEST_SILENCE_S, LONGEST_SILENCE_S = 1.0, 60.0
FIRST_WITHIN_S = 1.0
"""The first cycles of all polls are spread over so long, so that first values come soon and not all at once."""

_GOLDEN = 0.6180339887498949
NO_ANSWER = "no answer"


@dataclass(eq=False)
class Unit:
    """One device on the bus, and what is known of it."""

    id: Hashable
    silence_s: float = 0.0
    """How long it is left alone after its last time-out; 0 while it answers."""

    silent_until_s: float = 0.0
    polls: list[Poll] = field(default_factory=list)
    """What is read of it."""

    turns: deque[Turn] = field(default_factory=deque)
    counted: Counter[str] = field(default_factory=Counter)
    """polls, answers, timeouts, exceptions, skipped cycles."""

    reason: str = ""
    """Why it does not answer."""

    @property
    def bad(self) -> dict[str, str]:
        """Why points of it had no value when they were last read; of a unit that is silent its own reason says it."""
        return {} if self.reason else {place: why for poll in self.polls for place, why in poll.bad.items()}

    def answers(self) -> None:
        """It is there."""
        self.silence_s, self.silent_until_s, self.reason = 0.0, 0.0, ""

    def is_silent(self, now_s: float, reason: str) -> None:
        """It did not answer: leave it alone, for longer each time."""
        self.silence_s = min(LONGEST_SILENCE_S, self.silence_s * 2 or SHORTEST_SILENCE_S)
        self.silent_until_s, self.reason = now_s + self.silence_s, reason


@dataclass
class Cycle:
    """One reading of all blocks of a poll: what came, by block, and what did not."""

    begun_s: float
    open: int = 0
    answers: list[tuple[Block, Any]] = field(default_factory=list)
    bad: dict[int, str] = field(default_factory=dict)


@dataclass(eq=False)
class Poll:
    """What is read again and again of a unit. `on_cycle` gets every cycle, also one in which nothing came."""

    unit: Unit
    every_s: float
    plan: ReadPlan
    on_cycle: Callable[[Cycle], None]
    due_s: float
    cycle: Cycle | None = None
    stopped: bool = False
    bad: dict[str, str] = field(default_factory=dict)
    """Why points had no value when they were last read, by name and place; its owner says so."""


@dataclass(frozen=True)
class Turn:
    """One block that is to be read now."""

    poll: Poll
    block: Block


class Schedule:
    """All polls of one bus. The owner asks `next`, does it, and says how it went."""

    def __init__(self) -> None:
        self.units: dict[Hashable, Unit] = {}
        """Every unit that was ever asked."""

        self._ready: deque[Unit] = deque()
        self._due: list[tuple[float, int, Poll]] = []
        self._serial = itertools.count()
        self._added = 0

    def unit(self, id: Hashable) -> Unit:
        """The unit of that id."""
        return self.units.setdefault(id, Unit(id))

    def add(
        self, unit: Hashable, every_s: float, plan: ReadPlan, on_cycle: Callable[[Cycle], None], now_s: float
    ) -> Poll:
        """Read `plan` of `unit` every so often, from a moment within the first second."""
        first_s = now_s + self._added * _GOLDEN % 1.0 * min(every_s, FIRST_WITHIN_S)
        self._added += 1
        poll = Poll(self.unit(unit), every_s, plan, on_cycle, first_s)
        poll.unit.polls.append(poll)
        heapq.heappush(self._due, (first_s, next(self._serial), poll))
        return poll

    def read_now(self, unit: Unit, now_s: float) -> None:
        """Read all of it now, also where it is left alone; its next cycles follow from this moment."""
        unit.silent_until_s = 0.0
        for poll in unit.polls:
            poll.due_s = now_s
        self._due = [(poll.due_s, next(self._serial), poll) for _, _, poll in self._due]
        heapq.heapify(self._due)

    def remove(self, poll: Poll) -> None:
        """Read it no more."""
        poll.stopped = True
        poll.unit.polls.remove(poll)
        poll.unit.turns = deque(turn for turn in poll.unit.turns if turn.poll is not poll)

    def next(self, now_s: float) -> Turn | None:
        """What to read now, a block at a time, the units one after the other; None while nothing is due."""
        while self._due and self._due[0][0] <= now_s:
            _, _, poll = heapq.heappop(self._due)
            if not poll.stopped:
                self._begin(poll, now_s)
                heapq.heappush(self._due, (poll.due_s, next(self._serial), poll))
        while self._ready:
            unit = self._ready.popleft()
            if not unit.turns:
                continue
            turn = unit.turns.popleft()
            if unit.turns:
                self._ready.append(unit)
            unit.counted["polls"] += 1
            return turn
        return None

    def wake_at_s(self) -> float | None:
        """When the next cycle begins."""
        return self._due[0][0] if self._due else None

    def answered(self, turn: Turn, data: Any) -> None:
        """It came."""
        turn.poll.unit.answers()
        turn.poll.unit.counted["answers"] += 1
        if turn.poll.cycle is not None:
            turn.poll.cycle.answers.append((turn.block, data))
            self._end_turn(turn.poll)

    def refused(self, turn: Turn, reason: str, now_s: float, *, search: bool) -> None:
        """The device refuses the block; with `search` the bad point in it is looked for, at once."""
        poll = turn.poll
        poll.unit.answers()
        poll.unit.counted["exceptions"] += 1
        instead = poll.plan.refused(turn.block, reason, now_s) if search else ()
        if not search:
            poll.plan.refused_whole(turn.block, reason, now_s)
        if poll.cycle is None:
            return
        poll.cycle.open += len(instead)
        self._give_turns(poll, instead, first=True)
        self._end_turn(poll)

    def failed(self, turn: Turn, reason: str) -> None:
        """It did not come, and the unit is not to blame for it, or only this time."""
        if turn.poll.cycle is not None:
            turn.poll.cycle.bad.update({span.point: reason for span in turn.block.spans})
            self._end_turn(turn.poll)

    def silent(self, turn: Turn, now_s: float, reason: str = NO_ANSWER) -> None:
        """No answer in time: the unit is left alone for a while, and its open cycles end here."""
        unit = turn.poll.unit
        unit.counted["timeouts"] += 1
        unit.is_silent(now_s, reason)
        waiting, unit.turns = unit.turns, deque()
        for each in (turn, *waiting):
            self.failed(each, reason)

    def _begin(self, poll: Poll, now_s: float) -> None:
        late = int((now_s - poll.due_s) // poll.every_s)
        poll.due_s += (late + 1) * poll.every_s
        if poll.cycle is not None:  # the cycle before is still on its way
            late += 1
        if late:
            poll.unit.counted["skipped cycles"] += late
        if poll.cycle is not None:
            return
        cycle = poll.cycle = Cycle(now_s)
        made = poll.plan.due(now_s)
        if now_s < poll.unit.silent_until_s:
            cycle.bad.update({span.point: poll.unit.reason for block in made for span in block.spans})
            self._end(poll)
            return
        cycle.open = len(made)
        self._give_turns(poll, made)
        if not made:
            self._end(poll)

    def _give_turns(self, poll: Poll, made: tuple[Block, ...] | list[Block], first: bool = False) -> None:
        unit = poll.unit
        was_idle = not unit.turns
        if first:
            unit.turns.extendleft(Turn(poll, block) for block in reversed(made))
        else:
            unit.turns.extend(Turn(poll, block) for block in made)
        if was_idle and unit.turns and unit not in self._ready:
            self._ready.append(unit)

    def _end_turn(self, poll: Poll) -> None:
        assert poll.cycle is not None
        poll.cycle.open -= 1
        if not poll.cycle.open:
            self._end(poll)

    def _end(self, poll: Poll) -> None:
        cycle, poll.cycle = poll.cycle, None
        if cycle is not None and not poll.stopped:
            cycle.bad.update(poll.plan.left_out)
            poll.on_cycle(cycle)
