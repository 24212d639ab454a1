"""What a node with alarms offers to whoever watches and handles them. Judges nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

from flowengine.message import Message


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

    Each change leaves by the port `journal`, as a payload with `key`, `old` and `new` state, `reason`, `actor`.
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
