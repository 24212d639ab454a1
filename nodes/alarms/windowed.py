"""Alarms whose condition looks at figures over a window: judged at every sample, and when a sample leaves the window.

Never here: expressions and items themselves; whoever uses it gives functions over them.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from nodes.alarms.alerts import Alerts, Transition
from nodes.alarms.figures import Figures

Figure = Mapping[str, float | None]


class Condition(NamedTuple):
    """`holds` says whether it does for an item, given figures; it is not asked while one of those it `uses` is None."""

    holds: Callable[[Figure, Any], bool]
    uses: frozenset[str]

    def judge(self, figures: Figure, item: Any) -> bool:
        """Whether it holds; a figure that does not exist fulfils no condition: no traffic is no alert."""
        return all(figures.get(name) is not None for name in self.uses) and self.holds(figures, item)


class Windowed:
    """Feeds `alerts` from `figures`."""

    def __init__(self, alerts: Alerts, figures: Figures, when: Condition, clear: Condition | None):
        self._alerts = alerts
        self._figures = figures
        self._when = when
        self._clear = clear

    def sample(self, key: str, item: Any, value: float, whole: float, now_ns: int) -> Sequence[Transition]:
        """Transitions that a sample brings. Raises what the conditions raise."""
        self._figures.add(key, value, whole, now_ns)
        return self._judge(self._alerts.sample, key, item, now_ns)

    def on_time(self, last: Mapping[str, Any], now_ns: int) -> list[Transition]:
        """Transitions that samples leaving their windows bring; `last` has the newest item of each key."""
        transitions: list[Transition] = []
        for key in self._figures.due(now_ns):
            if key in last:
                transitions += self._judge(self._alerts.judge, key, last[key], now_ns)
        return transitions

    def again(self, key: str, item: Any, now_ns: int) -> Sequence[Transition]:
        """Transitions that other limits bring to a key whose figures are as they were."""
        return self._judge(self._alerts.judge, key, item, now_ns)

    def next_deadline_ns(self) -> int | None:
        """When `on_time` has something to do."""
        return self._figures.next_change_ns()

    def _judge(
        self, tell: Callable[..., Sequence[Transition]], key: str, item: Any, now_ns: int
    ) -> Sequence[Transition]:
        figures = self._figures.of(key, now_ns)
        clear = None if self._clear is None else self._clear.judge(figures, item)
        return tell(key, self._when.judge(figures, item), now_ns, clear)
