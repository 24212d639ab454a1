"""Work on messages that may take several turns of the loop: in order, so much at a time. Never here: what is done."""

from __future__ import annotations

from abc import abstractmethod
from collections import deque
from collections.abc import Iterator
from typing import ClassVar

from flowengine import DONE, HOLD, Emit, Message, Messages, Rejected, Stateful


class InTurns(Stateful):
    """A node that passes on what it makes of each message, and keeps others from their turn for no longer than it must.

    What `work_on` makes of a message goes to `out` and `bad`; it yields how much it has just done.
    """

    durable_state = False
    absorbs = False
    per_turn: ClassVar[int]
    """How much is done in one turn of the loop, in what `work_on` yields."""

    leaves_early: ClassVar[bool] = False
    """Whether a part of what is made of a message leaves before the rest is made."""

    def start(self) -> None:
        self.out: list[Message] = []
        self.bad: list[tuple[Message, str]] = []
        self._begun: deque[tuple[Message, Iterator[int]]] = deque()
        """The messages that are not worked through, in order."""

    @abstractmethod
    def work_on(self, message: Message, now_s: float) -> Iterator[int]:
        """Do it, step by step. What it raises rejects the message."""

    @property
    def is_busy(self) -> bool:
        """Whether something waits for its next turn."""
        return bool(self._begun)

    def process(self, messages: Messages, now_s: float) -> Emit:
        self._begun.extend((message, self.work_on(message, now_s)) for message in messages)
        return self.turn()

    def wake_at_s(self) -> float | None:
        return self.context.clock.now_s() if self._begun else None

    def on_time(self, now_s: float) -> Emit:
        return self.turn()

    def flush(self, now_s: float) -> Emit:
        return self.turn(endless=True)

    def turn(self, endless: bool = False) -> Emit:
        """What leaves in one turn; what is left waits for the next."""
        finished, done = 0, 0
        while self._begun and (endless or done < self.per_turn):
            message, work = self._begun[0]
            try:
                step = next(work, None)
            except Exception as fault:
                self.bad.append((message, _reason(fault)))
                step = None
            if step is None:
                self._begun.popleft()
                finished += 1
            else:
                done += step
        out, bad = self.out.copy(), self.bad.copy()
        self.out.clear()  # the same lists go on: work that is halfway may hold them
        self.bad.clear()
        if not self._begun:
            return Emit(out, rejected=bad) if out or bad else DONE
        return Emit(out, finished, bad, ahead=self.leaves_early) if finished or out or bad else HOLD


def _reason(fault: Exception) -> str:
    """One line; an unforeseen fault carries its type."""
    text = str(fault).split("\n", 1)[0][:300]
    return text if isinstance(fault, Rejected | ValueError) and text else f"{type(fault).__name__}: {text}"
