"""Values gathered by time: tumbling, sliding and session windows per key, closed by a watermark.

Never here: the clock, messages, where a value's time comes from. A window is [start, end) on that time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from nodes.logic.window_values import AGGREGATES, Values

_QUANTILES = {"median", "p50", "p95", "p99"}
_MOST_OVERLAP = 1000


class Result(NamedTuple):
    """The aggregates of one closed window."""

    key: str
    start_ns: int
    end_ns: int
    figures: dict[str, float | int | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """size_ns: length of a window, for `session` the gap that ends it; slide_ns: from one sliding window to the next

    lateness_ns: how far the watermark stays behind the newest time; a value for a closed window is counted as late
    ahead_ns: a time further beyond now is refused, so that one wrong clock cannot close everybody's windows
    empty: windows of a known key without values are left out (`skip`), given with nulls (`null`) or with the last value
    (`last`), `most_empty` in a row, then the key is forgotten; tumbling only
    max_windows: open windows in all; beyond it the one that ends first is closed early; max_values: kept for quantiles
    """

    size_ns: int
    kind: Literal["tumbling", "sliding", "session"] = "tumbling"
    slide_ns: int = 0
    lateness_ns: int = 0
    ahead_ns: int | None = None
    aggregates: tuple[str, ...] = ("count", "mean", "min", "max")
    empty: Literal["skip", "null", "last"] = "skip"
    most_empty: int = 1000
    max_windows: int = 100_000
    max_values: int = 10_000


class _Open:
    __slots__ = ("end_ns", "start_ns", "values")

    def __init__(self, start_ns: int, end_ns: int, values: Values):
        self.start_ns, self.end_ns, self.values = start_ns, end_ns, values


class Windows:
    """Open windows of all keys under one rule, and one watermark for all of them."""

    def __init__(self, rule: Rule):
        _check(rule)
        self._rule = rule
        self._slide_ns = rule.slide_ns if rule.kind == "sliding" else rule.size_ns
        self._kept = rule.max_values if _QUANTILES & set(rule.aggregates) else 0
        self._open: dict[str, list[_Open]] = {}
        self._count = 0
        self._known: dict[str, list[Any]] = {}  # key: end of its last window, its last value, empty windows in a row
        self._watermark_ns: int | None = None
        self._next_end_ns: int | None = None
        self.late = self.refused = self.closed_early = 0

    def add(self, key: str, value: float, at_ns: int, now_ns: int | None = None) -> list[Result]:
        """Windows that this value closes. NaN, infinity and times too far ahead of `now_ns` are refused and counted."""
        rule = self._rule
        ahead = rule.ahead_ns is not None and now_ns is not None and at_ns > now_ns + rule.ahead_ns
        if ahead or value - value != 0.0:
            self.refused += 1
            return []
        taken = False
        for start_ns, end_ns in self._spans(at_ns):
            if self._watermark_ns is None or end_ns > self._watermark_ns:
                self._put(key, start_ns, end_ns, value, at_ns)
                taken = True
        if not taken:
            self.late += 1
        results = self.advance(at_ns - rule.lateness_ns)
        while self._count > rule.max_windows:
            self.closed_early += 1
            results += self._close(min(each.end_ns for opened in self._open.values() for each in opened))
        return results

    def advance(self, watermark_ns: int) -> list[Result]:
        """Windows that end at or before `watermark_ns`, by end, then key; the watermark never goes back."""
        if self._watermark_ns is not None and watermark_ns <= self._watermark_ns:
            return []
        self._watermark_ns = watermark_ns
        if self._next_end_ns is None or watermark_ns < self._next_end_ns:
            return []
        return self._close(watermark_ns)

    def next_deadline_ns(self) -> int | None:
        """The watermark at which `advance` next gives something."""
        return self._next_end_ns

    def close_all(self) -> list[Result]:
        """Everything that is open, as it is: the input has ended. The watermark stays."""
        ends = [each.end_ns for opened in self._open.values() for each in opened]
        return self._close(max(ends)) if ends else []

    def snapshot(self) -> dict[str, Any]:
        """Plain JSON values."""
        rows = [[k, w.start_ns, w.end_ns, w.values.to_json()] for k, opened in self._open.items() for w in opened]
        known = [[key, *state] for key, state in self._known.items()]
        return {"open": rows, "known": known, "watermark_ns": self._watermark_ns}

    def restore(self, state: dict[str, Any]) -> None:
        """Take over a snapshot."""
        for key, start_ns, end_ns, values in state["open"]:
            self._open.setdefault(key, []).append(_Open(start_ns, end_ns, Values.from_json(values, self._kept)))
            self._count += 1
        self._known = {key: known for key, *known in state["known"]}
        self._watermark_ns = state["watermark_ns"]
        self._find_next_end()

    def _spans(self, at_ns: int) -> Iterator[tuple[int, int]]:
        size_ns = self._rule.size_ns
        if self._rule.kind == "session":
            yield at_ns, at_ns + size_ns
            return
        start_ns = at_ns - at_ns % self._slide_ns
        while start_ns > at_ns - size_ns:
            yield start_ns, start_ns + size_ns
            start_ns -= self._slide_ns

    def _put(self, key: str, start_ns: int, end_ns: int, value: float, at_ns: int) -> None:
        opened = self._open.setdefault(key, [])
        session = self._rule.kind == "session"
        for window in opened:
            if window.start_ns == start_ns and not session:
                window.values.add(value, at_ns)
                return
        window = _Open(start_ns, end_ns, Values(self._kept))
        window.values.add(value, at_ns)
        if session:
            for other in [each for each in opened if each.start_ns < end_ns and start_ns < each.end_ns]:
                opened.remove(other)
                self._count -= 1
                other.values.merge(window.values)
                window = _Open(min(start_ns, other.start_ns), max(end_ns, other.end_ns), other.values)
                start_ns, end_ns = window.start_ns, window.end_ns
        opened.append(window)
        self._count += 1
        if self._rule.empty != "skip" and key not in self._known and len(self._known) < self._rule.max_windows:
            self._known[key] = [start_ns, None, 0]
        if self._next_end_ns is None or window.end_ns < self._next_end_ns:
            self._next_end_ns = window.end_ns

    def _close(self, until_ns: int) -> list[Result]:
        results: list[Result] = []
        for key in list(self._open):
            opened = self._open[key]
            ripe = [window for window in opened if window.end_ns <= until_ns]
            if ripe:
                self._count -= len(ripe)
                self._open[key] = [window for window in opened if window.end_ns > until_ns]
                for window in sorted(ripe, key=lambda each: each.end_ns):
                    results += self._gaps(key, window.start_ns)
                    figures = window.values.figures(self._rule.aggregates)
                    results.append(Result(key, window.start_ns, window.end_ns, figures))
                    if key in self._known:
                        self._known[key] = [window.end_ns, window.values.last, 0]
            if not self._open[key]:
                del self._open[key]
        for key in list(self._known):
            opened_from = min((window.start_ns for window in self._open.get(key, ())), default=until_ns)
            results += self._gaps(key, min(opened_from, until_ns))
        self._find_next_end()
        return sorted(results, key=lambda result: (result.end_ns, result.key))

    def _gaps(self, key: str, until_ns: int) -> list[Result]:
        """Empty windows of `key` that end at or before `until_ns`."""
        known, size_ns = self._known.get(key), self._rule.size_ns
        results: list[Result] = []
        while known is not None and known[0] + size_ns <= until_ns:
            if known[2] >= self._rule.most_empty:
                if key not in self._open:
                    del self._known[key]
                break
            held = self._rule.empty == "last" and known[1] is not None
            figures = Values(0).figures(self._rule.aggregates)
            if held:
                figures = {name: known[1] if name in _LEVELS else figure for name, figure in figures.items()}
            results.append(Result(key, known[0], known[0] + size_ns, figures))
            known[0] += size_ns
            known[2] += 1
        return results

    def _find_next_end(self) -> None:
        ends = [window.end_ns for opened in self._open.values() for window in opened]
        ends += [known[0] + self._rule.size_ns for known in self._known.values()]
        self._next_end_ns = min(ends, default=None)


_LEVELS = {"mean", "min", "max", "first", "last", "median", "p50", "p95", "p99"}


def _check(rule: Rule) -> None:
    unknown = set(rule.aggregates) - set(AGGREGATES)
    if unknown:
        raise ValueError(f"unknown aggregate {min(unknown)!r}; there are {', '.join(AGGREGATES)}")
    if rule.size_ns <= 0 or (rule.kind == "sliding" and rule.slide_ns <= 0):
        raise ValueError("a window needs a positive size, a sliding one a positive slide too")
    if rule.kind == "sliding" and rule.size_ns > rule.slide_ns * _MOST_OVERLAP:
        raise ValueError(f"a value would be in more than {_MOST_OVERLAP} windows at once")
    if rule.empty != "skip" and rule.kind != "tumbling":
        raise ValueError("only tumbling windows can be given while empty")
