"""What is told of an alarm: notices and journal entries as plain maps, from what was last heard of its key.

Never here: when something is told (`alert`), messages, clocks. Whoever uses it says how to describe an item.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from nodes.alarms.board import Transition

STATES = {"raised": "active", "repeated": "active", "escalated": "active"}
"""The state that a notice names, where it is not the notice itself."""

Facts = dict[str, Any]


class Telling:
    """The last item of each of at most `most` keys, and since when each alarm is active."""

    def __init__(self, describe: Callable[[str, Any], Facts], most: int):
        self._describe = describe
        self._most = most
        self._known: dict[str, Facts] = {}
        self._raised: dict[str, Facts] = {}
        self._unheard: dict[str, Any] = {}
        self.last: dict[str, Any] = {}

    def expect(self, key: str, item: Any) -> None:
        """What stands for a key of which nothing was ever heard."""
        self._unheard[key] = item

    def remember(self, keys: Sequence[str], items: Sequence[Any]) -> None:
        """Take the newest item of each key; beyond the bound the key that came first is forgotten."""
        self.last.update(zip(keys, items, strict=True))
        while len(self.last) > self._most:
            del self.last[next(iter(self.last))]

    def facts(self, key: str) -> Facts:
        """What is known of a key now: from its last item, else from before a restart, else what is expected."""
        if key not in self.last and key in self._known:
            return self._known[key]
        item = self.item(key)
        return {} if item is None else self._describe(key, item)

    def item(self, key: str) -> Any:
        """The last item of a key, or what stands for it; None for neither."""
        return self.last.get(key, self._unheard.get(key))

    def facts_now(self, key: str) -> Facts:
        """As `facts`, with `since` while an alarm of the key is active."""
        return {**self._raised.get(key, {}), **self.facts(key)}

    def notice(self, line: Transition, since: str) -> Facts | None:
        """What people are told of a transition; None when they are told nothing. `since` is when a raised one began."""
        if line.notice is None:
            return None
        facts = self.facts(line.key)
        if line.notice == "raised":
            self._raised[line.key] = {**facts, "since": since}
        notice = {"state": STATES.get(line.notice, line.notice), **self._raised.get(line.key, {}), **facts}
        if line.notice == "cleared":
            self._raised.pop(line.key, None)
        return {**notice, line.notice: True} if line.notice in ("repeated", "escalated") else notice

    def entry(self, line: Transition, comment: str) -> Facts:
        """The journal's line of a transition."""
        about = {"key": line.key, "old": line.old, "new": line.new, "reason": line.reason, "actor": line.actor,
                 "notice": line.notice}  # fmt: skip
        return {**self.facts(line.key), **about, "comment": comment}

    def snapshot(self, keys: Iterable[str]) -> dict[str, Any]:
        """Plain values; of `keys` what is known."""
        return {"raised": self._raised, "known": {key: self.facts(key) for key in keys}}

    def restore(self, state: dict[str, Any]) -> None:
        """Take over a snapshot."""
        self._raised, self._known = dict(state["raised"]), dict(state["known"])
