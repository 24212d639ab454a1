"""The newest payload of each name, group by group. Never here: where names come from, what is made of them."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any


class Latest:
    """Payloads with their times (UTC ns), of at most `max_groups` groups; the one silent longest goes first."""

    def __init__(self, names: Sequence[str], max_age_ns: int | None, max_groups: int) -> None:
        self._names, self._max_age_ns, self._max_groups = tuple(names), max_age_ns, max_groups
        self._groups: OrderedDict[str, dict[str, tuple[Any, int]]] = OrderedDict()
        self.forgotten = 0

    def take(self, group: str, name: str, payload: Any, time_ns: int) -> dict[str, Any] | None:
        """All payloads of the group by name; None while one of the names is missing or too old, by the newest of them.

        A payload that is older than the one that is known changes nothing.
        """
        known = self._groups.setdefault(group, {})
        self._groups.move_to_end(group)
        if name not in known or known[name][1] <= time_ns:
            known[name] = (payload, time_ns)
        while len(self._groups) > self._max_groups:
            self._groups.popitem(last=False)
            self.forgotten += 1
        newest_ns = max(at_ns for _, at_ns in known.values())
        for each in self._names:
            if each not in known or (self._max_age_ns is not None and newest_ns - known[each][1] > self._max_age_ns):
                return None
        return {each: known[each][0] for each in self._names}

    def to_json(self) -> list[Any]:
        """Plain values, if payloads are."""
        return [[group, [[name, *kept] for name, kept in known.items()]] for group, known in self._groups.items()]

    def restore(self, state: list[Any]) -> None:
        """Take over what `to_json` gave."""
        for group, known in state:
            self._groups[group] = {name: (payload, at_ns) for name, payload, at_ns in known}
