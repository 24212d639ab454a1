"""The windows of one key, closed by the key's own time. Never here: other keys, bounds over all, a clock."""

from typing import Any

from nodes.windows.course import COURSES, Course, Sample
from nodes.windows.open_windows import OpenWindows, Window
from nodes.windows.rule import LEVELS, Result, WindowRule
from nodes.windows.values import Values

GIVEN_EMPTY = -1


class KeyWindows:
    """Open windows of one key, and how far its time has come.

    `newest_ns` is the newest time seen, which came at `heard_ns`. Empty ones were given from `first_ns` to `next_ns`.
    `carried` is the last value of the windows that are gone.
    """

    __slots__ = (
        "_rule",
        "about",
        "carried",
        "empties",
        "first_ns",
        "heard_ns",
        "last",
        "newest_ns",
        "next_ns",
        "windows",
    )

    def __init__(self, rule: WindowRule, at_ns: int, now_ns: int):
        self._rule = rule
        self.newest_ns, self.heard_ns = at_ns, now_ns
        self.first_ns = self.next_ns = rule.beginning_ns(at_ns)
        self.carried: Sample | None = None
        self.about: Any = None
        self.last: float | None = None
        self.empties = 0
        self.windows = OpenWindows()

    @property
    def has_news(self) -> bool:
        """Whether any window has values that were not given."""
        return self.windows.first_news_ns() is not None

    def take(self, value: float, at_ns: int) -> bool:
        """Put a value into the windows that its time lies in; False when all of them are gone."""
        progress_ns = self.newest_ns - self._rule.lateness_ns
        taken = False
        for start_ns, end_ns in self._rule.spans(at_ns):
            if end_ns > progress_ns:
                self._put(start_ns, end_ns, value, at_ns)
                taken = True
        return taken

    def move_on(self, key: str, at_ns: int, now_ns: int) -> list[Result]:
        """The key's time has come to `at_ns`: windows behind its progress are given if they have news, and gone."""
        self.newest_ns, self.heard_ns = at_ns, now_ns
        return self.close(key, at_ns - self._rule.lateness_ns)

    def close(self, key: str, until_ns: int) -> list[Result]:
        """Windows that end at or before `until_ns`: given if they have news, and gone."""
        if not self.windows or self.windows.all[0].end_ns > until_ns:
            return []
        results = self.give(key, until_ns)
        self.carried = self._before(until_ns)
        del self.windows.all[: self.windows.ended(until_ns)]
        return results

    def give(self, key: str, until_ns: int) -> list[Result]:
        """News of windows that end at or before `until_ns`, with the empty ones between them; the windows stay open."""
        results: list[Result] = []
        ended = self.windows.ended(until_ns)
        for window in self.windows.all[:ended]:
            if not window.has_news:
                continue
            results += self._gaps(key, window.start_ns)
            figures = self._figures(window.values, window.course, window.start_ns, window.end_ns)
            results.append(Result(key, window.start_ns, window.end_ns, figures, self.about, window.told != 0))
            window.told = window.values.count
            if window.end_ns > self.next_ns:
                self.next_ns, self.last, self.empties = window.end_ns, window.values.last, 0
        opened = self.windows.all[ended].start_ns if ended < len(self.windows) else until_ns
        return results + self._gaps(key, min(opened, until_ns))

    def given_by_silence(self, key: str, now_ns: int) -> list[Result]:
        """What ends by `now_ns` if the key's time goes on as the clock does. The windows stay open."""
        return self.give(key, self.newest_ns + now_ns - self.heard_ns - self._rule.lateness_ns)

    def due_ns(self) -> int | None:
        """When silence has something to give."""
        first_ns = self.windows.first_news_ns()
        if self._rule.empty != "skip" and self.empties < self._rule.most_empty:
            empty_ns = self._rule.end_ns(self.next_ns)
            first_ns = empty_ns if first_ns is None else min(first_ns, empty_ns)
        return None if first_ns is None else self.heard_ns + first_ns + self._rule.lateness_ns - self.newest_ns

    def to_json(self) -> list[Any]:
        """Plain JSON values, if `about` is."""
        windows = [
            [w.start_ns, w.end_ns, w.told, w.values.to_json(), w.course and w.course.to_json()]
            for w in self.windows.all
        ]
        known = [self.newest_ns, self.heard_ns, self.first_ns, self.next_ns, self.about, self.last, self.empties]
        known.append(self.carried)
        return [*known, windows]

    @classmethod
    def from_json(cls, rule: WindowRule, state: list[Any]) -> "KeyWindows":
        """The same again."""
        again = cls(rule, state[0], state[1])
        again.first_ns, again.next_ns, again.about, again.last, again.empties = state[2:7]
        again.carried = Sample(*state[7]) if state[7] else None
        windows = list[Window]()
        for start_ns, end_ns, told, values, course in state[8]:
            kept = Course.from_json(course, rule.max_values) if course else rule.new_course()
            windows.append(Window(start_ns, end_ns, Values.from_json(values, rule.kept), told, kept))
        again.windows.restore(windows)
        return again

    def _put(self, start_ns: int, end_ns: int, value: float, at_ns: int) -> None:
        if self._rule.kind == "session":
            self._join(start_ns, end_ns, value, at_ns)
            return
        self.windows.news(start_ns, end_ns)
        window = self.windows.find(start_ns)
        if window is None:
            told = 0
            if start_ns < self.next_ns and self._rule.empty != "skip":
                if self.next_ns == self.first_ns:
                    self.first_ns = self.next_ns = start_ns
                elif start_ns >= self.first_ns:
                    told = GIVEN_EMPTY
            window = Window(start_ns, end_ns, Values(self._rule.kept), told, self._rule.new_course())
            self.windows.insert(window)
        window.add(value, at_ns, self._rule.rollover)

    def _figures(self, values: Values, course: Course | None, start_ns: int, end_ns: int) -> dict[str, Any]:
        if course is None:
            return values.figures(self._rule.aggregates)
        courses = course.figures(self._before(start_ns), start_ns, end_ns, self._rule.rollover)
        plain = values.figures([name for name in self._rule.aggregates if name not in COURSES])
        return {name: courses[name] if name in COURSES else plain[name] for name in self._rule.aggregates}

    def _before(self, start_ns: int) -> Sample | None:
        """The last value of the windows that ended by then."""
        at = self.windows.ended(start_ns)
        while at and not ((course := self.windows.all[at - 1].course) and course.last):
            at -= 1
        ended = course.last if at and course else None
        return max(filter(None, [self.carried, ended]), key=lambda sample: sample.at_ns, default=None)

    def _join(self, start_ns: int, end_ns: int, value: float, at_ns: int) -> None:
        """Sessions that this value bridges become one."""
        first, last = self.windows.ended(start_ns), self.windows.begun(end_ns)
        bridged = self.windows.all[first:last]
        start_ns = min([start_ns, *(each.start_ns for each in bridged)])
        end_ns = max([end_ns, *(each.end_ns for each in bridged)])
        self.windows.news(start_ns, end_ns)
        values = Values(self._rule.kept)
        values.add(value, at_ns)
        for other in bridged:
            other.values.merge(values)
            values = other.values
        told = max([0, *(each.told for each in bridged)])
        self.windows.all[first:last] = [Window(start_ns, end_ns, values, told)]

    def _gaps(self, key: str, until_ns: int) -> list[Result]:
        """Empty windows that were never given and end at or before `until_ns`."""
        rule, results = self._rule, list[Result]()
        if rule.empty == "skip":
            return results
        while (end_ns := rule.end_ns(self.next_ns)) <= until_ns and self.empties < rule.most_empty:
            figures = self._figures(Values(0), rule.new_course(), self.next_ns, end_ns)
            if rule.empty == "last" and self.last is not None:
                figures = {name: self.last if name in LEVELS else figure for name, figure in figures.items()}
            results.append(Result(key, self.next_ns, end_ns, figures, self.about, again=False))
            self.next_ns = end_ns
            self.empties += 1
        return results
