"""The timeline of commands that wait for a reply: send, time out, back off, send again, answered or given up.

Never here: the wire, the clock, ids (the caller makes them). A reply counts whenever it comes, also between two tries.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from flowengine.counts import count_of
from nodes.timing.deadlines import Deadlines


class Send(NamedTuple):
    """Send this command now; the first try is 1."""

    correlation_id: str
    payload: Any
    attempt: int


class Done(NamedTuple):
    """A command is over: answered (`ok` is what the answer said) or given up (`ok` is None, message `timeout`).

    payload: what was submitted
    """

    correlation_id: str
    result: Literal["ack", "timeout"]
    ok: bool | None
    message: str
    at_ns: int
    latency_ns: int
    attempts: int
    payload: Any = None


class Stray(NamedTuple):
    """A reply that belongs to no pending command; `late` after giving up, `duplicate` after an answer."""

    correlation_id: str
    reason: Literal["late", "duplicate", "unknown"]


class Refused(ValueError):
    """A command that is not taken: its id is pending already, or too many are."""


@dataclass(frozen=True, slots=True)
class CommandRule:
    """timeout_ns: wait per try; retries: tries after the first; backoff_ns: between a time-out and the next try.

    remember: how many finished ids are kept to tell late replies from unknown ones
    """

    timeout_ns: int = 3_000_000_000
    retries: int = 2
    backoff_ns: int = 2_000_000_000
    max_pending: int = 10_000
    remember: int = 10_000


@dataclass(slots=True)
class _Pending:
    payload: Any
    submitted_ns: int
    attempts: int
    waits: bool  # for a reply; else for the next try
    due_ns: int


class Commands:
    """All pending commands of one link. At one instant, give replies before `on_time`: a tie goes to the reply."""

    def __init__(self, rule: CommandRule):
        self._rule = rule
        self._pending: dict[str, _Pending] = {}
        self._deadlines = Deadlines()
        self._finished: OrderedDict[str, Literal["ack", "timeout"]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._pending)

    def submit(self, correlation_id: str, payload: Any, now_ns: int) -> Send:
        """The first try. Raises Refused for an id that is pending or when max_pending are."""
        if correlation_id in self._pending:
            raise Refused(f"command {correlation_id} is pending already")
        if len(self._pending) >= self._rule.max_pending:
            raise Refused(f"{count_of(self._rule.max_pending, 'command is', 'commands are')} pending already")
        self._finished.pop(correlation_id, None)
        self._pending[correlation_id] = _Pending(payload, now_ns, 0, False, now_ns)
        return self._send(correlation_id, now_ns)

    def acknowledge(self, correlation_id: str, ok: bool, now_ns: int, message: str = "") -> Done | Stray:
        """A reply came. `ok` false is an answer too, not a reason to try again."""
        pending = self._pending.get(correlation_id)
        if pending is not None:
            return self._finish(correlation_id, pending, "ack", ok, message, now_ns)
        result = self._finished.get(correlation_id)
        return Stray(correlation_id, "unknown" if result is None else "duplicate" if result == "ack" else "late")

    def not_sent(self, correlation_id: str, now_ns: int) -> None:
        """The link refused a try (port closed): the next one comes after the backoff; the tries still count."""
        pending = self._pending.get(correlation_id)
        if pending is not None and pending.waits:
            self._wait(correlation_id, pending, now_ns)

    def fail(self, correlation_id: str, message: str, now_ns: int) -> Done | None:
        """Give a command up at once; None when it is not pending."""
        pending = self._pending.get(correlation_id)
        return None if pending is None else self._finish(correlation_id, pending, "timeout", None, message, now_ns)

    def next_deadline_ns(self) -> int | None:
        """When `on_time` has something to do."""
        return self._deadlines.first_ns()

    def on_time(self, now_ns: int) -> list[Send | Done]:
        """Tries to make and commands to give up, now. A try that is late waits its full time-out from now on."""
        events: list[Send | Done] = []
        while (correlation_id := self._deadlines.pop(now_ns)) is not None:
            pending = self._pending[correlation_id]
            if not pending.waits:
                events.append(self._send(correlation_id, now_ns))
            elif pending.attempts > self._rule.retries:
                events.append(self._finish(correlation_id, pending, "timeout", None, "timeout", now_ns))
            else:
                self._wait(correlation_id, pending, pending.due_ns)
        return events

    def withdraw(self, correlation_id: str) -> None:
        """Forget a command as if it had never been submitted."""
        if self._pending.pop(correlation_id, None) is not None:
            self._deadlines.set(correlation_id, None)

    def row(self, correlation_id: str) -> list[Any] | None:
        """One pending command as `snapshot` has it."""
        p = self._pending.get(correlation_id)
        return None if p is None else [correlation_id, p.payload, p.submitted_ns, p.attempts, p.waits, p.due_ns]

    def snapshot(self) -> dict[str, Any]:
        """Plain JSON values, when the payloads are."""
        return {"pending": [*map(self.row, self._pending)], "finished": list(self._finished.items())}

    def restore(self, state: dict[str, Any], shift_ns: int = 0) -> None:
        """Take over a snapshot, with `shift_ns` added to its times; what fell due meanwhile is due at once."""
        for correlation_id, payload, submitted_ns, attempts, waits, due_ns in state["pending"]:
            pending = _Pending(payload, submitted_ns + shift_ns, attempts, waits, due_ns + shift_ns)
            self._pending[correlation_id] = pending
            self._deadlines.set(correlation_id, pending.due_ns)
        finished: Sequence[Sequence[Any]] = state["finished"]
        self._finished = OrderedDict((correlation_id, result) for correlation_id, result in finished)

    def _send(self, correlation_id: str, now_ns: int) -> Send:
        pending = self._pending[correlation_id]
        pending.attempts += 1
        pending.waits = True
        pending.due_ns = now_ns + self._rule.timeout_ns
        self._deadlines.set(correlation_id, pending.due_ns)
        return Send(correlation_id, pending.payload, pending.attempts)

    def _wait(self, correlation_id: str, pending: _Pending, since_ns: int) -> None:
        if pending.attempts <= self._rule.retries:
            pending.waits = False
            pending.due_ns = since_ns + self._rule.backoff_ns
        self._deadlines.set(correlation_id, pending.due_ns)

    def _finish(
        self,
        correlation_id: str,
        pending: _Pending,
        result: Literal["ack", "timeout"],
        ok: bool | None,
        message: str,
        now_ns: int,
    ) -> Done:
        del self._pending[correlation_id]
        self._deadlines.set(correlation_id, None)
        self._finished[correlation_id] = result
        if len(self._finished) > self._rule.remember:
            self._finished.popitem(last=False)
        latency_ns = now_ns - pending.submitted_ns
        return Done(correlation_id, result, ok, message, now_ns, latency_ns, pending.attempts, pending.payload)
