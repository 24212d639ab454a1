"""Topics and filters, checked and matched (MQTT 5.0, sections 4.7 and 4.8.2). Never here: captures, state."""

from zlib import crc32

MAX_TOPIC_BYTES = 65_535


def check_filter(filter_: str) -> None:
    """Raises `ValueError` unless this is a topic filter, shared ones (`$share/group/filter`) included."""
    _check_text(filter_, "filter")
    levels = own_part(filter_).split("/")
    for level in levels:
        if level not in ("+", "#") and ("+" in level or "#" in level):
            raise ValueError(f"a wildcard fills a whole level: {level!r} in the filter {filter_!r}")
    if "#" in levels[:-1]:
        raise ValueError(f"# is the last level of a filter, or none: {filter_!r}")


def check_topic(topic: str) -> None:
    """Raises `ValueError` unless one can publish to this topic."""
    _check_text(topic, "topic")
    if "+" in topic or "#" in topic:
        raise ValueError(f"a topic to publish on has no wildcards: {topic[:100]!r}")


def own_part(filter_: str) -> str:
    """The filter without `$share/group/`. Raises `ValueError` for a shared one that is incomplete."""
    if not filter_.startswith("$share/"):
        return filter_
    _, group, *rest = filter_.split("/", 2)
    if not group or "+" in group or "#" in group or not rest or not rest[0]:
        raise ValueError(f"a shared filter is $share/GROUP/FILTER, its group without wildcards: {filter_!r}")
    return rest[0]


def matches(filter_: str, topic: str) -> bool:
    """Whether a message on `topic` belongs to the filter; wildcards first do not match `$` topics."""
    body = own_part(filter_)
    if topic.startswith("$") and body[0] in "+#":
        return False
    levels, names = body.split("/"), topic.split("/")
    for index, level in enumerate(levels):
        if level == "#":
            return True
        if index >= len(names) or level not in ("+", names[index]):
            return False
    return len(levels) == len(names)


def covers(filter_: str, other: str) -> bool:
    """Whether every topic of the filter (or topic) `other` belongs to `filter_`; shared ones by their own part."""
    levels, names = filter_.split("/"), own_part(other).split("/")
    if names[0].startswith("$") and levels[0] in ("+", "#"):
        return False
    for index, level in enumerate(levels):
        if level == "#":
            return True
        if index >= len(names) or names[index] == "#" or level not in ("+", names[index]):
            return False
    return len(levels) == len(names)


def subscription_id(filter_: str) -> int:
    """1 to 268,435,455, the same after a restart: a kept session still carries the ids of the last run."""
    return crc32(filter_.encode()) % 268_435_455 + 1


def _check_text(text: str, what: str) -> None:
    if not text:
        raise ValueError(f"a {what} has at least one character")
    if "\0" in text:
        raise ValueError(f"a {what} has no NUL: {text[:100]!r}")
    try:
        size_bytes = len(text.encode())
    except UnicodeEncodeError:
        raise ValueError(f"a {what} is UTF-8: {text[:100]!r}") from None
    if size_bytes > MAX_TOPIC_BYTES:
        raise ValueError(f"a {what} has at most {MAX_TOPIC_BYTES} bytes, not {size_bytes}")
