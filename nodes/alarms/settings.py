"""Parts of the settings of an `alert` node that have settings of their own. No state."""

from __future__ import annotations

from pydantic import Field, PositiveInt

from flowengine import Config, Duration
from flowengine.expression import TemplateText
from nodes.alarms.groups import GroupRule
from nodes.timing.clock_units import to_ns


class Flapping(Config):
    """When notices are held because a state changes too often."""

    within: Duration = 300.0
    """Time over which changes are counted."""

    start: PositiveInt = 4
    """So many changes hold the notices."""

    stop: int = Field(default=1, ge=0)
    """So few changes left let them out again."""


class Group(Config):
    """Which notices leave together, and when."""

    by: TemplateText | None = None
    """Alarms for which this is the same are one group, such as `{gateway}`; by default all of the node."""

    wait: Duration = 10.0
    """How long a group's first notice waits for others."""

    every: Duration = 300.0
    """Least time from one message of a group to the next."""

    members: PositiveInt = 1000
    """Most alarms in one message; a group with more leaves early, in several."""

    def rule(self) -> GroupRule:
        """The same in whole nanoseconds."""
        return GroupRule(to_ns(self.wait), to_ns(self.every), self.members)
