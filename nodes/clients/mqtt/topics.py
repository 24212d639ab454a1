"""Filters whose wildcards have names, as flows write them, and shared ones. Never a connection."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from nodes.clients.mqtt.filters import check_filter

MAX_CACHED_TOPICS = 10_000


def join_shared(group: str, topic_filter: str) -> str:
    """The filter by which the members of `group` share the messages of `topic_filter`. Raises ValueError."""
    if "/" in group:
        raise ValueError(f"a group is one level: {group!r}")
    joined = f"$share/{group}/{topic_filter}"
    check_filter(joined)
    return joined


class TopicPattern:
    """A filter whose wildcards may be named: `lab/{device}/telemetry/{sensor}`, `logs/{path#}`.

    `{name}` is a named +, `{name#}` a named # (the levels it took, joined by /). A broker is given `filter`.
    """

    def __init__(self, pattern: str) -> None:
        """Raise ValueError for an invalid filter, or a name not alone in its level, no identifier, or there twice."""
        levels = [_Level.of(text, pattern) for text in pattern.split("/")]
        self.pattern = pattern
        self.filter = "/".join(level.wildcard for level in levels)
        self.names = tuple(level.name for level in levels if level.name)
        check_filter(self.filter)
        if len(set(self.names)) < len(self.names):
            raise ValueError(f"a name stands for one level only: {pattern!r}")
        self._match = re.compile(_expression(levels), re.DOTALL).fullmatch

    def match(self, topic: str) -> dict[str, str] | None:
        """Return what the names stand for in `topic`, or None where the filter does not match it."""
        found = self._match(topic)
        return found.groupdict("") if found else None


class CachedPattern(TopicPattern):
    """A pattern that remembers the topics it has seen, at most MAX_CACHED_TOPICS; then it forgets them all.

    The dicts it returns are shared between messages of one topic: read them, never change them.
    """

    def __init__(self, pattern: str, max_topics: int = MAX_CACHED_TOPICS) -> None:
        """Raise ValueError as TopicPattern does."""
        super().__init__(pattern)
        self._seen: dict[str, dict[str, str] | None] = {}
        self._max_topics = max_topics

    def match(self, topic: str) -> dict[str, str] | None:
        """Return what the names stand for in `topic`, or None where the filter does not match it."""
        try:
            return self._seen[topic]
        except KeyError:
            pass
        if len(self._seen) >= self._max_topics:
            self._seen.clear()
        found = self._seen[topic] = super().match(topic)
        return found

    def each(self, topics: Iterable[str]) -> list[dict[str, str] | None]:
        """What `match` returns for these topics, in order."""
        seen = self._seen
        try:
            return [seen[topic] for topic in topics]
        except KeyError:
            return [self.match(topic) for topic in topics]


class _Level(NamedTuple):
    wildcard: str
    name: str
    expression: str

    @classmethod
    def of(cls, text: str, pattern: str) -> "_Level":
        if "{" in text or "}" in text:
            return cls._named(text, pattern)
        if text == "+":
            return cls("+", "", "[^/]*")
        return cls("#", "", ".*") if text == "#" else cls(text, "", re.escape(text))

    @classmethod
    def _named(cls, text: str, pattern: str) -> "_Level":
        name = text[1:-1].removesuffix("#")
        if text[0] + text[-1] != "{}" or not name.isidentifier():
            raise ValueError(f"a name fills a whole level, as in lab/{{device}}/+: {text!r} in {pattern!r}")
        wildcard, expression = ("#", ".*") if text.endswith("#}") else ("+", "[^/]*")
        return cls(wildcard, name, f"(?P<{name}>{expression})")


def _expression(levels: list[_Level]) -> str:
    """Return the filter as a regular expression: no wildcard takes a first level that begins with $ (4.7.2)."""
    *before, last = levels
    system = r"(?!\$)" if levels[0].wildcard in ("+", "#") else ""
    text = "/".join(level.expression for level in before)
    if last.wildcard != "#":
        return system + "/".join(level.expression for level in levels)
    return system + (f"{text}(?:/{last.expression})?" if before else last.expression)
