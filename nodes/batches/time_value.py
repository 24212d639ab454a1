"""A value of a query that is a point in time, as nodes that ask databases let a flow write it."""

from __future__ import annotations

from collections.abc import Mapping

from flowengine import Config, Message
from nodes.batches.field_selector import FieldSelector, FieldText


class TimeValue(Config):
    """A value that is a point in time."""

    time: FieldText
    """RFC 3339 text, an epoch number (its unit is told by its size), or `time`."""

    def __call__(self, message: Message) -> int:
        """It for a message, in nanoseconds since 1970. Raises ValueError where there is none."""
        return self.time.times_ns([message])[0]


def with_times(values: Mapping[str, FieldSelector | TimeValue]) -> dict[str, FieldSelector | TimeValue]:
    """The values of a query, those that are the message's own time or its arrival's as points in time."""
    return {name: TimeValue(time=value) if isinstance(value, FieldSelector) and value.is_a_time else value
            for name, value in values.items()}  # fmt: skip
