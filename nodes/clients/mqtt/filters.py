"""Topic filters as this client needs them (MQTT 5 section 4.7): checked, and matched. Never here: captures, state."""

from zlib import crc32


def check_filter(filter_: str) -> None:
    """Raises `ValueError` unless this is a topic filter, shared ones (`$share/group/filter`) included."""
    body = own_part(filter_)
    if not body or "\0" in filter_ or len(filter_.encode()) > 65_535:
        raise ValueError(f"{filter_!r} is no topic filter: empty, NUL or too long")
    levels = body.split("/")
    for index, level in enumerate(levels):
        if "#" in level and (level != "#" or index != len(levels) - 1):
            raise ValueError(f"{filter_!r}: # must stand alone in the last level")
        if "+" in level and level != "+":
            raise ValueError(f"{filter_!r}: + must stand alone in its level")


def check_topic(topic: str) -> None:
    """Raises `ValueError` unless one can publish to this topic."""
    if not topic or "+" in topic or "#" in topic or "\0" in topic or len(topic) > 65_535:
        raise ValueError(f"{topic[:100]!r} is no topic to publish to: empty, wildcard, NUL or too long")


def own_part(filter_: str) -> str:
    """The filter without `$share/group/`. Raises `ValueError` for a shared one that is incomplete."""
    if not filter_.startswith("$share/"):
        return filter_
    _, group, *rest = filter_.split("/", 2)
    if not group or "+" in group or "#" in group or not rest or not rest[0]:
        raise ValueError(f"{filter_!r} is no shared filter; it is $share/group/filter")
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
