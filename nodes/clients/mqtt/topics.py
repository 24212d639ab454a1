"""MQTT topics and filters: validity, matching, named captures, shared subscriptions. Never a connection.

Source: MQTT 5.0, sections 4.7 (names and filters) and 4.8.2 (shared subscriptions).
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

MAX_TOPIC_BYTES = 65535
MAX_CACHED_TOPICS = 10_000


class BadTopic(ValueError):
    """A topic, filter or pattern that MQTT does not allow; the message says why."""


class Shared(NamedTuple):
    """A filter, and the group that shares its messages (None: not shared)."""

    group: str | None
    filter: str


def check_topic(topic: str) -> None:
    """Raise BadTopic if nothing may be published on `topic`."""
    _check_text(topic, "topic")
    if "+" in topic or "#" in topic:
        raise BadTopic(f"a topic to publish on has no wildcards: {topic!r}")


def check_filter(topic_filter: str) -> None:
    """Raise BadTopic if `topic_filter` (without $share) cannot be subscribed to."""
    _check_text(topic_filter, "filter")
    levels = topic_filter.split("/")
    for level in levels:
        if level not in ("+", "#") and ("+" in level or "#" in level):
            raise BadTopic(f"a wildcard fills a whole level: {level!r} in {topic_filter!r}")
    if "#" in levels[:-1]:
        raise BadTopic(f"# is the last level or none: {topic_filter!r}")


def split_shared(topic_filter: str) -> Shared:
    """Return group and filter of `$share/group/filter`, or no group and the filter. Raises BadTopic."""
    if not topic_filter.startswith("$share/"):
        check_filter(topic_filter)
        return Shared(None, topic_filter)
    _check_text(topic_filter, "filter")
    _, _, rest = topic_filter.partition("/")
    group, slash, inner = rest.partition("/")
    if not group or "+" in group or "#" in group or not slash:
        raise BadTopic(f"a shared filter is $share/GROUP/FILTER, its group without wildcards: {topic_filter!r}")
    check_filter(inner)
    return Shared(group, inner)


def join_shared(group: str, topic_filter: str) -> str:
    """Return the filter by which the members of `group` share the messages of `topic_filter`. Raises BadTopic."""
    if "/" in group:
        raise BadTopic(f"a group is one level: {group!r}")
    return "/".join(("$share", *split_shared(f"$share/{group}/{topic_filter}")))  # type: ignore[arg-type]


def matches(topic_filter: str, topic: str) -> bool:
    """Whether a subscription to `topic_filter` (without $share) gets what is published on `topic`."""
    return TopicPattern(topic_filter).match(topic) is not None


class TopicPattern:
    """A filter whose wildcards may be named: `lab/{device}/telemetry/{sensor}`, `logs/{path#}`.

    `{name}` is a named +, `{name#}` a named # (the levels it took, joined by /). A broker is given `filter`.
    """

    def __init__(self, pattern: str) -> None:
        """Raise BadTopic for an invalid filter, or a name not alone in its level, no identifier, or there twice."""
        levels = [_Level.of(text, pattern) for text in pattern.split("/")]
        self.pattern = pattern
        self.filter = "/".join(level.wildcard for level in levels)
        self.names = tuple(level.name for level in levels if level.name)
        check_filter(self.filter)
        if len(set(self.names)) < len(self.names):
            raise BadTopic(f"a name stands for one level only: {pattern!r}")
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
        """Raise BadTopic as TopicPattern does."""
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
            raise BadTopic(f"a name fills a whole level, as in lab/{{device}}/+: {text!r} in {pattern!r}")
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


def _check_text(text: str, what: str) -> None:
    if not text:
        raise BadTopic(f"a {what} has at least one character")
    if "\0" in text:
        raise BadTopic(f"a {what} has no NUL: {text!r}")
    try:
        size_bytes = len(text.encode())
    except UnicodeEncodeError:
        raise BadTopic(f"a {what} is UTF-8: {text!r}") from None
    if size_bytes > MAX_TOPIC_BYTES:
        raise BadTopic(f"a {what} has at most {MAX_TOPIC_BYTES} bytes, not {size_bytes}")
