"""Values gathered by their own time: tumbling, sliding and session windows of all keys, in bounded memory.

Each key has its own progress, the newest time seen under it, so one that was away is not late because others went on.
Never here: a clock, messages, where a value's time comes from. A window is [start, end) on the values' time.
"""

from collections.abc import Generator
from typing import Any

from nodes.windows.key_windows import KeyWindows
from nodes.windows.rule import Result, WindowRule

_LOOK_NS = 1_000_000_000
_KEYS_A_STEP = 500


class Windows:
    """Open windows of all keys under one rule.

    A window is closed by its key's own values. While a key is silent its time goes on as clocks do: a window that ends
    so is given, but stays open for what may still come, and is given again if something does.
    """

    def __init__(self, rule: WindowRule):
        rule.check()
        self._rule = rule
        self._keys: dict[str, KeyWindows] = {}  # the one silent longest first
        self._count = 0
        # No key is due before it. Looking at all keys is not done more often than `pause`, however many there are.
        self._due_ns: int | None = None
        self._not_before_ns = 0
        self._pause_ns = min(_LOOK_NS, rule.size_ns // 60)
        self.late = self.refused = self.closed_early = 0

    def add(self, key: str, value: float, at_ns: int, now_ns: int, about: Any = None) -> list[Result]:
        """Windows that this value closes; `about` comes back with the key's results.

        NaN, infinity and times too far ahead of `now_ns` are refused and counted.
        """
        ahead_ns = self._rule.ahead_ns
        if (ahead_ns is not None and at_ns > now_ns + ahead_ns) or value - value != 0.0:
            self.refused += 1
            return []
        known = self._keys.pop(key, None) or KeyWindows(self._rule, at_ns, now_ns)
        self._keys[key] = known
        known.about = about
        before = len(known.windows)
        if not known.take(value, at_ns):
            self.late += 1
            return []
        results = known.move_on(key, at_ns, now_ns) if at_ns > known.newest_ns else []
        self._count += len(known.windows) - before
        self._note_due(known)
        while self._count > self._rule.max_windows:
            results += self._make_room()
        return results

    def advance(self, now_ns: int) -> list[Result]:
        """Windows that silence ends by `now_ns`, by end, then key. They stay open for values that may still come."""
        if self._due_ns is None or now_ns < self._due_ns:
            return []
        results: list[Result] = []
        self._due_ns, self._not_before_ns = None, now_ns + self._pause_ns
        for key, known in list(self._keys.items()):
            due_ns = known.due_ns()
            if due_ns is not None and due_ns <= now_ns:
                results += known.given_by_silence(key, now_ns)
            if now_ns - known.heard_ns > self._rule.most_silent_ns and not known.has_news:
                self._forget(key)
            else:
                self._note_due(known)
        return sorted(results, key=lambda result: (result.end_ns, result.key))

    def next_deadline_ns(self) -> int | None:
        """The `now_ns` at which `advance` next may give something."""
        return None if self._due_ns is None else max(self._due_ns, self._not_before_ns)

    def snapshot(self) -> list[list[Any]]:
        """Rows of key and state: plain JSON values, if every `about` is."""
        return [[key, known.to_json()] for key, known in self._keys.items()]

    def snapshot_in_steps(self) -> Generator[None, None, list[list[Any]]]:
        """The same, in steps of a millisecond; nothing may be added meanwhile."""
        rows: list[list[Any]] = []
        for key, known in self._keys.items():
            rows.append([key, known.to_json()])
            if len(rows) % _KEYS_A_STEP == 0:
                yield
        return rows

    def restore(self, rows: list[list[Any]]) -> None:
        """Take over a snapshot."""
        for key, state in rows:
            known = self._keys[key] = KeyWindows.from_json(self._rule, state)
            self._count += len(known.windows)
            self._note_due(known)

    def _note_due(self, known: KeyWindows) -> None:
        due_ns = known.due_ns()
        if due_ns is not None and (self._due_ns is None or due_ns < self._due_ns):
            self._due_ns = due_ns

    def _make_room(self) -> list[Result]:
        """Give up the key that was silent longest, or the first windows of the only one."""
        key, known = next(iter(self._keys.items()))
        before, last = len(known.windows), 0 if len(self._keys) == 1 else -1
        until_ns = known.windows.all[last].end_ns
        self.closed_early += sum(window.has_news for window in known.windows.all[: known.windows.ended(until_ns)])
        results = known.close(key, until_ns)
        self._count -= before - len(known.windows)
        if not known.windows:
            self._forget(key)
        return results

    def _forget(self, key: str) -> None:
        self._count -= len(self._keys.pop(key).windows)
